import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { parseRefKey, refKey } from "../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { ConversationEntry } from "../../protocol/messages/conversation.ts";
import { must } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";

/** A user's list of conversations. */
export interface ChatEntries {
  all(): readonly ConversationEntry[];
  get(key: string): ConversationEntry | undefined;
  put(entry: ConversationEntry): void;
  drop(key: string): void;
  /** Of the newest change: rises for ever. */
  revision(): number;
}

export interface EntryChange {
  readonly pinned?: boolean | undefined;
  readonly marks?: readonly number[] | undefined;
  /** Unix ms; 0: for ever; null: not any more. */
  readonly mutedUntil?: number | null | undefined;
  readonly removed?: true | undefined;
}

/** How far the time of use may be behind: a row for each message would be too dear for an order that devices know better. */
const USED_MS = 3_600_000;

/** Something has happened in a conversation. `brings`: something that is to be seen. `entered`: of a group, since when the user is a member. */
export function entryUsed(entries: ChatEntries, key: string, now: number, brings: boolean, entered?: number): ConversationEntry {
  const known = entries.get(key);
  const revision = entries.revision() + 1;
  const membership = entered === undefined ? {} : { entered };
  if (known === undefined) {
    makeRoom(entries);
    return put(entries, { conversation: parseRefKey(key), revision, activeAt: now, ...membership });
  }
  if ((known.removed && brings) || known.entered !== entered) {
    const { removed: _removed, left: _left, ...listed } = known;
    return put(entries, { ...listed, revision, activeAt: now, ...membership });
  }
  return brings && now - known.activeAt >= USED_MS ? put(entries, { ...known, activeAt: now }) : known;
}

/** Whether something is of a stay in a group that is known to be over. */
export const isOver = (known: ConversationEntry | undefined, entered: number | undefined): boolean =>
  known?.left !== undefined && entered !== undefined && entered <= known.left;

/** The user is in a group no more: it was up to `left`. Undefined: that is known, or it has come again since. */
export function entryLeft(entries: ChatEntries, key: string, now: number, left: number): ConversationEntry | undefined {
  const known = entries.get(key);
  if (Math.max(known?.entered ?? 0, (known?.left ?? -1) + 1) > left) return undefined;
  if (known === undefined) makeRoom(entries);
  return put(entries, { conversation: parseRefKey(key), revision: entries.revision() + 1, activeAt: known?.activeAt ?? now, removed: true, left });
}

function makeRoom(entries: ChatEntries): void {
  if (entries.all().length >= CHAT_LIMITS.chatConversations) entries.drop(longestRested(entries));
}

function put(entries: ChatEntries, entry: ConversationEntry): ConversationEntry {
  entries.put(entry);
  return entry;
}

export function changeEntry(entries: ChatEntries, key: string, change: EntryChange, now: number): Result<ConversationEntry, WireError> {
  const known = entries.get(key);
  if (known === undefined || (known.removed && !change.removed)) return err(wireError("not_found", { field: "conversation" }));
  if (change.removed) {
    const { conversation, revision, activeAt, entered, left } = known;
    const gone: ConversationEntry = {
      conversation,
      revision,
      activeAt,
      removed: true,
      ...(entered !== undefined && { entered }),
      ...(left !== undefined && { left }),
    };
    return ok(saved(entries, known, gone));
  }
  const { pinnedAt, marks, mutedUntil, ...rest } = known;
  const pinnedFrom = change.pinned === undefined ? pinnedAt : change.pinned ? (pinnedAt ?? now) : undefined;
  const pins = entries.all().filter((entry) => entry.pinnedAt !== undefined).length;
  if (pinnedAt === undefined && pinnedFrom !== undefined && pins >= CHAT_LIMITS.chatConversationPins) {
    return err(wireError("limit_exceeded", { field: "pinned", limit: CHAT_LIMITS.chatConversationPins }));
  }
  const marked = change.marks === undefined ? (marks ?? []) : [...new Set(change.marks)].sort((a, b) => a - b);
  const muted = change.mutedUntil === undefined ? mutedUntil : (change.mutedUntil ?? undefined);
  return ok(
    saved(entries, known, {
      ...rest,
      ...(pinnedFrom !== undefined && { pinnedAt: pinnedFrom }),
      ...(marked.length > 0 && { marks: marked }),
      ...(muted !== undefined && { mutedUntil: muted }),
    }),
  );
}

/** What changes nothing is no change. */
function saved(entries: ChatEntries, before: ConversationEntry, after: ConversationEntry): ConversationEntry {
  if (JSON.stringify(sortedFields(before)) === JSON.stringify(sortedFields(after))) return before;
  const entry = { ...after, revision: entries.revision() + 1 };
  entries.put(entry);
  return entry;
}

const sortedFields = (entry: ConversationEntry): unknown[] => Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1));

/** Those that are pinned stay. */
function longestRested(entries: ChatEntries): string {
  let oldest: ConversationEntry | undefined;
  for (const entry of entries.all()) {
    if (entry.pinnedAt !== undefined) continue;
    if (oldest === undefined || entry.activeAt < oldest.activeAt) oldest = entry;
  }
  return refKey(must(oldest ?? entries.all()[0], "a full list has an entry").conversation);
}
