import type { Act, StoredMessage } from "./message.ts";
import type { ConversationStore, Reaction } from "./store.ts";

/** A message as it goes into the database: with what it wears. */
export interface ExportedMessage {
  readonly message: StoredMessage;
  readonly reactions: readonly Reaction[];
  readonly pinned?: Act | undefined;
}

export interface ExportBatch {
  readonly upTo: number;
  readonly messages: readonly ExportedMessage[];
}

/** What has come or changed since `exported`, or the first part of it. */
export function exportBatch(store: ConversationStore, exported: number, head: number, most: number): ExportBatch {
  const messages = store.after(exported, most + 1);
  const changes = store.changesAfter(exported, most + 1);
  const known = Math.min(messages.length > most ? (messages[most]?.seq ?? 0) - 1 : head, changes.length > most ? (changes[most]?.version ?? 0) - 1 : head);
  const found = new Map<number, StoredMessage>();
  for (const message of messages) if (message.seq <= known) found.set(message.seq, message);
  for (const { version, seq, user } of changes) {
    if (version > known || user !== undefined || found.has(seq)) continue;
    const message = store.message(seq);
    if (message !== undefined) found.set(seq, message);
  }
  const pins = store.pins();
  return { upTo: known, messages: [...found.values()].map((message) => ({ message, reactions: store.reactions(message.seq), pinned: pins.get(message.seq) })) };
}

/** Up to which seq messages are older than `before`: they lie in the order of their times, but for clocks. Looks at `most`. */
export function expiredUpTo(store: ConversationStore, before: number, most: number): number {
  let upTo = 0;
  for (const { seq, ts } of store.after(0, most)) {
    if (ts >= before) break;
    upTo = seq;
  }
  return upTo;
}
