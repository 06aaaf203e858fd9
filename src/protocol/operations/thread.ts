import * as z from "zod";
import { GROUP_LIMITS } from "../group-limits.ts";
import { seq, timeMs, userId } from "../ids.ts";
import { messageRecord } from "../messages/conversation.ts";
import { threadId, threadInfo, threadName } from "../messages/group.ts";
import { changesAt, maker, READS } from "./maker.ts";

const atGroup = { place: "group", key: (input: object) => (input as { readonly group: string }).group } as const;
const common = { callers: ["user", "server"], body: "json", runsAt: atGroup } as const;
const group = userId;
const onThread = { group, thread: threadId };
const changes = maker(onThread, { ...common, ...changesAt("write") });
const reads = maker({ group }, { ...common, ...READS });
const nothing = z.strictObject({});
const limit = z.int().min(1).max(GROUP_LIMITS.page).optional();
const THREADS = "/groups/:group/threads";

export const threadCreate = maker(
  { group },
  { ...common, ...changesAt("write"), callers: ["user"] },
)({
  name: "thread.create",
  summary: "Opens a thread about a message of a group; who opens it has joined it. What is said in it is said in the conversation that the answer names.",
  input: { seq: seq.min(1), name: threadName },
  output: z.strictObject({ thread: threadInfo }),
  rest: { method: "POST", path: THREADS },
});

export const threadJoin = changes({
  name: "thread.join",
  summary: "Joins a thread of a group that one is in: what is said in it is told from then on, and what was said before can be read.",
  input: {},
  output: nothing,
  callers: ["user"],
  rest: { method: "PUT", path: `${THREADS}/:thread/membership` },
});

export const threadLeave = changes({
  name: "thread.leave",
  summary: "Leaves a thread.",
  input: {},
  output: nothing,
  callers: ["user"],
  rest: { method: "DELETE", path: `${THREADS}/:thread/membership` },
});

export const threadRemove = changes({
  name: "thread.remove",
  summary: "Removes members from a thread: the owner and admins of its group.",
  input: { users: z.array(userId).min(1).max(GROUP_LIMITS.usersPerCall) },
  output: z.strictObject({ failed: z.array(z.strictObject({ user: userId, message: z.string() })) }),
  rest: { method: "DELETE", path: `${THREADS}/:thread/members` },
});

export const threadRename = changes({
  name: "thread.rename",
  summary: "Gives a thread another name: who has opened it, and the owner and admins of its group.",
  input: { name: threadName },
  output: nothing,
  rest: { method: "PATCH", path: `${THREADS}/:thread` },
});

export const threadDismiss = changes({
  name: "thread.dismiss",
  summary: "Ends a thread, for good: the owner and admins of its group.",
  input: {},
  output: nothing,
  rest: { method: "DELETE", path: `${THREADS}/:thread` },
});

export const threadGet = maker(onThread, { ...common, ...READS })({
  name: "thread.get",
  summary: "A thread of a group, and whether the caller has joined it; for members of the group.",
  input: {},
  output: z.strictObject({ thread: threadInfo, joined: z.boolean() }),
  rest: { method: "GET", path: `${THREADS}/:thread` },
});

export const threadList = reads({
  name: "thread.list",
  summary: "Threads of a group, those of the newest messages first; or those that the caller has joined.",
  input: {
    /** Below this message. */
    before: seq.optional(),
    joined: z.boolean().optional(),
    limit,
  },
  output: z.strictObject({ threads: z.array(threadInfo), next: seq.optional() }),
  rest: { method: "GET", path: THREADS },
});

export const threadMembers = maker(onThread, { ...common, ...READS })({
  name: "thread.members",
  summary: "Who has joined a thread, by name.",
  input: { after: userId.optional(), limit },
  output: z.strictObject({ members: z.array(z.strictObject({ user: userId, joinedAt: timeMs })), next: userId.optional() }),
  rest: { method: "GET", path: `${THREADS}/:thread/members` },
});

export const threadLast = reads({
  name: "thread.last",
  summary: "How many messages some threads have, up to 1,000, and the last one of each that all of its members see.",
  input: { threads: z.array(threadId).min(1).max(GROUP_LIMITS.threadsPerCall) },
  output: z.strictObject({
    threads: z.array(z.strictObject({ thread: threadId, messages: z.int(), last: messageRecord.optional() })),
    /** These could not be asked now. */
    failed: z.array(threadId),
  }),
  rest: { method: "POST", path: `${THREADS}/last` },
});
