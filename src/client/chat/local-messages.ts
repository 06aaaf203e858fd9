import type { Content, Ext } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { isLocal, type MessageRecord } from "./message.ts";

/** A message that a program puts beside those of the service, on this device alone. */
export interface LocalMessage {
  readonly content: Content;
  readonly ext?: Ext;
  /** Default: the user. */
  readonly from?: UserId;
  /** Unix ms: behind which messages it stands. Default: now. */
  readonly ts?: number;
  /** Put there again under the same key, with its `ts`, it is there once. */
  readonly key?: string;
}

/** What a program does to the messages that a device keeps. */
export type LocalChange =
  | { readonly kind: "insert"; readonly messages: readonly Required<Omit<LocalMessage, "ext">>[] }
  | { readonly kind: "update"; readonly seq: number; readonly content?: Content; readonly ext?: Ext }
  | { readonly kind: "note"; readonly seq: number; readonly note: Ext | undefined }
  | { readonly kind: "drop"; readonly seqs: readonly number[] }
  | { readonly kind: "custom"; readonly custom: Ext | undefined };

/** Messages of one call. */
export const LOCAL_AT_ONCE = 1_000;

/** Between a number of the service and the next there is room for so many of ours, one behind the other. */
const STEP = 2 ** -10;
const STEP_MIN = 2 ** -20;

/** All that stands behind the message with this number, up to the next one of the service. */
export const behind = (seq: number): number => Math.floor(seq) + 1 - STEP_MIN;

export const refusal = (code: string, message: string): Error => Object.assign(new Error(message), { code, retry: "never" });

type Inserted = Extract<LocalChange, { kind: "insert" }>["messages"][number];

/**
 * Finds each message its place by time among those that are here. `page` reads those older than a number, newest first;
 * `oldest`: from where on this device has all.
 */
export async function placed(
  messages: readonly Inserted[],
  page: (before: number) => Promise<readonly MessageRecord[]>,
  oldest: number,
): Promise<MessageRecord[]> {
  const waiting = messages.toSorted((a, b) => a.ts - b.ts);
  const found: MessageRecord[] = [];
  const known = new Set<string>();
  let next: number | undefined;
  for (let before = Number.MAX_SAFE_INTEGER; waiting.length > 0; ) {
    const records = await page(before);
    for (const { seq, ts, key, removed } of records) {
      if (!removed) known.add(key);
      const last = waiting.findLastIndex((message) => message.ts < ts) + 1;
      found.push(...between(waiting.splice(last), seq, next));
      next = seq;
    }
    const last = records.at(-1);
    if (last === undefined) {
      found.push(...between(waiting.splice(0), next === undefined ? oldest - 1 : Math.ceil(next) - 1, next));
      break;
    }
    before = last.seq;
  }
  return found.filter(({ key }) => !known.has(key)).sort((a, b) => a.seq - b.seq);
}

function between(messages: readonly Inserted[], after: number, next: number | undefined): MessageRecord[] {
  if (messages.length === 0) return [];
  const end = Math.min(next ?? Number.POSITIVE_INFINITY, behind(after));
  const step = Math.min(STEP, (end - after) / (messages.length + 1));
  if (step < STEP_MIN) throw refusal("limit_exceeded", "between these two messages there is no room for more");
  return messages.map((message, index) => ({ ...message, seq: after + (index + 1) * step, version: 0 }));
}

/** As it then is; undefined: it is not here. */
export function updated(known: MessageRecord | undefined, { content, ext }: Extract<LocalChange, { kind: "update" }>): MessageRecord | undefined {
  if (known === undefined) return undefined;
  if (!isLocal(known)) throw refusal("forbidden", "it is the service's: `edit` changes it for everybody, `note` keeps something beside it");
  return { ...known, version: known.version + 1, ...(content !== undefined && { content }), ...(ext !== undefined && { ext }) };
}

export function noted(known: MessageRecord | undefined, note: Ext | undefined): MessageRecord | undefined {
  if (known === undefined) return undefined;
  const { note: _, ...rest } = known;
  return note === undefined ? rest : { ...rest, note };
}
