import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { acknowledgedFile, chunkFile, pictureFile, receiptsFile } from "./files.ts";
import { type Acknowledged, acknowledged, type Receipt, readJournal, receipt } from "./journal.ts";
import { type Path, type Plan, receivers } from "./plan.ts";

/** One path of one sender, as its receivers wrote it down. */
export interface Row {
  readonly path: Path;
  readonly from: string;
  readonly to: readonly string[];
  readonly sent: number;
  readonly acknowledged: number;
  readonly toDeliver: number;
  readonly delivered: number;
  readonly missed: number;
  readonly duplicated: number;
  readonly outOfOrder: number;
  /** Lines whose text came out as something else. */
  readonly changed: number;
  /** Receivers that rebuilt the very picture, by hash. */
  readonly pictures: number;
}

export interface Journals {
  readonly receipts: ReadonlyMap<string, readonly Receipt[]>;
  readonly acknowledged: ReadonlyMap<string, readonly Acknowledged[]>;
}

export function readJournals(plan: Plan, directory: string): Journals {
  return {
    receipts: new Map(plan.users.map((user) => [user, readJournal(receiptsFile(directory, user), receipt)])),
    acknowledged: new Map(plan.users.map((user) => [user, readJournal(acknowledgedFile(directory, user), acknowledged)])),
  };
}

/** `pictureArrived`: whether the receiver has the sender's picture, whole. */
export function judge(plan: Plan, journals: Journals, pictureArrived: (user: string, path: Path, from: string) => boolean): Row[] {
  const paths: readonly Path[] = ["peer", "channel"];
  return paths.flatMap((path) => plan.users.map((from) => judgePath(plan, journals, path, from, pictureArrived)));
}

function judgePath(plan: Plan, journals: Journals, path: Path, from: string, pictureArrived: (user: string, path: Path, from: string) => boolean): Row {
  const script = plan.scripts[from] ?? [];
  const to = receivers(plan, path, from);
  const own = (journals.acknowledged.get(from) ?? []).filter((entry) => entry.path === path);
  const heard = to.map((user) => (journals.receipts.get(user) ?? []).filter((entry) => entry.path === path && entry.from === from));
  // A number that was never sent must not make up for one that is missing.
  const distinct = heard.map((receipts) => new Set(receipts.map(({ n }) => n).filter((n) => n >= 1 && n <= script.length)).size);
  const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
  return {
    path,
    from,
    to,
    sent: script.length,
    acknowledged: new Set(own.map(({ n }) => n)).size,
    toDeliver: script.length * to.length,
    delivered: total(distinct),
    missed: script.length * to.length - total(distinct),
    duplicated: total(heard.map((receipts) => receipts.length - new Set(receipts.map(({ n }) => n)).size)),
    outOfOrder: total(heard.map(disorder)),
    changed: total(heard.map((receipts) => receipts.filter((entry) => isChanged(script[entry.n - 1], entry)).length)),
    pictures: to.filter((user) => pictureArrived(user, path, from)).length,
  };
}

const disorder = (receipts: readonly Receipt[]): number => receipts.filter(({ n }, index) => n < (receipts[index - 1]?.n ?? 0)).length;

function isChanged(item: { line: string } | { chunk: number } | undefined, { line, chunk }: Receipt): boolean {
  if (item === undefined) return true;
  return "line" in item ? item.line !== line : item.chunk !== chunk;
}

/** Puts the chunks together and compares SHA-256. */
export function pictureArrivedIn(directory: string, chunksOf: (from: string) => number): (user: string, path: Path, from: string) => boolean {
  const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  return (user, path, from) => {
    const files = Array.from({ length: chunksOf(from) }, (_, chunk) => chunkFile(directory, user, path, from, chunk));
    if (!files.every((file) => existsSync(file))) return false;
    return sha256(Buffer.concat(files.map((file) => readFileSync(file)))) === sha256(readFileSync(pictureFile(directory, from)));
  };
}
