import * as z from "zod";
import { GROUP_LIMITS } from "../group-limits.ts";
import { timeMs, userId } from "../ids.ts";
import { MEDIA_LIMITS } from "../limits.ts";
import { groupAttributes, groupChange, groupDetails, groupList, groupRole, sharedFile } from "../messages/group.ts";
import { utf8Text } from "../text.ts";
import { readOwn } from "./chat-operation.ts";
import { changesAt, maker, READS } from "./maker.ts";
import { failed, next, nothing, on, page, users } from "./membership.ts";

const group = userId;
const reason = z.string().max(GROUP_LIMITS.reasonChars).optional();

const atGroup = { place: "group", key: (input: object) => (input as { readonly group: string }).group } as const;
const common = { callers: ["user", "server"], body: "json", runsAt: atGroup } as const;
const changes = maker({ group }, { ...common, ...changesAt("write") });
const reads = maker({ group }, { ...common, ...READS });

export const groupCreate = changes({
  name: "group.create",
  summary: "Makes a group under a name that nobody has taken, with its first members. Who makes it owns it; a server says who does.",
  input: { ...groupChange.shape, owner: userId.optional(), members: z.array(userId).max(GROUP_LIMITS.usersPerCall).optional() },
  output: failed,
  rest: { method: "POST", path: "/groups/:group" },
});

export const groupDismiss = changes({
  name: "group.dismiss",
  summary: "Ends a group for all its members, and for good.",
  input: {},
  output: nothing,
  rest: { method: "DELETE", path: "/groups/:group" },
});

export const groupGet = reads({
  name: "group.get",
  summary: "A group's details, how many members it has, and what the caller is in it. Of a public group, to anybody.",
  input: {},
  output: z.strictObject({
    details: groupDetails,
    members: z.int(),
    owner: userId,
    role: groupRole.optional(),
    muted: z.boolean(),
    allowed: z.boolean(),
    /** The caller takes nothing that is said in it. */
    shielded: z.boolean(),
  }),
  rest: { method: "GET", path: "/groups/:group" },
});

export const groupUpdate = changes({
  name: "group.update",
  summary: "Changes a group's details, or its announcement.",
  input: groupChange.shape,
  output: nothing,
  rest: { method: "PATCH", path: "/groups/:group" },
});

export const groupDisable = changes({
  name: "group.disable",
  summary: "Switches a group off, so that its members only read and leave, or on again.",
  input: { on },
  output: nothing,
  callers: ["server"],
  rest: { method: "PUT", path: "/groups/:group/disabled" },
});

export const groupTransfer = changes({
  name: "group.transfer",
  summary: "Makes another member the owner; the owner before is a member then.",
  input: { owner: userId },
  output: nothing,
  rest: { method: "PUT", path: "/groups/:group/owner" },
});

export const groupAppoint = changes({
  name: "group.appoint",
  summary: "Makes a member an admin, or an admin a member.",
  input: { member: userId, on },
  output: nothing,
  rest: { method: "PUT", path: "/groups/:group/admins/:member" },
});

export const groupApply = changes({
  name: "group.apply",
  summary: "Asks to become a member of a public group: at once, or when the owner or an admin says so. Who was invited is a member at once.",
  input: { reason },
  output: z.strictObject({ state: z.enum(["member", "applied"]) }),
  callers: ["user"],
  rest: { method: "POST", path: "/groups/:group/applications" },
});

export const groupDecide = changes({
  name: "group.decide",
  summary: "Says yes or no to who has applied.",
  input: { applicant: userId, accept: z.boolean(), reason },
  output: nothing,
  rest: { method: "PUT", path: "/groups/:group/applications/:applicant" },
});

export const groupInvite = changes({
  name: "group.invite",
  summary: "Makes users members, or asks them where the group has it so. A server asks nobody.",
  input: { users, reason },
  output: failed,
  rest: { method: "POST", path: "/groups/:group/members" },
});

export const groupAnswer = changes({
  name: "group.answer",
  summary: "Says yes or no to an invitation.",
  input: { accept: z.boolean(), reason },
  output: nothing,
  callers: ["user"],
  rest: { method: "PUT", path: "/groups/:group/invitation" },
});

export const groupLeave = changes({
  name: "group.leave",
  summary: "Leaves a group. An owner transfers or dismisses it first.",
  input: {},
  output: nothing,
  callers: ["user"],
  rest: { method: "DELETE", path: "/groups/:group/membership" },
});

export const groupRemove = changes({
  name: "group.remove",
  summary: "Removes members.",
  input: { users },
  output: failed,
  rest: { method: "DELETE", path: "/groups/:group/members" },
});

export const groupBlock = changes({
  name: "group.block",
  summary: "Removes users and keeps them out, or lets them in again.",
  input: { users, on },
  output: failed,
  rest: { method: "PUT", path: "/groups/:group/lists/block" },
});

export const groupMute = changes({
  name: "group.mute",
  summary: "Lets members say nothing, until a time or for ever, or lets them speak again.",
  input: { users, on, until: timeMs.optional() },
  output: failed,
  rest: { method: "PUT", path: "/groups/:group/lists/mute" },
});

