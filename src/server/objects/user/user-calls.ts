import { mayRead, mayWrite } from "../../../domain/access/rights.ts";
import type { MetadataChange } from "../../../domain/metadata.ts";
import type { ConversationRef } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import type { UserId } from "../../../protocol/names.ts";
import { type InputOf, OPERATION_BY_NAME, type OperationName } from "../../../protocol/operations/catalogue.ts";
import type { Operation } from "../../../protocol/operations/operation.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { changeOf, removalOf, writerOf } from "../../metadata-call.ts";
import type { Call, Caller, CallReply } from "../../trust.ts";
import { DEACTIVATED } from "./account-desk.ts";
import type { Desks } from "./desks.ts";
import { sendFromServer } from "./server-send.ts";

const NAMES = [
  "peer.send",
  "presence.query",
  "presence.publish",
  "presence.subscribe",
  "presence.unsubscribe",
  "presence.subscriptions",
  "user-attributes.set",
  "user-attributes.update",
  "user-attributes.remove",
  "user-attributes.clear",
  "user-attributes.get",
  "user-metadata.set",
  "user-metadata.update",
  "user-metadata.remove",
  "user-metadata.get",
  "block.add",
  "block.remove",
  "block.list",
  "profile.update",
  "profile.query",
  "contact.invite",
  "contact.accept",
  "contact.decline",
  "contact.add",
  "contact.remove",
  "contact.remark",
  "contact.list",
  "message.search",
  "conversation.list",
  "conversation.configure",
  "conversation.remove",
  "conversation.clear-all",
  "group.joined",
  "group.invitations",
  "user.devices",
  "user.name-device",
  "user.kick",
  "user.deactivate",
  "user.activate",
  "user.delete",
  "user.account",
  "user.history",
  "user.history-count",
] as const satisfies readonly OperationName[];
type UserOperation = (typeof NAMES)[number];
type Answer = Result<Record<string, unknown>, WireError>;
type Handlers = { readonly [Name in UserOperation]: (desks: Desks, input: InputOf<Name>, call: Call) => Answer | Promise<Answer> };

