import type { Actor } from "../../../domain/membership/membership.ts";
import { inRoom } from "../../../domain/room/room.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call } from "../../trust.ts";
import type { RoomDesk } from "./room-desk.ts";
import { actsAs, messageHandlers, NOBODY } from "./room-message-operations.ts";

type Answer = Result<object, WireError>;
type RoomOperation = Extract<OperationName, `room.${string}`>;
type Handlers = { readonly [Op in RoomOperation]: (desk: RoomDesk, input: InputOf<Op>, by: Actor, call: Call) => Answer | Promise<Answer> };

const handlers: Handlers = {
  "room.create": create,
  "room.dismiss": async (desk, _input, by) => {
    // It is on no list any more before it is gone: asked again, what was cut short is done.
    const refused = desk.room.exists ? desk.room.refuse("dismiss", by) : undefined;
    if (refused !== undefined) return err(refused);
    const dropped = await desk.inDirectory((directory) => directory.dropRoom(desk.name));
    if (!dropped.ok) return dropped;
    if (!desk.room.exists && !desk.store.dismissed()) return NO_ROOM;
    const dismissed = desk.room.exists ? await desk.carryOut(by, desk.room.dismiss(by)) : ok({});
    if (!dismissed.ok) return dismissed;
    return (await desk.close())
      ? ok({})
      : err(wireError("unavailable", { retryAfterMs: 1_000, message: "a leaf does not answer that may still have members" }));
  },
  "room.get": (desk, _input, by) => {
    const refused = desk.room.refuse("readDetails", by);
    if (refused !== undefined) return err(refused);
    const { room } = desk;
    const user = by.kind === "user" ? by.user : undefined;
    const role = user === undefined ? "stranger" : room.roleOf(user);
    return ok({
      details: room.details,
      members: desk.members,
      owner: room.owner,
      admins: room.admins,
      ...(role !== "stranger" && { role }),
      muted: user !== undefined && room.isListed("mute", user),
      allowed: user !== undefined && room.isListed("allow", user),
      dropped: desk.dropped,
    });
  },
  "room.update": async (desk, { room: _, ...change }, by) => {
    const updated = await desk.carryOut(by, desk.room.update(by, change));
    if (!updated.ok || change.name === undefined) return without(updated);
    const listed = await desk.inDirectory((directory) => directory.putRoom(desk.name, desk.room.details.name));
    return listed.ok ? ok({}) : listed;
  },
  "room.disable": async (desk, { on }, by) => without(await desk.carryOut(by, desk.room.exists ? desk.room.disable(on) : NO_ROOM)),
  "room.transfer": async (desk, { owner }, by) => without(await desk.carryOut(by, inRoom(desk.room.transfer(by, owner)))),
  "room.appoint": async (desk, { member, on }, by) => without(await desk.carryOut(by, inRoom(desk.room.appoint(by, member, on)))),
  "room.remove": (desk, { users }, by) => desk.carryOut(by, inRoom(desk.room.remove(by, users))),
  "room.block": (desk, { users, on }, by) => desk.carryOut(by, inRoom(desk.room.block(by, users, on)), { concerned: users }),
  "room.mute": (desk, { users, on, until }, by) => desk.carryOut(by, inRoom(desk.room.mute(by, users, on, until))),
  "room.allow": (desk, { users, on }, by) => desk.carryOut(by, inRoom(desk.room.allow(by, users, on))),
  "room.mute-all": async (desk, { on }, by) => without(await desk.carryOut(by, desk.room.muteAll(by, on))),
  "room.tag": async (desk, { member, tags }, by) => without(await desk.carryOut(by, desk.room.tag(by, member, tags))),
  "room.mute-tags": async (desk, { tags }, by) => without(await desk.carryOut(by, desk.room.muteTags(by, tags))),
  "room.listed": (desk, { list, after, limit = GROUP_LIMITS.page }, by) => {
    const refused = desk.room.refuse("readLists", by);
    if (refused !== undefined) return err(refused);
    const users = desk.store.listPage(list, after, limit + 1);
    return ok(pageOf(users, limit, "users"));
  },
  "room.members": async (desk, { after, limit = GROUP_LIMITS.page }, by) => {
    const refused = desk.room.refuse("readMembers", by);
    if (refused !== undefined) return err(refused);
    const read = await desk.membersPage(after, limit);
    if (!read.ok) return read;
    const { members, ...page } = read.value;
    return ok({ ...page, members: members.map((member) => ({ ...member, role: roleIn(desk, member.user) })) });
  },
  ...messageHandlers,
  "room.set-keys": (desk, { entries, force = false, stay = false, from }, by) => {
    const refused = desk.room.refuse("setKeys", by);
    if (refused !== undefined) return err(refused);
    const owner = actsAs(by, from);
    if (owner === undefined) return NOBODY;
    // Who is not there does not leave, and would leave its keys behind.
    return desk.changed(owner, desk.keys.set(owner, { entries, force, stay: stay || !desk.isPresent(owner) }));
  },
  "room.remove-keys": (desk, { keys, force = false, from }, by) => {
    const refused = desk.room.refuse("setKeys", by);
    if (refused !== undefined) return err(refused);
    const owner = actsAs(by, from);
    return owner === undefined ? NOBODY : desk.changed(owner, desk.keys.remove(owner, keys, force));
  },
  "room.get-keys": (desk, { keys }, by) => {
    const refused = desk.room.refuse("readKeys", by);
    return refused === undefined ? ok(desk.keys.read(keys)) : err(refused);
  },
};

