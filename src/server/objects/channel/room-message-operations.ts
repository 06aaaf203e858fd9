import type { Actor } from "../../../domain/membership/membership.ts";
import { editOf } from "../../../domain/room/edits.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { fitsMessage } from "../../../protocol/messages/conversation.ts";
import type { RoomMessage } from "../../../protocol/messages/room.ts";
import { SERVER_DEVICE, type UserId } from "../../../protocol/names.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import { ROOM_LIMITS } from "../../../protocol/room-limits.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call } from "../../trust.ts";
import type { RoomDesk } from "./room-desk.ts";

type Answer = Result<object, WireError>;
type MessageOperation = "room.send" | "room.edit" | "room.recall" | "room.pin" | "room.pins" | "room.history";
type Handlers = { readonly [Op in MessageOperation]: (desk: RoomDesk, input: InputOf<Op>, by: Actor, call: Call) => Answer | Promise<Answer> };

const DAY_MS = 24 * 3_600_000;
/** So much longer than history a message is known as recalled, or edited. */
const KEPT_MS = 8 * DAY_MS;

const NO_ROOM = err(wireError("not_found", { field: "room" }));
const NO_MESSAGE = err(wireError("not_found", { field: "id" }));
const RECALLED = err(wireError("gone", { field: "id", message: "the message was recalled" }));
export const NOBODY = err(wireError("bad_request", { field: "from", message: "from: a server says in whose name" }));

export const actsAs = (by: Actor, from: UserId | undefined): UserId | undefined => (by.kind === "user" ? by.user : from);
const deviceOf = ({ caller }: Call): string => (caller.kind === "user" ? (caller.device ?? SERVER_DEVICE) : SERVER_DEVICE);

/** What is said in a room, and what becomes of it. */
export const messageHandlers: Handlers = {
  "room.send": send,
  "room.edit": edit,
  "room.recall": recall,
  "room.pin": pin,
  "room.pins": (desk, _input, by) => {
    const refused = desk.room.refuse("readHistory", by);
    return refused === undefined ? ok({ pins: [...desk.store.pins()].sort((a, b) => b.at - a.at) }) : err(refused);
  },
  "room.history": (desk, { room: _, ...input }, by) => {
    const refused = desk.room.refuse("readHistory", by);
    return refused === undefined ? desk.messages.history(input) : err(refused);
  },
};

function send(
  desk: RoomDesk,
  { key, content, ext, priority = "normal", from, broadcast, receivers }: InputOf<"room.send">,
  by: Actor,
  call: Call,
): Answer | Promise<Answer> {
  const { room, settings, now } = desk;
  const author = actsAs(by, from);
  if (author === undefined) return NOBODY;
  const refused = room.refuse("send", by);
  if (refused !== undefined) return err(refused);
  if (broadcast === true && by.kind === "user") return err(wireError("forbidden", { field: "broadcast" }));
  if (broadcast === true && receivers !== undefined) return err(wireError("bad_request", { field: "receivers", message: "a broadcast is for all" }));
  if (broadcast === true && desk.members === 0) return ok({ skipped: true });
  if (!fitsMessage({ content, ext }, settings.chatMessageBytes)) return err(wireError("too_large", { field: "content", limit: settings.chatMessageBytes }));
  const known = desk.messages.repeated(author, key);
  if (known !== undefined) return known;
  const { details } = room;
  const bound = by.kind === "user" && room.roleOf(author) === "member" && !room.isListed("allow", author);
  const tooSoon = bound ? desk.pace.slow(author, details, now) : undefined;
  if (tooSoon !== undefined) return err(tooSoon);
  if (!desk.pace.take(priority, details, now)) {
    desk.channel.leaveOut(priority);
    return ok({ skipped: true });
  }
  const said = { key, content, ...(ext !== undefined && { ext }), ...(broadcast && { broadcast }) };
  if (receivers !== undefined) return ok(desk.messages.direct(author, { ...said, receivers: [...new Set(receivers)] }, now));
  const store = details.keep && settings.history && priority !== "low" && content.type !== "command";
  return desk.messages.say({ from: author, device: deviceOf(call), said, priority, store });
}

/** The message as it is now; what was awaited takes its time: the room may be gone meanwhile, or the message. */
async function present(desk: RoomDesk, id: string): Promise<Result<RoomMessage, WireError>> {
  if (!desk.room.exists) return NO_ROOM;
  if (desk.messages.isGone(id)) return RECALLED;
  const found = await desk.messages.read(id);
  if (!found.ok) return found;
  if (found.value === undefined || !desk.room.exists) return NO_MESSAGE;
  return desk.messages.isGone(id) ? RECALLED : ok(found.value);
}