const handlers: Handlers = {
  "peer.send": (desks, input, call) => sendFromServer(desks, input, call),
  "presence.query": ({ presence }, { details }) => ok({ users: [presence.presence(details ? { details } : {})] }),
  "presence.publish": ({ presence }, { device, ...said }, { caller }) => presence.publish(device ?? (caller.kind === "user" ? caller.device : undefined), said),
  "presence.subscribe": ({ presence }, { users, lastsMs, details }, { caller }) =>
    lastsMs === undefined && !isSession(caller)
      ? err(wireError("bad_request", { field: "lastsMs", message: "lastsMs: without a session it has to be said for how long" }))
      : presence.watched.subscribe(users, { lastsMs, details }),
  "presence.unsubscribe": async ({ presence }, { users, lasting }, { caller }) => {
    await presence.watched.unsubscribe(users, lasting || !isSession(caller) ? "until" : "session");
    return ok({});
  },
  "presence.subscriptions": ({ presence }) => ok(presence.watched.subscriptions()),
  "user-attributes.set": ({ attributes }, input) => attributes.change({ kind: "set", ...written(input), keys: [] }),
  "user-attributes.update": ({ attributes }, input) => attributes.change({ kind: "update", ...written(input), keys: [] }),
  "user-attributes.remove": ({ attributes }, input) => attributes.change({ kind: "remove", attributes: [], keys: input.keys }),
  "user-attributes.clear": ({ attributes }) => attributes.change({ kind: "clear", attributes: [], keys: [] }),
  "user-attributes.get": ({ attributes }, input) => ok(attributes.get(input.keys)),
  "user-metadata.set": (desks, input, call) => changeMetadata(desks, changeOf("set", input), input.from, call),
  "user-metadata.update": (desks, input, call) => changeMetadata(desks, changeOf("update", input), input.from, call),
  "user-metadata.remove": (desks, input, call) => changeMetadata(desks, removalOf(input), input.from, call),
  "user-metadata.get": ({ home, metadata }, { known }, { caller }) =>
    reaches(mayRead, caller, home.user) ? ok({ ...metadata.read(known) }) : err(wireError("forbidden", { field: "user" })),
  "block.add": ({ blocks }, { users }) => blocks.set(users, true),
  "block.remove": ({ blocks }, { users }) => blocks.set(users, false),
  "block.list": ({ blocks }) => ok({ users: blocks.list() }),
  "profile.update": ({ profile }, { user: _user, ...change }) => profile.update(change),
  "profile.query": ({ home, profile }) => ok({ profiles: [{ user: home.user, profile: profile.get() }] }),
  "contact.invite": ({ contacts }, { contact, reason }) => contacts.contacts.invite(contact, reason),
  "contact.accept": ({ contacts }, { contact }) => contacts.contacts.accept(contact),
  "contact.decline": ({ contacts }, { contact }) => contacts.contacts.decline(contact),
  "contact.add": ({ contacts }, { contact }) => contacts.contacts.add(contact),
  "contact.remove": ({ contacts }, { contact }) => contacts.contacts.remove(contact),
  "contact.remark": ({ contacts }, { contact, remark }) => contacts.contacts.remark(contact, remark),
  "contact.list": ({ contacts }, input) => ok(contacts.list(input)),
  "message.search": ({ search }, input, { settings }) => search.search(input, settings.chatSearch),
  "conversation.list": ({ chats }, input, { caller, id }) =>
    // With an id it came over a session.
    ok(chats.list(input, caller.kind === "user" && id !== undefined ? caller.device : undefined)),
  "conversation.configure": ({ chats }, { conversation, pinned, marks, mutedUntil }) => chats.configure(conversation, { pinned, marks, mutedUntil }),
  "conversation.remove": ({ chats }, { conversation }) => chats.configure(conversation, { removed: true }),
  "conversation.clear-all": async ({ chats }, input, call) => ok(await chats.clearAll(call, input)),
  "group.invitations": ({ chats }) => ok({ invitations: chats.invitations() }),
  "group.joined": async ({ chats }, input, call) => ok(await chats.joined(call, input)),
  "user.devices": (desks) => ok({ devices: devicesOf(desks) }),
  "user.name-device": ({ sessions }, { device, name }, { caller }) => sessions.name(device ?? (caller.kind === "user" ? caller.device : undefined), name),
  "user.kick": async ({ sessions }, { device }, { caller }) =>
    ok({ closed: await sessions.kick(device, caller.kind === "server" ? { server: true } : { server: false, device: caller.device }) }),
  "user.deactivate": ({ account }) => account.deactivate(),
  "user.activate": ({ account }) => account.activate(),
  "user.delete": ({ account }) => account.delete(),
  "user.account": ({ account }) => ok(account.get()),
  "user.history": async ({ history }, input) => {
    const page = await history.read(input);
    return page.ok ? ok({ ...page.value }) : page;
  },
  "user.history-count": ({ history }, input) => history.count(input),
};

/** Over a socket; over REST there is no device that asks. */
const isSession = (caller: Caller): boolean => caller.kind === "user" && caller.device !== undefined;

const written = ({ attributes, lifetime }: InputOf<"user-attributes.set">) => ({ attributes, lifetime: lifetime === "login" ? lifetime : undefined });

function changeMetadata({ home, metadata }: Desks, change: MetadataChange, from: string | undefined, call: Call): Answer {
  if (!reaches(mayWrite, call.caller, home.user)) return err(wireError("forbidden", { field: "user" }));
  const changed = metadata.change(change, writerOf(call, from));
  return changed.ok ? ok({ ...changed.value }) : changed;
}

