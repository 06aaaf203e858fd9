import * as z from "zod";
import { GROUP_LIMITS } from "../group-limits.ts";
import { timeMs, userId } from "../ids.ts";
import { ROOM_LIMITS } from "../room-limits.ts";
import { utf8Text } from "../text.ts";
import { content, ext, messageKey } from "./conversation.ts";
import { groupList } from "./group.ts";

const chars = (limit: number) => z.string().refine((text) => [...text].length <= limit, { error: `at most ${limit} characters`, params: { limit } });

export const roomTag = z.string().min(1).max(ROOM_LIMITS.roomTagChars);
export const roomTags = z.array(roomTag).max(ROOM_LIMITS.roomTags);

export const roomDetails = z.strictObject({
  name: chars(GROUP_LIMITS.groupNameChars),
  description: chars(GROUP_LIMITS.groupDescriptionChars),
  /** The program's own. */
  custom: utf8Text(GROUP_LIMITS.groupCustomBytes),
  announcement: chars(GROUP_LIMITS.groupAnnouncementChars),
  maxMembers: z.int().min(1).max(ROOM_LIMITS.roomMembers),
  /** Messages are kept in history, but for those of low priority and commands. */
  keep: z.boolean(),
  /** Above so many messages a second, low priorities are left out, and normal ones when that is not enough. */
  messagesPerSecond: z.int().min(1).max(ROOM_LIMITS.roomRate),
  /** A member waits so long between two messages; 0: it does not. */
  slowMs: z.int().min(0).max(ROOM_LIMITS.roomSlowMs),
  allMuted: z.boolean(),
  /** Members with one of these tags say nothing. */
  mutedTags: roomTags,
  /** By the app: nothing happens but reading and leaving. */
  disabled: z.boolean(),
  createdAt: timeMs,
});
export type RoomDetails = z.infer<typeof roomDetails>;

const { allMuted: _all, createdAt: _at, disabled: _disabled, mutedTags: _tags, ...settable } = roomDetails.shape;
/** What owner and admins change. */
export const roomChange = z.strictObject(settable).partial();
export type RoomChange = z.infer<typeof roomChange>;

export const roomKeyName = z
  .string()
  .max(ROOM_LIMITS.roomKeyChars)
  .regex(/^[\w.-]+$/, { error: `a key has 1 to ${ROOM_LIMITS.roomKeyChars} of A-Z a-z 0-9 _ . -` });

/** A key of a room. `revision`: of the change that set it, in one count for all keys; the higher one is the newer. */
export const roomKey = z.strictObject({
  key: roomKeyName,
  value: z.string(),
  owner: userId,
  /** It goes with its owner. */
  auto: z.literal(true).optional(),
  revision: z.int(),
});
export type RoomKey = z.infer<typeof roomKey>;

const kind = <Kind extends string, Shape extends z.ZodRawShape>(name: Kind, shape: Shape) => z.strictObject({ kind: z.literal(name), ...shape });
const users = z.array(userId);

/** By whom, when, and how often by now. */
const edited = z.strictObject({ by: userId.optional(), at: timeMs, times: z.int() });

/** A message of a room, as history gives it and as members read it from the stream. */
export const roomMessage = z.strictObject({
  id: z.string(),
  from: userId,
  ts: timeMs,
  key: messageKey,
  content,
  ext: ext.optional(),
  /** It went to all rooms of the app. */
  broadcast: z.literal(true).optional(),
  edited: edited.optional(),
  /** It was for these alone, and is in no history. */
  receivers: z.array(userId).optional(),
});
export type RoomMessage = z.infer<typeof roomMessage>;

/** What a message says now, after an edit of it. */
export const roomEdit = z.strictObject({ id: z.string(), content, ext: ext.optional(), edited });
export type RoomEdit = z.infer<typeof roomEdit>;

/** A message that is to be seen, as long as it is pinned; `by`: none, a server. */
export const roomPin = z.strictObject({ message: roomMessage, by: userId.optional(), at: timeMs });
export type RoomPin = z.infer<typeof roomPin>;

/** What has happened in a room. Who comes and goes is told as of any channel. */
export const roomEvent = z.discriminatedUnion("kind", [
  kind("dismissed", {}),
  kind("updated", { changed: roomDetails.partial() }),
  kind("ownerChanged", { owner: userId, before: userId }),
  kind("appointed", { user: userId }),
  kind("deposed", { user: userId }),
  kind("listed", { list: groupList, users, until: timeMs.optional() }),
  kind("unlisted", { list: groupList, users }),
  kind("removed", { users }),
  kind("pinned", { pin: roomPin }),
  kind("unpinned", { id: z.string() }),
  /** Several keys in one change; `by` whom, or whose leaving. */
  kind("keysChanged", { by: userId.optional(), set: z.array(roomKey), removed: z.array(roomKeyName), revision: z.int() }),
]);
export type RoomEvent = z.infer<typeof roomEvent>;
