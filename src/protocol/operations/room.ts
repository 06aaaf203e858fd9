import * as z from "zod";
import { timeMs, userId } from "../ids.ts";
import { content, ext, messageKey } from "../messages/conversation.ts";
import { groupList, groupRole } from "../messages/group.ts";
import { roomChange, roomDetails, roomEdit, roomKey, roomKeyName, roomMessage, roomPin, roomTags } from "../messages/room.ts";
import type { ChannelRef } from "../names.ts";
import { PRIORITIES } from "../priority.ts";
import { ROOM_LIMITS } from "../room-limits.ts";
import { changesAt, maker, READS } from "./maker.ts";
import { failed, next, nothing, on, page, users } from "./membership.ts";

const room = userId;
const messageId = z.string().min(1).max(64);
const keys = z.array(roomKeyName).min(1).max(ROOM_LIMITS.roomKeysPerCall);
const refusedKeys = z.array(z.strictObject({ key: roomKeyName, message: z.string() }));
const perLane = z.strictObject({ high: z.int(), normal: z.int(), low: z.int() });

const atRoom = { place: "channel", key: (input: object): ChannelRef => ({ type: "room", name: (input as { readonly room: string }).room }) } as const;
const common = { callers: ["user", "server"], body: "json", runsAt: atRoom } as const;
const changes = maker({ room }, { ...common, ...changesAt("write") });
const reads = maker({ room }, { ...common, ...READS });

export const roomCreate = changes({
  name: "room.create",
  summary:
    "Makes a chat room under a name that nobody has taken. Who makes it owns it; a server says who does. Its members join it as a channel of type `room`.",
  input: { ...roomChange.shape, owner: userId.optional() },
  output: nothing,
  rest: { method: "POST", path: "/rooms/:room" },
});

export const roomDismiss = changes({
  name: "room.dismiss",
  summary: "Ends a room for everybody in it, and for good.",
  input: {},
  output: nothing,
  rest: { method: "DELETE", path: "/rooms/:room" },
});

export const roomGet = reads({
  name: "room.get",
  summary: "A room's details, how many are in it, what the caller is there, and how many messages it has left out since its object started, by priority.",
  input: {},
  output: z.strictObject({
    details: roomDetails,
    members: z.int(),
    owner: userId,
    admins: z.array(userId),
    role: groupRole.optional(),
    muted: z.boolean(),
    allowed: z.boolean(),
    dropped: perLane,
  }),
  rest: { method: "GET", path: "/rooms/:room" },
});

export const roomUpdate = changes({
  name: "room.update",
  summary: "Changes a room's details, or its announcement.",
  input: roomChange.shape,
  output: nothing,
  rest: { method: "PATCH", path: "/rooms/:room" },
});

export const roomDisable = changes({
  name: "room.disable",
  summary: "Switches a room off, so that its members only read and leave, or on again.",
  input: { on },
  output: nothing,
  callers: ["server"],
  rest: { method: "PUT", path: "/rooms/:room/disabled" },
});

export const roomTransfer = changes({
  name: "room.transfer",
  summary: "Makes somebody in the room, or an admin, its owner; the owner before is a member then.",
  input: { owner: userId },
  output: nothing,
  rest: { method: "PUT", path: "/rooms/:room/owner" },
});

export const roomAppoint = changes({
  name: "room.appoint",
  summary: "Makes a member an admin, or an admin a member. Admins stay admins while they are away.",
  input: { member: userId, on },
  output: nothing,
  rest: { method: "PUT", path: "/rooms/:room/admins/:member" },
});

export const roomRemove = changes({
  name: "room.remove",
  summary: "Sends members out of the room; they may come back.",
  input: { users },
  output: failed,
  rest: { method: "DELETE", path: "/rooms/:room/members" },
});

export const roomBlock = changes({
  name: "room.block",
  summary: "Sends users out of the room and keeps them out, or lets them in again.",
  input: { users, on },
  output: failed,
  rest: { method: "PUT", path: "/rooms/:room/lists/block" },
});

export const roomMute = changes({
  name: "room.mute",
  summary: "Lets members say nothing, until a time or for ever, or lets them speak again.",
  input: { users, on, until: timeMs.optional() },
  output: failed,
  rest: { method: "PUT", path: "/rooms/:room/lists/mute" },
});

export const roomAllow = changes({
  name: "room.allow",
  summary: "Lets members speak while all are muted, or no longer.",
  input: { users, on },
  output: failed,
  rest: { method: "PUT", path: "/rooms/:room/lists/allow" },
});

export const roomMuteAll = changes({
  name: "room.mute-all",
  summary: "Lets nobody speak but the owner, admins and the allow list, or everybody again.",
  input: { on },
  output: nothing,
  rest: { method: "PUT", path: "/rooms/:room/muted" },
});

export const roomTag = changes({
  name: "room.tag",
  summary: "Gives a user tags in this room, in place of those it had; none takes them away.",
  input: { member: userId, tags: roomTags },
  output: nothing,
  rest: { method: "PUT", path: "/rooms/:room/members/:member/tags" },
});

export const roomMuteTags = changes({
  name: "room.mute-tags",
  summary: "Lets members with one of these tags say nothing; with no tags, nobody is muted by tag.",
  input: { tags: roomTags },
  output: nothing,
  rest: { method: "PUT", path: "/rooms/:room/muted-tags" },
});