const NO_ROOM = err(wireError("not_found", { field: "room" }));

/** Acts on the whole have nothing to say of each. */
const without = (done: Result<object, WireError>): Answer => (done.ok ? ok({}) : done);

function roleIn({ room }: RoomDesk, user: UserId): "owner" | "admin" | "member" {
  const role = room.roleOf(user);
  return role === "stranger" ? "member" : role;
}

function pageOf<Name extends string, One extends { readonly user: UserId }>(found: readonly One[], limit: number, name: Name): object {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { [name]: page, ...(found.length > limit && last !== undefined && { next: last.user }) };
}

async function create(desk: RoomDesk, { room: _, owner, ...change }: InputOf<"room.create">, by: Actor, { settings }: Call): Promise<Answer> {
  const whose = actsAs(by, owner);
  if (whose === undefined) return err(wireError("bad_request", { field: "owner", message: "owner: a server says whose it is" }));
  if (owner !== undefined && owner !== whose) return err(wireError("forbidden", { field: "owner" }));
  if (by.kind === "user" && !settings.roomsByAnyone) {
    const asked = await desk.inDirectory((directory) => directory.isSuperAdmin(by.user));
    if (!asked.ok) return asked;
    if (!asked.value) return err(wireError("forbidden", { field: "room", message: "this app's servers and super admins make rooms" }));
  }
  const made = desk.room.create(whose, change);
  if (!made.ok) return made;
  // Made again by its owner, it is on the list for certain.
  const listed = await desk.inDirectory((directory) => directory.putRoom(desk.name, desk.room.details.name));
  return listed.ok ? ok({}) : listed;
}

/** What only owner, admins and super admins of the app do: who is none of the first two may still be one of these. */
const MANAGING: ReadonlySet<string> = new Set([
  "room.dismiss",
  "room.update",
  "room.transfer",
  "room.appoint",
  "room.remove",
  "room.block",
  "room.mute",
  "room.allow",
  "room.mute-all",
  "room.tag",
  "room.mute-tags",
  "room.listed",
  "room.recall",
  "room.edit",
]);

/** What the app's own server may have a word on, and what must not overtake that. */
const SAYING: ReadonlySet<string> = new Set(["room.send", "room.edit", "room.recall", "room.pin"]);

export async function runRoomOperation(desk: RoomDesk, call: Call): Promise<Result<Record<string, unknown>, WireError>> {
  const { caller, op } = call;
  const handler = (Object.hasOwn(handlers, op) ? handlers[op as RoomOperation] : undefined) as Handlers["room.get"] | undefined;
  if (handler === undefined) return err(wireError("unknown_operation", { message: `${op} does not run at a room` }));
  const by: Actor = caller.kind === "user" ? { kind: "user", user: caller.user } : { kind: "server" };
  if (by.kind === "user" && desk.room.exists && MANAGING.has(op)) await desk.learnStanding(by.user);
  const checked = by.kind === "user" && SAYING.has(op) ? passedBy(desk, by, call) : ok({ call, replaced: false });
  // Where nobody is asked it is done in this turn, with what else a frame brings.
  const passed = checked instanceof Promise ? await checked : checked;
  if (!passed.ok) return passed;
  const answer = await handler(desk, passed.value.call.input as InputOf<"room.get">, by, passed.value.call);
  if (!answer.ok) return answer;
  return ok({ ...answer.value, ...(passed.value.replaced && { replaced: true }) });
}

/** Asks the app's own server, where it wants to be asked; not about what the room does not let in anyhow. */
function passedBy(desk: RoomDesk, by: Extract<Actor, { kind: "user" }>, call: Call): ReturnType<RoomDesk["checked"]> {
  const refused = call.op === "room.send" || call.op === "room.edit" ? desk.room.refuse("send", by) : undefined;
  return refused === undefined ? desk.checked(by.user, call) : err(refused);
}