export const groupAllow = changes({
  name: "group.allow",
  summary: "Lets members speak while all are muted, or no longer.",
  input: { users, on },
  output: failed,
  rest: { method: "PUT", path: "/groups/:group/lists/allow" },
});

export const groupMuteAll = changes({
  name: "group.mute-all",
  summary: "Lets nobody speak but the owner, admins and the allow list, or everybody again.",
  input: { on },
  output: nothing,
  rest: { method: "PUT", path: "/groups/:group/muted" },
});

export const groupSetAttributes = changes({
  name: "group.set-attributes",
  summary: "Sets attributes of a member in this group; an empty value removes one.",
  input: { member: userId, attributes: groupAttributes },
  output: nothing,
  rest: { method: "PATCH", path: "/groups/:group/members/:member/attributes" },
});

export const groupShield = changes({
  name: "group.shield",
  summary: "Lets the caller hear nothing more of what is said in a group, or hear it again. It stays a member, and reads what was said as history.",
  input: { on },
  output: nothing,
  callers: ["user"],
  rest: { method: "PUT", path: "/groups/:group/shield" },
});

const fileNumber = z.int().min(1);

export const groupShareFile = changes({
  name: "group.share-file",
  summary: "Puts a file on a group's list, for as long as files are kept. It was uploaded before, and its media id made for this group: see media.address.",
  input: { media: z.string().min(1).max(MEDIA_LIMITS.mediaIdChars), name: utf8Text(MEDIA_LIMITS.mediaNameBytes) },
  output: z.strictObject({ file: sharedFile }),
  callers: ["user"],
  rest: { method: "POST", path: "/groups/:group/files" },
});

export const groupDropFile = changes({
  name: "group.drop-file",
  summary: "Takes a file off a group's list, and removes it for all: its owner, the group's owner and admins.",
  input: { file: fileNumber },
  output: nothing,
  rest: { method: "DELETE", path: "/groups/:group/files/:file" },
});

export const groupFiles = reads({
  name: "group.files",
  summary: "Files that are shared in a group, the newest first.",
  input: { before: fileNumber.optional(), limit: z.int().min(1).max(GROUP_LIMITS.page).optional() },
  output: z.strictObject({ files: z.array(sharedFile), next: fileNumber.optional() }),
  rest: { method: "GET", path: "/groups/:group/files" },
});

export const groupMemberAttributes = reads({
  name: "group.member-attributes",
  summary: "What some members have as attributes in a group; who is no member is not there.",
  input: { users: z.array(userId).min(1).max(GROUP_LIMITS.attributeUsers) },
  output: z.strictObject({ members: z.array(z.strictObject({ user: userId, attributes: groupAttributes })) }),
  rest: { method: "POST", path: "/groups/:group/members/attributes" },
});

export const groupJoined = readOwn({
  name: "group.joined",
  summary: "The groups that a user is in, by name, with what it is in each.",
  input: { after: group.optional(), limit: z.int().min(1).max(GROUP_LIMITS.joinedPage).optional() },
  output: z.strictObject({
    groups: z.array(z.strictObject({ group, details: groupDetails, members: z.int(), role: groupRole, shielded: z.boolean() })),
    /** These could not be asked now. */
    failed: z.array(group),
    /** How many there are. */
    count: z.int(),
    next,
  }),
  rest: { method: "GET", path: "/users/:user/groups" },
});

export const groupInvitations = readOwn({
  name: "group.invitations",
  summary: "Groups that a user was invited into and has not answered, the newest first.",
  input: {},
  output: z.strictObject({ invitations: z.array(z.strictObject({ group, by: userId, reason: z.string(), at: timeMs })) }),
  rest: { method: "GET", path: "/users/:user/group-invitations" },
});

export const groupMembers = reads({
  name: "group.members",
  summary: "A group's members by name, with their roles, since when they are, and their attributes in it.",
  input: page,
  output: z.strictObject({
    members: z.array(z.strictObject({ user: userId, role: groupRole, joinedAt: timeMs, attributes: groupAttributes.optional() })),
    next,
  }),
  rest: { method: "GET", path: "/groups/:group/members" },
});

export const groupListed = reads({
  name: "group.listed",
  summary: "Who is on a list, for owner and admins.",
  input: { list: groupList, ...page },
  output: z.strictObject({ users: z.array(z.strictObject({ user: userId, until: timeMs.optional() })), next }),
  rest: { method: "GET", path: "/groups/:group/lists/:list" },
});

export const groupAsking = reads({
  name: "group.asking",
  summary: "Who has applied, or was invited, and waits for a word; for owner and admins.",
  input: { kind: z.enum(["application", "invitation"]), ...page },
  output: z.strictObject({ users: z.array(z.strictObject({ user: userId, by: userId.optional(), reason: z.string(), at: timeMs })), next }),
  rest: { method: "GET", path: "/groups/:group/asking/:kind" },
});
