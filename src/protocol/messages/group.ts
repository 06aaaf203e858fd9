import * as z from "zod";
import { GROUP_LIMITS } from "../group-limits.ts";
import { seq, timeMs, userId } from "../ids.ts";
import { utf8Text } from "../text.ts";

const chars = (limit: number) => z.string().refine((text) => [...text].length <= limit, { error: `at most ${limit} characters`, params: { limit } });

export const groupDetails = z.strictObject({
  name: chars(GROUP_LIMITS.groupNameChars),
  description: chars(GROUP_LIMITS.groupDescriptionChars),
  avatar: chars(GROUP_LIMITS.groupAvatarChars),
  /** The program's own. */
  custom: utf8Text(GROUP_LIMITS.groupCustomBytes),
  announcement: chars(GROUP_LIMITS.groupAnnouncementChars),
  /** Anybody finds it, and may apply. */
  public: z.boolean(),
  /** Who applies waits for a word of the owner or an admin. */
  approval: z.boolean(),
  /** Members may invite. */
  invitesOpen: z.boolean(),
  /** Who is invited is asked. */
  consent: z.boolean(),
  /** New members see what was said before they came. */
  historyOpen: z.boolean(),
  maxMembers: z.int().min(1).max(GROUP_LIMITS.membersOfLarge),
  allMuted: z.boolean(),
  /** By the app: nothing happens but reading and leaving. */
  disabled: z.boolean(),
  createdAt: timeMs,
});
export type GroupDetails = z.infer<typeof groupDetails>;

const { allMuted: _muted, createdAt: _at, disabled: _disabled, ...settable } = groupDetails.shape;
/** What owner and admins change. */
export const groupChange = z.strictObject(settable).partial();
export type GroupChange = z.infer<typeof groupChange>;

const { name, description, avatar, public: isPublic, approval, maxMembers, disabled, createdAt } = groupDetails.shape;
/** A group on a list, as whoever may see the list sees it: what only members read is not in it. */
export const listedGroup = z.strictObject({
  name,
  description,
  avatar,
  public: isPublic,
  approval,
  maxMembers,
  disabled,
  createdAt,
  owner: userId,
  members: z.int(),
});
export type ListedGroup = z.infer<typeof listedGroup>;

export const groupRole = z.enum(["owner", "admin", "member"]);
export type GroupRole = z.infer<typeof groupRole>;
export const groupList = z.enum(["block", "mute", "allow"]);
export type GroupList = z.infer<typeof groupList>;
export const groupAttributes = z.record(z.string(), z.string());

/** A file that members have, for as long as files are kept. */
export const sharedFile = z.strictObject({
  /** Under which it stands here. */
  file: z.int().min(1),
  /** As its members download it. */
  media: z.string(),
  name: z.string(),
  owner: userId,
  bytes: z.int(),
  type: z.string(),
  at: timeMs,
  expiresAt: timeMs,
});
export type SharedFile = z.infer<typeof sharedFile>;

/** The id of the message that it is about. */
export const threadId = z.string().regex(/^\d{1,20}$/, { error: "the id of a message" });
export const threadName = z.string().min(1).pipe(chars(GROUP_LIMITS.threadNameChars));
export const threadInfo = z.strictObject({
  /** Also what its conversation is called: `{"type": "thread", "id": …}`. */
  thread: threadId,
  /** Of the message. */
  seq,
  name: z.string(),
  creator: userId,
  createdAt: timeMs,
});
export type ThreadInfo = z.infer<typeof threadInfo>;

const users = z.array(userId);
const reason = z.string();
const count = z.int();
const kind = <Kind extends string, Shape extends z.ZodRawShape>(name: Kind, shape: Shape) => z.strictObject({ kind: z.literal(name), ...shape });

/** What has happened in a group. `joined` and `left` say how many it has then. */
export const groupEvent = z.discriminatedUnion("kind", [
  kind("dismissed", {}),
  kind("updated", { changed: groupDetails.partial() }),
  kind("applied", { user: userId, reason }),
  kind("applicationAccepted", { user: userId }),
  kind("applicationDeclined", { user: userId, reason }),
  kind("invited", { user: userId, by: userId, reason }),
  kind("invitationAccepted", { user: userId }),
  kind("invitationDeclined", { user: userId, reason }),
  /** Members without having been asked. */
  kind("added", { users }),
  kind("joined", { users, count }),
  kind("left", { users, count }),
  kind("removed", { users }),
  kind("ownerChanged", { owner: userId, before: userId }),
  kind("appointed", { user: userId }),
  kind("deposed", { user: userId }),
  kind("listed", { list: groupList, users, until: timeMs.optional() }),
  kind("unlisted", { list: groupList, users }),
  kind("attributesChanged", { user: userId, attributes: groupAttributes }),
  kind("fileShared", { file: sharedFile }),
  kind("threadCreated", { thread: threadInfo }),
  kind("threadRenamed", { thread: threadId, name: z.string() }),
  kind("threadDismissed", { thread: threadId }),
  /** To those who are. */
  kind("threadRemoved", { thread: threadId, users }),
  /** Something was said in it, or taken back: `thread.last` says what is there. */
  kind("threadChanged", { thread: threadId, messages: z.int() }),
  kind("fileDropped", { file: z.int(), name: z.string() }),
]);
export type GroupEvent = z.infer<typeof groupEvent>;
