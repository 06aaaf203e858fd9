import type { Actor as Talker } from "../../../domain/conversation/rules.ts";
import { NOTHING, told } from "../../../domain/membership/events.ts";
import type { Actor, Outcome } from "../../../domain/membership/membership.ts";
import { refuseTalk } from "../../../domain/membership/talk.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName } from "../../../protocol/operations/catalogue.ts";
import { must } from "../../../util/assert.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call, CallReply } from "../../trust.ts";
import type { GroupDesk } from "./group-desk.ts";
import { type ThreadOperation, threadHandlers } from "./thread-operations.ts";

type Answer = Result<object, WireError>;
type GroupOperation =
  | Exclude<Extract<OperationName, `group.${string}`>, "group.joined" | "group.invitations">
  | ThreadOperation
  | "message.confirm"
  | "message.confirmations";
type Handlers = { readonly [Op in GroupOperation]: (desk: GroupDesk, input: InputOf<Op>, by: Actor, app: string) => Answer | Promise<Answer> };

/** Whether an operation is one on a group, and not on its conversation as on any other. */
export const isGroupOperation = (op: string): boolean => Object.hasOwn(handlers, op);

/** Operations on a group. The door has checked the input, and that users act for themselves only. */
export async function runGroupOperation(desk: GroupDesk, { op, input, caller }: Pick<Call, "op" | "input" | "caller">): Promise<CallReply> {
  const handler = (Object.hasOwn(handlers, op) ? handlers[op as GroupOperation] : undefined) as Handlers["group.get"] | undefined;
  if (handler === undefined) return { error: wireError("unknown_operation") };
  if (caller.kind !== "user" && caller.kind !== "server") return { error: wireError("forbidden") };
  const by: Actor = caller.kind === "user" ? { kind: "user", user: caller.user } : { kind: "server" };
  const answer = await handler(desk, input as InputOf<"group.get">, by, caller.app);
  return answer.ok ? { ok: { ...answer.value } } : { error: answer.error };
}

const done = (desk: GroupDesk, by: Actor, act: () => Outcome): Answer => {
  const outcome = desk.authority.carryOut(by, act);
  return outcome.ok ? ok({}) : outcome;
};
const doneToEach = (desk: GroupDesk, by: Actor, act: () => Outcome): Answer => desk.authority.carryOut(by, act);
const self = (by: Actor): UserId => must(by.kind === "user" ? by.user : undefined, "a user");

/** Whose confirmation it is. */
const talkerOf = (by: Actor, user: UserId | undefined): Talker => (by.kind === "user" ? { user: by.user, server: false } : { user: user ?? "", server: true });

