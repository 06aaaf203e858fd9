import { inFull } from "../protocol/brief.ts";
import type { Down } from "../protocol/down.ts";
import type { WireError } from "../protocol/errors.ts";
import type { OutputOf } from "../protocol/operations/catalogue.ts";

/**
 * The door for what a server sends. The schemas would weigh more than the rest of the client, so this table checks by
 * hand what the client relies on; a test holds it against the schemas. Unknown keys pass: a newer server may say more.
 */
type Check = (value: unknown) => boolean;

export const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
const text: Check = (value) => typeof value === "string";
const whole: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const flag: Check = (value) => typeof value === "boolean";
const bytesOrText: Check = (value) => typeof value === "string" || value instanceof Uint8Array;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const oneOf =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);
const shape =
  (fields: Record<string, Check>): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([key, check]) => check(value[key]));

const position = { epoch: text, seq: whole };
const channel = shape({ type: oneOf("message", "stream", "room"), name: text });
const message = { from: text, device: text, id: whole, ts: whole, data: bytesOrText, customType: optional(text), stored: optional(flag), to: optional(text) };
const resumed = { stream: text, ...position, recovered: optional(flag), reason: optional(text) };
const users = listOf(text);
const inChannel = { channel, users };
const wireError = shape({
  code: text,
  message: text,
  retry: oneOf("never", "later", "new-token"),
  retryAfterMs: optional(whole),
  field: optional(text),
  limit: optional(whole),
});

export const isWireError = (value: unknown): value is WireError => wireError(value);

const sessionWelcome = shape({
  user: text,
  device: text,
  generation: whole,
  firstId: whole,
  serverTime: whole,
  keepAliveMs: whole,
  reconnectSpreadMs: whole,
  inbox: shape(position),
  limits: shape({ directSockets: whole, channels: whole }),
});
const channelWelcome = shape({ channel, ...resumed, members: whole, serverTime: whole });

const metadata = {
  by: text,
  majorRevision: whole,
  items: listOf(shape({ key: text, value: text, revision: whole, updatedAt: optional(whole), updatedBy: optional(text) })),
};

const call = shape({
  call: text,
  version: whole,
  phase: oneOf("ringing", "active", "ended"),
  end: optional(text),
  into: optional(text),
  exclusive: flag,
  content: optional(text),
  channel: optional(text),
  startedAt: whole,
  members: listOf(shape({ user: text, state: text, device: optional(text), response: optional(text), online: optional(flag), until: optional(whole) })),
});

const NOTICES: Record<string, Check> = {
  "token.will-expire": shape({ expiresAt: whole }),
  "presence.changed": shape({ users: listOf(shape({ user: text, state: oneOf("ONLINE", "UNREACHABLE", "OFFLINE") })) }),
  "channel.joined": shape(inChannel),
  "channel.left": shape(inChannel),
  "channel.count": shape({ channel, count: whole }),
  "channel.attributes": shape({ channel, attributes: listOf(shape({ key: text, value: text, updatedBy: text, updatedAt: whole })) }),
  "channel.metadata": shape({ channel, ...metadata }),
  "user.metadata": shape({ user: text, ...metadata }),
  "channel.members": shape({ ...inChannel, count: whole }),
  "channel.closed": shape({ channel, code: whole, reason: text }),
  "inbox.truncated": shape({ from: whole, to: whole }),
  "call.changed": shape({ call }),
  // Their module looks closer.
  "room.event": shape({ channel, event: isRecord }),
  "room.directed": shape({ channel, message: shape({ id: text, from: text, ts: whole, key: text, content: isRecord }) }),
  "conversation.news": isRecord,
  "conversation.entry": isRecord,
  "group.word": shape({ group: text, event: isRecord }),
  "profile.changed": isRecord,
  "contact.changed": isRecord,
  "block.changed": isRecord,
};

const MESSAGES: Record<string, Check> = {
  welcome: (value) => isRecord(value) && (value.kind === "session" ? sessionWelcome(value) : value.kind === "channel" && channelWelcome(value)),
  reply: (value) => isRecord(value) && whole(value.id) && (isRecord(value.ok) || isWireError(value.error)),
  events: shape({
    stream: text,
    epoch: text,
    after: whole,
    upTo: whole,
    items: listOf(shape({ ...message, seq: whole, key: optional(text) })),
    skipped: optional(whole),
  }),
  message: shape(message),
  notice: (value) => isRecord(value) && text(value.name) && (own(NOTICES, value.name)?.(value) ?? true),
  goaway: shape({ reason: text, retryAfterMs: whole }),
};

const own = (table: Record<string, Check>, key: unknown): Check | undefined => (typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined);

/** The message, `malformed`, or `unknown`: of a kind that this client has not learnt and lets pass. */
export function readMessage(raw: Record<string, unknown>): Down | "malformed" | "unknown" {
  const check = own(MESSAGES, raw.type);
  if (check === undefined) return typeof raw.type === "string" ? "unknown" : "malformed";
  if (raw.type === "events" && Array.isArray(raw.items) && raw.items.some(Array.isArray)) raw.items = inFull(raw.items);
  if (!check(raw)) return "malformed";
  if (raw.type === "notice" && own(NOTICES, raw.name) === undefined) return "unknown";
  // The table above has just looked at every field that is read; this is the door's only claim.
  return raw as unknown as Down;
}

type Joined = OutputOf<"channel.join">;
const directAdmission = shape({ via: oneOf("direct"), path: (value) => typeof value === "string" && value.startsWith("/"), ticket: text, expiresAt: whole });
const ridingAdmission = shape({ via: oneOf("session"), ...resumed, members: whole });
export const isDirectAdmission = (value: unknown): value is Extract<Joined, { via: "direct" }> => directAdmission(value);
export const isRidingAdmission = (value: unknown): value is Extract<Joined, { via: "session" }> => ridingAdmission(value);

const resumption = shape({ streams: listOf(shape({ ...resumed, recovered: flag })) });
export const isResumption = (value: unknown): value is OutputOf<"stream.resume"> => resumption(value);
