import type { ConversationAuthority } from "../../../domain/conversation/authority.ts";
import type { Conversation } from "../../../domain/conversation/conversation.ts";
import type { Actor } from "../../../domain/conversation/rules.ts";
import type { Group } from "../../../domain/membership/group.ts";
import { moderates, refuseTalk } from "../../../domain/membership/talk.ts";
import { CHAT_LIMITS } from "../../../protocol/chat-limits.ts";
import { messageId } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { InputOf, OperationName } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call, CallReply } from "../../trust.ts";

const NAMES = [
  "message.send",
  "message.append",
  "message.edit",
  "message.recall",
  "message.react",
  "message.reactors",
  "message.pin",
  "message.pins",
  "message.remove",
  "message.history",
  "message.receipts",
  "message.receipt-counts",
  "message.confirm",
  "message.confirmations",
  "conversation.read",
  "conversation.clear",
  "conversation.import",
  "conversation.typing",
] as const satisfies readonly OperationName[];
type Name = (typeof NAMES)[number];
type Answer = Result<object, WireError>;
type Handlers = {
  readonly [Op in Name]: (authority: ConversationAuthority, input: InputOf<Op>, actor: Actor, nowMs: number) => Answer | Promise<Answer>;
};

const ONLY_IN_GROUPS = wireError("bad_request", { field: "conversation", message: "messages are confirmed in groups" });
const change = (authority: ConversationAuthority, what: Parameters<ConversationAuthority["change"]>[0]): Answer => authority.change(what);
const own = (authority: ConversationAuthority, what: (conversation: Conversation) => ReturnType<Conversation["read"]>): Answer =>
  // Where there is nothing, there is nothing to read or to remove.
  authority.conversation.open ? authority.change(what) : ok({});

const handlers: Handlers = {
  "message.send": send,
  "message.append": (authority, { seq, at, text, end }, actor) => authority.append(actor, seq, { at, text, end }),
  "message.edit": (authority, { seq, content, ext, ifVersion }, actor) =>
    authority.changeForOthers(actor, (conversation) => conversation.edit(actor, seq, { content, ext, ifVersion })),
  "message.recall": (authority, { seq }, actor) => change(authority, (conversation) => conversation.recall(actor, seq)),
  "message.react": (authority, { seq, reaction, on }, actor) =>
    authority.changeForOthers(actor, (conversation) => conversation.react(actor, seq, reaction, on)),
  "message.reactors": (authority, { seq, reaction, skip = 0, limit = CHAT_LIMITS.chatReactionsPage }, actor) =>
    authority.reactors(actor, seq, reaction, skip, limit),
  "message.pin": (authority, { seq, on }, actor) => authority.changeForOthers(actor, (conversation) => conversation.pin(actor, seq, on)),
  "message.pins": (authority, _input, { user }) => ok({ records: authority.pins(user) }),
  "message.remove": (authority, { seqs }, { user }) => own(authority, (conversation) => conversation.remove(user, seqs)),
  "message.history": history,
  "message.receipts": (authority, { seq, after = "", limit = GROUP_LIMITS.receiptsPage }, actor) => authority.receiptsOf(actor, seq, after, limit),
  "message.receipt-counts": (authority, { seqs }, actor) => authority.receiptCounts(actor, seqs),
  "message.confirm": () => err(ONLY_IN_GROUPS),
  "message.confirmations": () => err(ONLY_IN_GROUPS),
  "conversation.read": (authority, { seq }, { user }) => own(authority, (conversation) => conversation.read(user, seq)),
  "conversation.clear": clear,
  "conversation.import": bringIn,
  "conversation.typing": (authority, { on }, { user }) => {
    authority.pass({ kind: "typing", from: user, on });
    return ok({});
  },
};

async function clear(authority: ConversationAuthority, { seq = 0, until }: InputOf<"conversation.clear">, { user }: Actor): Promise<Answer> {
  if (until === undefined) return own(authority, (conversation) => conversation.clear(user, seq));
  try {
    return await authority.clearUntil(user, until);
  } catch {
    return err(wireError("unavailable", { message: "history cannot be read now" }));
  }
}

async function bringIn(authority: ConversationAuthority, { messages }: InputOf<"conversation.import">, actor: Actor): Promise<Answer> {
  const drafts = messages.map(({ ts, read, ...draft }) => ({ ...draft, sentAt: ts, ...(read && { read }) }));
  const taken = await authority.bringIn(actor, drafts);
  if (!taken.ok) return taken;
  const { number } = authority.conversation.meta;
  return ok({ messages: taken.value.map(({ seq, duplicate }) => ({ seq, id: messageId(number, seq), ...(duplicate && { duplicate }) })) });
}

async function history(authority: ConversationAuthority, input: InputOf<"message.history">, { user }: Actor): Promise<Answer> {
  const { before, after, limit, types, senders, from, to } = input;
  // As it stood before the database was asked: what comes meanwhile is not in the page.
  const upTo = authority.conversation.head;
  try {
    return ok({ ...(await authority.history(user, { before, after, limit, types, senders, from, to })), upTo });
  } catch {
    return err(wireError("unavailable", { message: "history cannot be read now" }));
  }
}

async function send(authority: ConversationAuthority, input: InputOf<"message.send">, actor: Actor, nowMs: number): Promise<Answer> {
  const { key, content, ext, silent, mentions, receivers, confirm, again, online, growing } = input;
  if (online === true)
    return authority.passMessage(actor, { kind: "message", from: actor.user, ts: nowMs, key, content, ...(ext !== undefined && { ext }) }, receivers);
  const sent = await authority.send(actor, { key, content, ext, silent, mentions, receivers, confirm, again, growing });
  return sent.ok ? ok({ ...sent.value, id: messageId(authority.conversation.meta.number, sent.value.seq) }) : sent;
}

/** Operations on a conversation. The door has checked the input, and that users act for themselves only. */
export function runConversationOperation(authority: ConversationAuthority, call: AskedCall, nowMs: number): Promise<CallReply> {
  return runConversationOperationAs(authority, call, actorOf(call), nowMs);
}

/** The same in a group, by whose table of roles it is allowed. */
export async function runGroupConversationOperation(authority: ConversationAuthority, group: Group, call: AskedCall, nowMs: number): Promise<CallReply> {
  const actor = actorOf(call);
  const { seq } = call.input as { readonly seq?: number };
  const refused = refuseTalk(group, call.op, actor, call.op.startsWith("message.") ? seq : undefined);
  if (refused !== undefined) return { error: refused };
  const author = seq === undefined ? undefined : authority.conversation.authorOf(seq);
  const server = actor.server || (author !== undefined && moderates(group, call.op, actor, author));
  return runConversationOperationAs(authority, call, { ...actor, server }, nowMs);
}

type AskedCall = Pick<Call, "op" | "input" | "caller">;

export const actorOf = ({ caller, input }: AskedCall): Actor => ({
  user: caller.kind === "user" ? caller.user : String(input.user),
  server: caller.kind === "server",
});

export async function runConversationOperationAs(authority: ConversationAuthority, { op, input }: AskedCall, actor: Actor, nowMs: number): Promise<CallReply> {
  const name = NAMES.find((known) => known === op);
  if (name === undefined) return { error: wireError("unknown_operation") };
  const handler = handlers[name] as (authority: ConversationAuthority, input: unknown, actor: Actor, nowMs: number) => Answer | Promise<Answer>;
  const answer = await handler(authority, input, actor, nowMs);
  return answer.ok ? { ok: { ...answer.value } } : { error: answer.error };
}