const handlers: Handlers = {
  "group.create": (desk, { group: _, owner, members = [], ...change }, by) => {
    const whose = by.kind === "user" ? by.user : owner;
    if (whose === undefined) return err(wireError("bad_request", { field: "owner", message: "a server says whose it is" }));
    if (by.kind === "user" && owner !== undefined && owner !== by.user) return err(wireError("forbidden", { field: "owner" }));
    return desk.authority.create(whose, change, members, by);
  },
  "group.dismiss": (desk, _input, by) => {
    const outcome = desk.authority.dismiss(by);
    return outcome.ok ? ok({}) : outcome;
  },
  "group.get": details,
  "group.update": (desk, { group: _, ...change }, by) => done(desk, by, () => desk.group.update(by, change)),
  "group.disable": (desk, { on }, by) => done(desk, by, () => desk.group.disable(on)),
  "group.transfer": (desk, { owner }, by) => done(desk, by, () => desk.group.transfer(by, owner)),
  "group.appoint": (desk, { member, on }, by) => done(desk, by, () => desk.group.appoint(by, member, on)),
  "group.apply": (desk, { reason = "" }, by) => {
    const applied = done(desk, by, () => desk.group.apply(self(by), reason));
    return applied.ok ? ok({ state: desk.group.roleOf(self(by)) === "stranger" ? "applied" : "member" }) : applied;
  },
  "group.decide": (desk, { applicant, accept, reason = "" }, by) => done(desk, by, () => desk.group.decideOn(by, applicant, accept, reason)),
  "group.invite": (desk, { users, reason = "" }, by) => doneToEach(desk, by, () => desk.group.invite(by, users, reason)),
  "group.answer": (desk, { accept, reason = "" }, by) => done(desk, by, () => desk.group.answerInvitation(self(by), accept, reason)),
  "group.leave": (desk, _input, by) => done(desk, by, () => desk.group.leave(self(by))),
  "group.remove": (desk, { users }, by) => doneToEach(desk, by, () => desk.group.remove(by, users)),
  "group.block": (desk, { users, on }, by) => doneToEach(desk, by, () => desk.group.block(by, users, on)),
  "group.mute": (desk, { users, on, until }, by) => doneToEach(desk, by, () => desk.group.mute(by, users, on, until)),
  "group.allow": (desk, { users, on }, by) => doneToEach(desk, by, () => desk.group.allow(by, users, on)),
  "group.mute-all": (desk, { on }, by) => done(desk, by, () => desk.group.muteAll(by, on)),
  "group.set-attributes": (desk, { member, attributes }, by) => done(desk, by, () => desk.group.setAttributes(by, member, attributes)),
  "group.shield": (desk, { on }, by) => desk.authority.shield(self(by), on),
  "group.share-file": async (desk, { group: id, media, name }, by) => {
    const shared = await desk.files.share(id, self(by), media, name);
    if (!shared.ok) return shared;
    const { file, isNew } = shared.value;
    if (isNew) desk.authority.carryOut(by, () => ok({ ...NOTHING, told: [told({ kind: "fileShared", file }, "members")] }));
    return ok({ file });
  },
  "group.drop-file": (desk, { file }, by, app) => done(desk, by, () => desk.files.drop(by, file, app)),
  "group.files": (desk, { before = Number.MAX_SAFE_INTEGER, limit = GROUP_LIMITS.page }, by) => desk.files.page(by, before, limit),
  "group.member-attributes": ({ group, store }, { users }, by) => {
    const refused = group.refuse("readMembers", by);
    if (refused !== undefined) return err(refused);
    return ok({ members: users.flatMap((user) => store.member(user) ?? []).map(({ user, attributes }) => ({ user, attributes })) });
  },
  "message.confirm": (desk, { seq, content, user }, by) => {
    const actor = talkerOf(by, user);
    const refused = refuseTalk(desk.group, "message.confirm", actor, seq);
    return refused === undefined ? desk.confirmations.confirm(actor, seq, content, Date.now()) : err(refused);
  },
  "message.confirmations": (desk, { seq, after = "", limit = GROUP_LIMITS.receiptsPage, user }, by) => {
    const actor = talkerOf(by, user);
    const refused = refuseTalk(desk.group, "message.confirmations", actor, seq);
    return refused === undefined ? desk.confirmations.page(actor, seq, after, limit) : err(refused);
  },
  ...threadHandlers,
  "group.members": ({ group, store }, { after, limit = GROUP_LIMITS.page }, by) => {
    const refused = group.refuse("readMembers", by);
    if (refused !== undefined) return err(refused);
    const rows = store.memberPage(after, limit + 1).map(({ user, role, joinedAt, attributes }) => ({
      user,
      role,
      joinedAt,
      ...(Object.keys(attributes).length > 0 && { attributes }),
    }));
    return ok(paged("members", rows, limit));
  },
  "group.listed": ({ group, store }, { list, after, limit = GROUP_LIMITS.page }, by) => {
    const refused = group.refuse("readLists", by);
    return refused === undefined ? ok(paged("users", store.listPage(list, after, limit + 1), limit)) : err(refused);
  },
  "group.asking": ({ group, store }, { kind, after, limit = GROUP_LIMITS.page }, by) => {
    const refused = group.refuse("decide", by);
    if (refused !== undefined) return err(refused);
    const rows = store.askingPage(kind, after, limit + 1).map(({ kind: _, ...row }) => row);
    return ok(paged("users", rows, limit));
  },
};

function details({ group, store }: GroupDesk, _input: object, by: Actor): Answer {
  const refused = group.refuse("readDetails", by);
  if (refused !== undefined) return err(refused);
  const user = by.kind === "user" ? by.user : undefined;
  const role = user === undefined ? "stranger" : group.roleOf(user);
  return ok({
    // What is announced in it is for its members.
    details: user !== undefined && role === "stranger" ? { ...group.details, announcement: "" } : group.details,
    members: store.members(),
    owner: must(store.owner(), "an owner"),
    ...(role !== "stranger" && { role }),
    muted: user !== undefined && group.isListed("mute", user),
    allowed: user !== undefined && group.isListed("allow", user),
    shielded: user !== undefined && !group.hears(user),
  });
}

/** One more row than asked for says that there is a next page. */
function paged<Name extends string, Row extends { readonly user: UserId }>(name: Name, rows: readonly Row[], limit: number): object {
  const page = rows.slice(0, limit);
  return { [name]: page, ...(rows.length > limit && { next: page.at(-1)?.user }) };
}
