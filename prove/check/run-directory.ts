import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { isRecord } from "../../src/util/record.ts";
import type { RunEvent } from "../record/event.ts";

/** `run.json` of a run directory. */
export interface RunNotes {
  readonly seed: number;
  readonly profile: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly seconds: number;
  readonly versions: { readonly wigwag: string; readonly workerd: string; readonly node: string; readonly commit: string };
  readonly machine: string;
  /** What the service's and the clients' times were multiplied by. */
  readonly timeScale?: number;
}

const CHUNK_BYTES = 1024 * 1024;

export const readNotes = (directory: string): RunNotes => asNotes(JSON.parse(readFileSync(join(directory, "run.json"), "utf8")));

/** All events of a run by time; those of one file keep their order. Holds one line and one chunk of each file at a time. */
export function* readEvents(directory: string): Generator<RunEvent> {
  const files = readdirSync(directory).filter((name) => name.endsWith(".jsonl"));
  yield* merged(files.sort().map((name) => eventsOf(join(directory, name))));
}

/** By time, without ever going back within one source: a clock that did must not reorder what one process noted. */
export function* merged(sources: readonly Iterator<RunEvent>[]): Generator<RunEvent> {
  const heads: Head[] = [];
  for (const [rank, source] of sources.entries()) push(heads, { source, rank, at: Number.NEGATIVE_INFINITY, event: undefined });
  for (let head = heads[0]; head !== undefined; head = heads[0]) {
    if (head.event !== undefined) yield head.event;
    const next = head.source.next();
    if (next.done === true) drop(heads);
    else {
      head.event = next.value;
      head.at = Math.max(head.at, next.value.at);
      sink(heads);
    }
  }
}

interface Head {
  readonly source: Iterator<RunEvent>;
  readonly rank: number;
  at: number;
  event: RunEvent | undefined;
}

const before = (a: Head, b: Head): boolean => a.at < b.at || (a.at === b.at && a.rank < b.rank);

function push(heads: Head[], head: Head): void {
  heads.push(head);
  for (let i = heads.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1;
    if (!swapIf(heads, i, parent)) return;
    i = parent;
  }
}

function drop(heads: Head[]): void {
  const last = heads.pop();
  if (last === undefined || heads.length === 0) return;
  heads[0] = last;
  sink(heads);
}

/** The first one has moved on: it goes down to where it belongs. */
function sink(heads: Head[]): void {
  for (let i = 0; ; ) {
    const [left, right] = [2 * i + 1, 2 * i + 2];
    const [leftHead, rightHead] = [heads[left], heads[right]];
    if (leftHead === undefined) return;
    const child = rightHead !== undefined && before(rightHead, leftHead) ? right : left;
    if (!swapIf(heads, child, i)) return;
    i = child;
  }
}

function swapIf(heads: Head[], lower: number, upper: number): boolean {
  const [low, high] = [heads[lower], heads[upper]];
  if (low === undefined || high === undefined || !before(low, high)) return false;
  heads[lower] = high;
  heads[upper] = low;
  return true;
}

/** The last line of a process that was killed may be half a line: it is left out. */
function* eventsOf(path: string): Generator<RunEvent> {
  let number = 0;
  for (const { line, whole } of linesOf(path)) {
    number += 1;
    const event = parse(line);
    if (event !== undefined) yield event;
    else if (whole) throw new Error(`${path}:${number} is no event: ${line.slice(0, 200)}`);
  }
}

function* linesOf(path: string): Generator<{ line: string; whole: boolean }> {
  const file = openSync(path, "r");
  const decoder = new StringDecoder("utf8");
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    let rest = "";
    for (let bytes = readSync(file, chunk); bytes > 0; bytes = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, bytes))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield { line, whole: true };
    }
    if (rest !== "") yield { line: rest, whole: false };
  } finally {
    closeSync(file);
  }
}

function parse(line: string): RunEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What our own recorder wrote is not looked into further. */
const isEvent = (value: unknown): value is RunEvent => isRecord(value) && typeof value.is === "string" && Number.isFinite(value.at);

function asNotes(value: unknown): RunNotes {
  if (!isNotes(value)) throw new Error("run.json lacks seed, profile, startedAt, seconds, versions or machine");
  return value;
}

const isNotes = (value: unknown): value is RunNotes =>
  isRecord(value) &&
  typeof value.seed === "number" &&
  typeof value.profile === "string" &&
  typeof value.startedAt === "string" &&
  typeof value.seconds === "number" &&
  isRecord(value.versions) &&
  typeof value.machine === "string";
