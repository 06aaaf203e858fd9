import { type WireError, wireError } from "../../protocol/errors.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Actor } from "../conversation/rules.ts";
import type { Group } from "./group.ts";
import type { GroupAct } from "./permissions.ts";
import type { ThreadLeave, Threads } from "./threads.ts";

/** What an operation on a group's conversation is in the table of roles. Others are one's own affair, and for members. */
const ACTS: Readonly<Record<string, GroupAct>> = {
  "message.send": "send",
  "message.append": "send",
  "message.edit": "send",
  "message.react": "react",
  "message.confirm": "react",
  "message.pin": "pin",
  "conversation.typing": "send",
};

/** What a server does in anybody's name, members or not. */
const IN_ANY_NAME: ReadonlySet<string> = new Set(["message.send", "message.append", "message.edit", "message.recall", "message.pin"]);

/** Why this may not be done in the conversation of a group; undefined if it may. `seq`: of the message that it is about. */
export function refuseTalk(group: Group, op: string, { server, user }: Actor, seq?: number): WireError | undefined {
  if (!group.exists) return NO_CONVERSATION;
  const role = group.roleOf(user);
  if (server && (role !== "stranger" || IN_ANY_NAME.has(op))) return undefined;
  if (role === "stranger") return group.details.public ? wireError("forbidden", { field: "conversation", message: "no member" }) : NO_CONVERSATION;
  const act = ACTS[op];
  const refused = act === undefined ? undefined : group.refuse(act, { kind: "user", user });
  if (refused !== undefined) return refused;
  return seq === undefined || group.sees(user, seq) ? undefined : wireError("not_found", { field: "seq" });
}

/** The same in a thread of the group, whose members alone talk in it. */
export function leaveInThread(
  group: Group,
  threads: Threads,
  thread: string,
  { user, op, author }: { readonly user: UserId; readonly op: string; readonly author?: UserId | undefined },
): ThreadLeave {
  const by = { kind: "user", user } as const;
  const act = ACTS[op];
  const refused = threads.refuse("talk", by, thread) ?? (act === undefined ? undefined : group.refuse(act, by));
  if (refused !== undefined) return { refused };
  return author !== undefined && moderates(group, op, { user, server: false }, author) ? { moderates: true } : {};
}

/** The owner edits and recalls messages of others, an admin those of members, as a server would. */
export const moderates = (group: Group, op: string, { server, user }: Actor, author: string): boolean =>
  !server && author !== user && (op === "message.edit" || op === "message.recall") && group.refuse("moderate", { kind: "user", user }, author) === undefined;

const NO_CONVERSATION = wireError("not_found", { field: "conversation" });
