import { isName, type UserId } from "./names.ts";

export type ConversationType = "single" | "group" | "thread";

/** A conversation as one of its members sees it: a single chat has the other user's id. */
export interface ConversationRef {
  type: ConversationType;
  id: string;
}

/** The one name that a conversation has for all its members. Both ids of a single chat may hold anything, so the first one's length comes before them. */
export function conversationName({ type, id }: ConversationRef, self: UserId): string {
  if (type !== "single") return `${type}:${id}`;
  const [first, second] = self < id ? [self, id] : [id, self];
  return `single:${first.length}:${first}:${second}`;
}

export type NamedConversation =
  | { readonly type: "single"; readonly users: readonly [UserId, UserId] }
  | { readonly type: "group" | "thread"; readonly id: string };

/** Undefined for what is no conversation's name. */
export function parseConversationName(name: string): NamedConversation | undefined {
  if (name.startsWith("group:")) return isName(name.slice(6)) ? { type: "group", id: name.slice(6) } : undefined;
  if (name.startsWith("thread:")) return isName(name.slice(7)) ? { type: "thread", id: name.slice(7) } : undefined;
  const match = /^single:(\d{1,2}):(.*)$/s.exec(name);
  const length = Number(match?.[1]);
  const rest = match?.[2] ?? "";
  const [first, second] = [rest.slice(0, length), rest.slice(length + 1)];
  if (rest[length] !== ":" || !isName(first) || !isName(second) || first >= second) return undefined;
  return name === `single:${length}:${first}:${second}` ? { type: "single", users: [first, second] } : undefined;
}

/** How a member sees it. */
export const conversationRef = (name: NamedConversation, self: UserId): ConversationRef =>
  name.type !== "single" ? { type: name.type, id: name.id } : { type: "single", id: name.users[0] === self ? name.users[1] : name.users[0] };

/** As a key of maps and rows, for one member. */
export const refKey = ({ type, id }: ConversationRef): string => `${type}:${id}`;

export function parseRefKey(key: string): ConversationRef {
  const at = key.indexOf(":");
  const type = key.slice(0, at);
  return { type: type === "group" || type === "thread" ? type : "single", id: key.slice(at + 1) };
}

/** Room for the messages of one conversation in the numbers of all. */
const SEQS = 2n ** 30n;

/** A message's id over all conversations of an app, in decimal. */
export const messageId = (number: number, seq: number): string => (BigInt(number) * SEQS + BigInt(seq)).toString();

/** The number of the conversation whose message has this id; 0: it is no such id. */
export const numberOfId = (id: string): number => (/^\d{1,20}$/.test(id) ? Number(BigInt(id) / SEQS) : 0);
