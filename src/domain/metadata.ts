import { type WireError, wireError } from "../protocol/errors.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { MetadataItem, MetadataSet } from "../protocol/messages/metadata.ts";
import { err, ok, type Result } from "../util/result.ts";
import { utf8Bytes } from "../util/text.ts";

/** A set as its owner keeps it. */
export interface Metadata {
  readonly majorRevision: number;
  readonly items: ReadonlyMap<string, Stored>;
  /** Who changed it last. */
  readonly by: string;
  /** The last writes, oldest first: a repeat of one gets its answer. */
  readonly writes: readonly RememberedWrite[];
}
type Stored = Omit<MetadataItem, "key">;

export interface Written {
  readonly majorRevision: number;
  readonly count: number;
}
interface RememberedWrite extends Written {
  readonly request: string;
}

export const NO_METADATA: Metadata = { majorRevision: 0, items: new Map(), by: "", writes: [] };

interface Named {
  readonly key: string;
  /** The revision it must have; 0: it must not be there; −1 or none: whatever it is. */
  readonly revision?: number | undefined;
}
interface Item extends Named {
  readonly value: string;
}

/** A change as the operations name it. */
export type MetadataChange = {
  readonly majorRevision?: number | undefined;
  readonly recordTime?: boolean | undefined;
  readonly recordAuthor?: boolean | undefined;
} & (
  | { readonly kind: "set" | "update"; readonly items: readonly Item[] }
  /** Without items: all there are. */
  | { readonly kind: "remove"; readonly items?: readonly Named[] | undefined }
);

export interface Writer {
  readonly by: string;
  readonly now: number;
  /** Names the request for ever, where there is a name. */
  readonly request: string | undefined;
}

/**
 * The set after a change, and the answer to the writer; or why nothing is written. The same set comes back where nothing
 * changes. The set's revision is checked first, then the items' (RTM 2.x).
 */
export function changeMetadata(before: Metadata, change: MetadataChange, writer: Writer): Result<{ after: Metadata; written: Written }, WireError> {
  const first = before.writes.find(({ request }) => request === writer.request);
  if (first !== undefined) return ok({ after: before, written: { majorRevision: first.majorRevision, count: first.count } });
  const refusal = outdated(before, change) ?? twice(change) ?? missing(before, change);
  if (refusal !== undefined) return err(refusal);
  const majorRevision = before.majorRevision + 1;
  const items = changedItems(before, change, writer, majorRevision);
  const tooMuch = change.kind === "remove" ? undefined : beyondBounds(items);
  if (tooMuch !== undefined) return err(tooMuch);
  if (change.kind === "remove" && items.size === before.items.size) return ok({ after: before, written: answerOf(before) });
  const written = { majorRevision, count: items.size };
  return ok({ after: { majorRevision, items, by: writer.by, writes: remember(before.writes, writer, written) }, written });
}

/** As it crosses the wire, in the order of keys. */
export const metadataSetOf = ({ majorRevision, items }: Metadata): MetadataSet => ({
  majorRevision,
  items: [...items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, stored]) => ({ key, ...stored })),
});

/** What somebody who has revision `known` is answered. */
export const readMetadata = (set: Metadata, known: number | undefined): MetadataSet | { majorRevision: number; unchanged: true } =>
  known === set.majorRevision ? { majorRevision: known, unchanged: true } : metadataSetOf(set);

const answerOf = ({ majorRevision, items }: Metadata): Written => ({ majorRevision, count: items.size });

const differs = (expected: number | undefined, present: number): boolean => expected !== undefined && expected >= 0 && expected !== present;

function outdated(before: Metadata, change: MetadataChange): WireError | undefined {
  if (differs(change.majorRevision, before.majorRevision)) {
    return wireError("conflict", { field: "majorRevision", message: `majorRevision: the set has ${before.majorRevision}, not ${change.majorRevision}` });
  }
  for (const [index, { key, revision }] of (change.items ?? []).entries()) {
    const present = before.items.get(key)?.revision ?? 0;
    if (differs(revision, present)) return itemError("conflict", index, key, `has revision ${present}, not ${revision}`);
  }
  return undefined;
}

function twice({ items = [] }: MetadataChange): WireError | undefined {
  const keys = new Set<string>();
  for (const [index, { key }] of items.entries()) {
    if (keys.has(key)) return itemError("bad_request", index, key, "is named twice");
    keys.add(key);
  }
  return undefined;
}

function missing(before: Metadata, change: MetadataChange): WireError | undefined {
  if (change.kind !== "update") return undefined;
  const index = change.items.findIndex(({ key }) => !before.items.has(key));
  return index < 0 ? undefined : itemError("not_found", index, change.items[index]?.key ?? "", "is not there");
}

const itemError = (code: "conflict" | "not_found" | "bad_request", index: number, key: string, what: string): WireError =>
  wireError(code, { field: `items.${index}`, message: `items.${index}: ${JSON.stringify(key)} ${what}` });

function changedItems(before: Metadata, change: MetadataChange, { by, now }: Writer, revision: number): Map<string, Stored> {
  if (change.kind === "remove" && change.items === undefined) return new Map();
  const items = new Map(before.items);
  if (change.kind === "remove") for (const { key } of change.items ?? []) items.delete(key);
  else {
    const recorded = { ...(change.recordTime === true && { updatedAt: now }), ...(change.recordAuthor === true && { updatedBy: by }) };
    for (const { key, value } of change.items) items.set(key, { value, revision, ...recorded });
  }
  return items;
}

function beyondBounds(items: ReadonlyMap<string, Stored>): WireError | undefined {
  if (items.size > LIMITS.metadataItems) {
    return wireError("limit_exceeded", { field: "items", limit: LIMITS.metadataItems, message: `items: at most ${LIMITS.metadataItems} in a set` });
  }
  let bytes = 0;
  for (const [key, { value }] of items) bytes += utf8Bytes(key) + utf8Bytes(value);
  if (bytes <= LIMITS.metadataBytes) return undefined;
  return wireError("too_large", { field: "items", limit: LIMITS.metadataBytes, message: `items: at most ${LIMITS.metadataBytes} bytes in a set` });
}

const remember = (writes: readonly RememberedWrite[], { request }: Writer, written: Written): readonly RememberedWrite[] =>
  request === undefined ? writes : [...writes, { request, ...written }].slice(-LIMITS.metadataWrites);