/** One's own always; another's as the token says. */
const reaches = (may: typeof mayRead, caller: Caller, user: UserId): boolean =>
  caller.kind === "server" || caller.user === user || may(caller.rights, "users", user);

/** What is true of a user who never was here. */
export function answerForNobody(user: UserId, { op, input }: Pick<Call, "op" | "input">): Record<string, unknown> | undefined {
  switch (op) {
    case "presence.query":
      return { users: [{ user, state: "OFFLINE", ...(input.details === true && { devices: [] }) }] };
    case "presence.subscriptions":
      return { users: [], lasting: [] };
    case "presence.unsubscribe":
      return {};
    case "user-attributes.get":
      return { attributes: [], online: false };
    case "user-metadata.get":
      return { majorRevision: 0, items: [] };
    case "user.devices":
      return { devices: [] };
    case "user.kick":
      return { closed: 0 };
    case "block.list":
      return { users: [] };
    case "profile.query":
      return { profiles: [{ user, profile: {} }] };
    case "contact.list":
      return { contacts: [], more: false };
    case "message.search":
      return { found: [] };
    case "conversation.list":
      return { entries: [], revision: 0, more: false, behind: [] };
    case "conversation.clear-all":
      return { cleared: 0, failed: [] };
    case "group.joined":
      return { groups: [], failed: [], count: 0 };
    case "user.delete":
      return { finished: true };
    case "user.activate":
      return {};
    case "user.account":
      return { state: "active" };
    case "user.history":
      return { messages: [] };
    case "user.history-count":
      return { count: 0 };
    default:
      return undefined;
  }
}

/** Operations at this user's object, whoever asks. The door has checked the input against the schema of `call.op`. */
export async function answerUserCall(desks: Desks, call: Call): Promise<CallReply> {
  desks.home.learn(call.settings);
  if (call.caller.kind === "user" && call.caller.user === desks.home.user && !desks.account.mayAct) return { error: DEACTIVATED };
  const conversation = conversationOf(call);
  if (conversation !== undefined) return desks.chats.ask(conversation, call);
  const name = NAMES.find((known) => known === call.op);
  if (name === undefined) return { error: wireError("unknown_operation") };
  const refusal = onlyOwnWrites(desks, call);
  if (refusal !== undefined) return { error: refusal };
  const handler = handlers[name] as (desks: Desks, input: unknown, call: Call) => Answer | Promise<Answer>;
  const answer = await handler(desks, call.input, call);
  return answer.ok ? { ok: answer.value } : { error: answer.error };
}

/** With whom, if it is something in a conversation. */
function conversationOf({ op, input }: Call): ConversationRef | undefined {
  const placement = OPERATION_BY_NAME.get(op)?.runsAt as Operation["runsAt"] | undefined;
  if (placement?.place === "group") return { type: "group", id: placement.key(input) };
  return placement?.place === "conversation" ? placement.key(input) : undefined;
}

/** Whatever the door says: nobody writes another user's attributes, lists its devices or reads its history. */
function onlyOwnWrites({ home }: Desks, { op, caller }: Call): WireError | undefined {
  if (caller.kind === "server" || caller.user === home.user || FOR_EVERYBODY.has(op)) return undefined;
  return wireError("forbidden", { field: "user" });
}

const FOR_EVERYBODY: ReadonlySet<OperationName> = new Set([
  "peer.send",
  "presence.query",
  "profile.query",
  "user-attributes.get",
  "user-metadata.set",
  "user-metadata.update",
  "user-metadata.remove",
  "user-metadata.get",
]);

function devicesOf({ home, peers }: Desks) {
  const connected = home.sessions.connected();
  return home.devices.all().map(({ device, kind, name, seenAt }) => {
    const socket = home.sessions.socket(device);
    const lastSeen = socket === undefined ? seenAt : home.sessions.heardAt(socket, home.now());
    return { device, kind, ...(name !== undefined && { name }), connected: connected.has(device), lastSeen, waiting: peers.inbox.waiting(device) };
  });
}
