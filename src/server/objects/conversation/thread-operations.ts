import type { Actor, Outcome } from "../../../domain/membership/membership.ts";
import { threadFound } from "../../../domain/membership/threads.ts";
import { messageId } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { must } from "../../../util/assert.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { GroupDesk } from "./group-desk.ts";

type Answer = Result<object, WireError>;
export type ThreadOperation = Extract<OperationName, `thread.${string}`>;
type Handlers = { readonly [Op in ThreadOperation]: (desk: GroupDesk, input: InputOf<Op>, by: Actor) => Answer | Promise<Answer> };

const UNHEARD = wireError("unavailable", { field: "thread", message: "the thread will do so, and has not yet" });
const self = (by: Actor): UserId => must(by.kind === "user" ? by.user : undefined, "a user");

/** Answered when the thread has done it: what it could not be told now it is told by the alarm, and the same again does no harm. */
async function done(desk: GroupDesk, by: Actor, id: string, act: () => Outcome): Promise<Result<{ failed: object }, WireError>> {
  const outcome = desk.authority.carryOut(by, act);
  if (!outcome.ok) return outcome;
  await desk.threadWords.pay();
  return desk.threadWords.isOwed(id) ? err(UNHEARD) : outcome;
}
const onlyDone = async (...given: Parameters<typeof done>): Promise<Answer> => {
  const answer = await done(...given);
  return answer.ok ? ok({}) : answer;
};

export const threadHandlers: Handlers = {
  "thread.create": create,
  "thread.join": (desk, { thread }, by) => onlyDone(desk, by, thread, () => desk.threads.join(self(by), thread)),
  "thread.leave": (desk, { thread }, by) => onlyDone(desk, by, thread, () => desk.threads.leave(self(by), thread)),
  "thread.remove": (desk, { thread, users }, by) => done(desk, by, thread, () => desk.threads.remove(by, thread, users)),
  "thread.rename": (desk, { thread, name }, by) => onlyDone(desk, by, thread, () => desk.threads.rename(by, thread, name)),
  "thread.dismiss": (desk, { thread }, by) => onlyDone(desk, by, thread, () => desk.threads.dismiss(by, thread)),
  "thread.get": ({ threads, threadStore }, { thread }, by) => {
    const refused = threads.refuse("read", by, thread);
    const found = refused === undefined ? threadFound(threadStore.thread(thread)) : err(refused);
    return found.ok ? ok({ thread: found.value, joined: by.kind === "user" && threadStore.joined(thread, by.user) }) : found;
  },
  "thread.list": ({ group, threadStore }, { before = Number.MAX_SAFE_INTEGER, joined, limit = GROUP_LIMITS.page }, by) => {
    const refused = group.refuse("readMembers", by);
    if (refused !== undefined) return err(refused);
    const found = threadStore.page(before, limit + 1, joined && by.kind === "user" ? by.user : undefined);
    const threads = found.slice(0, limit);
    return ok({ threads, ...(found.length > limit && { next: threads.at(-1)?.seq }) });
  },
  "thread.members": ({ threads, threadStore }, { thread, after = "", limit = GROUP_LIMITS.page }, by) => {
    const refused = threads.refuse("read", by, thread);
    if (refused !== undefined) return err(refused);
    const found = threadStore.members(thread, after, limit + 1);
    const members = found.slice(0, limit);
    return ok({ members, ...(found.length > limit && { next: members.at(-1)?.user }) });
  },
  "thread.last": last,
};

async function create(desk: GroupDesk, { seq, name }: InputOf<"thread.create">, by: Actor): Promise<Answer> {
  const user = self(by);
  const refused = desk.group.refuse("openThread", by);
  if (refused !== undefined) return err(refused);
  const { conversation } = desk;
  const found = desk.group.sees(user, seq) ? conversation.conversation.reach({ user, server: false }, seq) : err(wireError("not_found", { field: "seq" }));
  if (!found.ok) return found;
  const id = messageId(conversation.conversation.meta.number, seq);
  const made = await done(desk, by, id, () => desk.threads.create(user, id, seq, name));
  if (!made.ok) return made;
  const thread = threadFound(desk.threadStore.thread(id));
  return thread.ok ? ok({ thread: thread.value }) : thread;
}

async function last(desk: GroupDesk, { threads }: InputOf<"thread.last">, by: Actor): Promise<Answer> {
  const outside = desk.group.refuse("readMembers", by);
  if (outside !== undefined) return err(outside);
  const there = [...new Set(threads)].filter((thread) => desk.threadStore.thread(thread) !== undefined);
  const found = new Map<string, OutputOf<"thread.last">["threads"][number]>();
  await eachBounded(there, LIMITS.callsAtOnce, async (thread) => {
    const one = await desk.lastOf(thread).catch(() => undefined);
    if (one !== undefined) found.set(thread, { thread, ...one });
  });
  return ok({ threads: there.flatMap((thread) => found.get(thread) ?? []), failed: there.filter((thread) => !found.has(thread)) });
}
