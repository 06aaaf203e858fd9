import type { ConversationEntry, News, MessageRecord as Said } from "../../protocol/messages/conversation.ts";
import type { GroupEvent } from "../../protocol/messages/group.ts";
import type { UserPresence } from "../../protocol/messages/notice.ts";
import type { ContactNews, Profile } from "../../protocol/messages/people.ts";
import { isRecord } from "../../util/record.ts";
import type { MessageRecord } from "./message.ts";

/** The newer of what is known of a message and what comes; undefined: it brings nothing. */
export function merged(known: MessageRecord | undefined, came: Said): MessageRecord | undefined {
  if (known !== undefined && known.version >= came.version) return undefined;
  const { face, grows, ...record } = came;
  if (face === undefined && grows === undefined) return { ...record, ...(known?.note && { note: known.note }) };
  // Of a message that is not here, what it wears or what was appended says nothing.
  if (known === undefined) return undefined;
  const { reactions: _reactions, pinned: _pinned, growing: _growing, ...rest } = known;
  if (grows === undefined) return { ...rest, ...(known.growing && { growing: true }), ...record };
  const text = known.content?.type === "text" ? known.content.text : "";
  return { ...rest, ...record, content: { type: "text", text: `${text.slice(0, grows.at)}${grows.text}` } };
}

/** Whether people see it as a message of the conversation. */
export const isShown = ({ removed, content, recalled }: Said): boolean =>
  removed === undefined && (recalled !== undefined || (content !== undefined && content.type !== "command"));

const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isRef = (value: unknown): boolean =>
  isRecord(value) && (value.type === "single" || value.type === "group" || value.type === "thread") && typeof value.id === "string";
const isMessage = (value: unknown): boolean =>
  isRecord(value) && whole(value.seq) && whole(value.version) && typeof value.from === "string" && whole(value.ts) && typeof value.key === "string";

/** The door for what the service says of conversations: what this module reads of it. */
export const isNews = (value: unknown): value is News =>
  isRecord(value) &&
  isRef(value.conversation) &&
  [value.number, value.after, value.upTo, value.cleared, value.unread, value.mentioned ?? 0].every(whole) &&
  Array.isArray(value.records) &&
  value.records.every(isMessage) &&
  Array.isArray(value.receipts) &&
  value.receipts.every((one) => isRecord(one) && typeof one.user === "string" && whole(one.delivered) && whole(one.read)) &&
  (value.passing === undefined || (Array.isArray(value.passing) && value.passing.every((one) => isRecord(one) && typeof one.kind === "string")));

export const isEntry = (value: unknown): value is ConversationEntry =>
  isRecord(value) && isRef(value.conversation) && whole(value.revision) && whole(value.activeAt);

export const isProfile = (value: unknown): value is Profile => isRecord(value);

export const isContactNews = (value: unknown): value is ContactNews =>
  isRecord(value) && typeof value.user === "string" && ["invited", "asked", "contact", "none"].includes(value.state as string);

/** Of what its devices say; that it has a user and a state, the client has seen. */
export const isPresence = ({ devices, ext }: UserPresence): boolean =>
  (ext === undefined || typeof ext === "string") &&
  (devices === undefined ||
    (Array.isArray(devices) && devices.every((one: unknown) => isRecord(one) && typeof one.device === "string" && typeof one.state === "string")));

/** As far as this module reads of it. */
export const isGroupEvent = (value: unknown): value is GroupEvent =>
  isRecord(value) && typeof value.kind === "string" && [value.users ?? [], value.changed ?? {}].every((one) => typeof one === "object");

export const isBlocked = ({ users, on }: { readonly users?: unknown; readonly on?: unknown }): boolean =>
  Array.isArray(users) && users.every((user) => typeof user === "string") && typeof on === "boolean";
