import * as z from "zod";
import { channel, deviceId, seq, timeMs, userId } from "../ids.ts";
import { callView } from "./call.ts";
import { conversationEntry, news } from "./conversation.ts";
import { groupEvent } from "./group.ts";
import { metadataSet } from "./metadata.ts";
import { contactNews, profile } from "./people.ts";
import { roomEvent, roomMessage } from "./room.ts";

export const presenceState = z.enum(["ONLINE", "UNREACHABLE", "OFFLINE"]);
export type PresenceState = z.infer<typeof presenceState>;

/** One of a user's devices. `kind`: its platform. */
export const devicePresence = z.strictObject({
  device: deviceId,
  kind: z.string(),
  state: presenceState,
  /** What it has published. */
  status: z.string().optional(),
});
export type DevicePresence = z.infer<typeof devicePresence>;

export const userPresence = z.strictObject({
  user: userId,
  state: presenceState,
  /** For who has asked for details: each device that is logged in, and what the latest of them has published. */
  devices: z.array(devicePresence).optional(),
  ext: z.string().optional(),
});
export type UserPresence = z.infer<typeof userPresence>;

export const channelAttribute = z.strictObject({
  key: z.string(),
  value: z.string(),
  updatedBy: userId,
  updatedAt: timeMs,
});
export type ChannelAttribute = z.infer<typeof channelAttribute>;

const notices = <N extends string, S extends z.ZodRawShape>(name: N, data: S) => z.strictObject({ type: z.literal("notice"), name: z.literal(name), ...data });

/** What a client is told outside any stream. A missed notice is made good by the snapshot that a resume brings. */
export const notice = z.discriminatedUnion("name", [
  notices("token.will-expire", { expiresAt: timeMs }),
  notices("presence.changed", { users: z.array(userPresence) }),
  notices("channel.joined", { channel, users: z.array(userId) }),
  notices("channel.left", { channel, users: z.array(userId) }),
  notices("channel.count", { channel, count: z.int() }),
  notices("channel.attributes", { channel, attributes: z.array(channelAttribute) }),
  /** The whole set after a change, and whose change it was. What a client missed it learns by `channel-metadata.get`. */
  notices("channel.metadata", { channel, by: userId, ...metadataSet }),
  /** The same of a user whose metadata one watches; `user-metadata.subscriptions` names the newest revisions. */
  notices("user.metadata", { user: userId, by: userId, ...metadataSet }),
  /** Something in a room, and whose doing. What a client missed it learns by `room.get` and `room.get-keys`. */
  notices("room.event", { channel, by: userId.optional(), event: roomEvent }),
  /** A message of a room that is for some in it alone; nobody gets it later. */
  notices("room.directed", { channel, message: roomMessage }),
  /** After an unclean start: the members as they are, to compare with those known. */
  notices("channel.members", { channel, users: z.array(userId), count: z.int() }),
  /** A channel that rides on the session socket is no longer joined. */
  notices("channel.closed", { channel, code: z.int(), reason: z.string() }),
  /** The inbox overflowed: these seqs are gone. */
  notices("inbox.truncated", { from: seq, to: seq }),
  /** A call of this user as it stands now. What a client missed it learns by asking `call.list`. */
  notices("call.changed", { call: callView }),
  /** What is new in a conversation. What a client missed it learns by `conversation.list` and `conversation.sync`. */
  notices("conversation.news", news.shape),
  /** An entry of the user's list has changed. */
  notices("conversation.entry", { entry: conversationEntry }),
  /** The user's own profile, as another device or a server has made it. */
  notices("profile.changed", { profile }),
  /** A contact or an invitation has come, changed or gone. What a client missed it learns by `contact.list`. */
  notices("contact.changed", { contact: contactNews }),
  /** Something in a group that concerns a user who is no member of it, or is no longer. `at`: when, where no device was there to hear it then. What a client missed it learns by `group.invitations`. */
  notices("group.word", { group: userId, from: userId.optional(), event: groupEvent, at: timeMs.optional() }),
  /** The user has blocked these, or does so no longer. */
  notices("block.changed", { users: z.array(userId), on: z.boolean() }),
]);
export type Notice = z.infer<typeof notice>;