async function edit(desk: RoomDesk, { id, content, ext, from }: InputOf<"room.edit">, by: Actor, call: Call): Promise<Answer> {
  const found = await present(desk, id);
  if (!found.ok) return found;
  const { room, settings, store, now } = desk;
  const message = desk.messages.asEdited(found.value);
  if (by.kind === "user") {
    const own = by.user === message.from;
    // The owner edits what others have said, an admin what members have, as in groups; saying it asks for the right to speak.
    const refused = room.refuse(own ? "edit" : "moderate", by, message.from) ?? room.refuse("send", by);
    if (refused !== undefined) return err(refused);
    if (own && (settings.chatEditMs === 0 || now - message.ts > settings.chatEditMs))
      return err(wireError("forbidden", { field: "id", limit: settings.chatEditMs, message: "too late to edit it" }));
  }
  const edited = editOf(message, { content, ext }, actsAs(by, from), now, settings.chatMessageBytes);
  if (!edited.ok) return edited;
  if (message.edited === undefined && store.countEdited() >= ROOM_LIMITS.roomEdited) store.forgetEdited(now - KEPT_MS);
  if (message.edited === undefined && store.countEdited() >= ROOM_LIMITS.roomEdited)
    return err(wireError("limit_exceeded", { field: "id", limit: ROOM_LIMITS.roomEdited, message: "too many messages are edited" }));
  const published = await desk.messages.edit(edited.value, { from: actsAs(by, from) ?? message.from, device: deviceOf(call) }, () => {
    store.putEdited(edited.value);
    const pinned = store.pins().find((one) => one.message.id === id);
    if (pinned !== undefined) store.putPin({ ...pinned, message: desk.messages.asEdited(pinned.message) });
  });
  return published.ok ? ok({ edited: edited.value.edited }) : published;
}

async function recall(desk: RoomDesk, { id }: InputOf<"room.recall">, by: Actor, call: Call): Promise<Answer> {
  const { room, settings, store } = desk;
  if (!room.exists) return NO_ROOM;
  if (store.isRecalled(id)) return ok({});
  const found = await desk.messages.find(id);
  if (!found.ok) return found;
  // What was awaited takes its time: the room may be gone, or the message.
  if (found.value === undefined || !room.exists) return NO_MESSAGE;
  if (store.isRecalled(id)) return ok({});
  const { from, ts } = found.value;
  if (by.kind === "user") {
    const own = by.user === from;
    const refused = room.refuse(own ? "recall" : "moderate", by, from);
    if (refused !== undefined) return err(refused);
    if (own && desk.now - ts > settings.chatRecallMs)
      return err(wireError("forbidden", { field: "id", limit: settings.chatRecallMs, message: "too late to recall it" }));
  }
  if (store.countRecalled() >= ROOM_LIMITS.roomRecalled) store.forgetRecalled(desk.now - KEPT_MS);
  if (store.countRecalled() >= ROOM_LIMITS.roomRecalled) {
    return err(wireError("limit_exceeded", { field: "id", limit: ROOM_LIMITS.roomRecalled, message: "too many messages are recalled" }));
  }
  // Nothing it said is left, and its pin goes with it.
  const published = await desk.messages.recall(id, { from: actsAs(by, undefined) ?? from, device: deviceOf(call) }, () => {
    store.putRecalled(id, desk.now);
    store.dropEdited(id);
    store.dropPin(id);
  });
  return published.ok ? ok({}) : published;
}

async function pin(desk: RoomDesk, { id, on }: InputOf<"room.pin">, by: Actor): Promise<Answer> {
  const { room, store } = desk;
  const refused = room.refuse("pin", by);
  if (refused !== undefined) return err(refused);
  const isPinned = (): boolean => store.pins().some(({ message }) => message.id === id);
  if (!on) {
    if (!isPinned()) return ok({});
    store.dropPin(id);
    return desk.told(by, { kind: "unpinned", id });
  }
  const found = await present(desk, id);
  if (!found.ok) return found;
  const late = room.refuse("pin", by);
  if (late !== undefined) return err(late);
  const message = desk.messages.asEdited(found.value);
  if (message.content.type === "command") return err(wireError("forbidden", { field: "id", message: "nobody sees a command" }));
  if (!isPinned() && store.pins().length >= ROOM_LIMITS.roomPins) return err(wireError("limit_exceeded", { field: "id", limit: ROOM_LIMITS.roomPins }));
  const pinned = { message, ...(by.kind === "user" && { by: by.user }), at: desk.now };
  store.putPin(pinned);
  return desk.told(by, { kind: "pinned", pin: pinned });
}