export const roomListed = reads({
  name: "room.listed",
  summary: "Who is on a list of the room, for owner and admins.",
  input: { list: groupList, ...page },
  output: z.strictObject({ users: z.array(z.strictObject({ user: userId, until: timeMs.optional() })), next }),
  rest: { method: "GET", path: "/rooms/:room/lists/:list" },
});

export const roomMembers = reads({
  name: "room.members",
  summary: "Who is in the room, by name, since when and as what.",
  input: page,
  output: z.strictObject({ members: z.array(z.strictObject({ user: userId, joinedAt: timeMs, role: groupRole })), total: z.int(), next }),
  rest: { method: "GET", path: "/rooms/:room/members" },
});

export const roomSend = changes({
  name: "room.send",
  summary: "Says something in a room, to everybody in it; sent again under its key, it is there once. In a busy room low priorities are left out first.",
  input: {
    key: messageKey,
    content,
    ext: ext.optional(),
    priority: z.enum(PRIORITIES).optional(),
    /** For these in the room alone, and for nobody later: it has no place in the order, and is in no history. */
    receivers: z.array(userId).min(1).max(ROOM_LIMITS.roomReceivers).optional(),
    /** In whose name; for servers only. */
    from: userId.optional(),
    /** It is said in all rooms, and not here if nobody is here; for servers only. */
    broadcast: z.literal(true).optional(),
  },
  output: z.strictObject({
    /** Absent where it was left out. */
    id: z.string().optional(),
    ts: timeMs.optional(),
    duplicate: z.literal(true).optional(),
    skipped: z.literal(true).optional(),
    /** The app's own server has put another text in its place. */
    replaced: z.literal(true).optional(),
    /** Of `receivers`: those who are not here, and do not get it. */
    absent: z.array(userId).optional(),
  }),
  rate: "message",
  rest: { method: "POST", path: "/rooms/:room/messages" },
});

export const roomRecall = changes({
  name: "room.recall",
  summary: "Takes a message back: its sender while the app allows it, the owner, admins those of members, and servers.",
  input: { id: messageId },
  output: nothing,
  rate: "message",
  rest: { method: "DELETE", path: "/rooms/:room/messages/:id" },
});

export const roomEditMessage = changes({
  name: "room.edit",
  summary:
    "Edits a message: text and custom messages, and the ext of any. Its sender while the app allows it, the owner, admins those of members, and servers.",
  input: { id: messageId, content: content.optional(), ext: ext.optional(), from: userId.optional() },
  output: z.strictObject({ edited: roomEdit.shape.edited, replaced: z.literal(true).optional() }),
  rate: "message",
  rest: { method: "PATCH", path: "/rooms/:room/messages/:id" },
});

export const roomPinMessage = changes({
  name: "room.pin",
  summary: "Pins a message for everybody in the room, or takes the pin away. Pinned again, its pin is the newest.",
  input: { id: messageId, on },
  output: nothing,
  rest: { method: "PUT", path: "/rooms/:room/messages/:id/pin" },
});

export const roomPins = reads({
  name: "room.pins",
  summary: "The pinned messages of a room, the newest pin first; also those that history no longer has.",
  input: {},
  output: z.strictObject({ pins: z.array(roomPin) }),
  rest: { method: "GET", path: "/rooms/:room/pins" },
});

export const roomHistory = reads({
  name: "room.history",
  summary: "Messages that the room keeps, newest first unless asked otherwise, without those recalled.",
  input: {
    limit: z.int().min(1).max(ROOM_LIMITS.roomPage).optional(),
    cursor: z.string().max(64).optional(),
    order: z.enum(["newest-first", "oldest-first"]).optional(),
  },
  output: z.strictObject({ messages: z.array(roomMessage), next: z.string().optional() }),
  rest: { method: "GET", path: "/rooms/:room/messages" },
});

const written = z.strictObject({ revision: z.int(), failed: refusedKeys });

export const roomSetKeys = changes({
  name: "room.set-keys",
  summary: "Sets keys of the room, each that is free or the caller's own; with `force` others' too, which are the caller's then. Says which could not be set.",
  input: {
    entries: z
      .array(z.strictObject({ key: roomKeyName, value: z.string().max(ROOM_LIMITS.roomValueChars) }))
      .min(1)
      .max(ROOM_LIMITS.roomKeysPerCall),
    force: z.boolean().optional(),
    /** They stay when the caller leaves. */
    stay: z.boolean().optional(),
    /** In whose name; for servers only. */
    from: userId.optional(),
  },
  output: written,
  rest: { method: "PUT", path: "/rooms/:room/keys" },
});

export const roomRemoveKeys = changes({
  name: "room.remove-keys",
  summary: "Removes keys of the room that are the caller's own; with `force` others' too. Says which could not be removed.",
  input: { keys, force: z.boolean().optional(), from: userId.optional() },
  output: written,
  rest: { method: "DELETE", path: "/rooms/:room/keys" },
});

export const roomGetKeys = reads({
  name: "room.get-keys",
  summary: "Keys of the room, all or those named.",
  input: { keys: keys.optional() },
  output: z.strictObject({ revision: z.int(), entries: z.array(roomKey) }),
  rest: { method: "GET", path: "/rooms/:room/keys" },
});
