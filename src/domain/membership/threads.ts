import { type WireError, wireError } from "../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../protocol/group-limits.ts";
import type { GroupEvent, ThreadInfo } from "../../protocol/messages/group.ts";
import type { UserId } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type Effects, NOTHING, told } from "./events.ts";
import type { Group } from "./group.ts";
import { type Actor, type Outcome, refuseNumber } from "./membership.ts";
import { type ThreadAct, type ThreadRole, threadMay } from "./thread-permissions.ts";

/** What a group keeps of its threads. Every call is synchronous. */
export interface ThreadStore {
  thread(id: string): ThreadInfo | undefined;
  putThread(thread: ThreadInfo): void;
  /** Ended: nothing is left of it but that it was. */
  endThread(id: string): void;
  ended(id: string): boolean;
  count(): number;
  /** The newest first, beyond `before`; of one user, or all. */
  page(before: number, limit: number, user?: UserId): readonly ThreadInfo[];
  joined(id: string, user: UserId): boolean;
  join(id: string, user: UserId, at: number): void;
  leave(id: string, user: UserId): void;
  members(id: string, after: UserId, limit: number): readonly { readonly user: UserId; readonly joinedAt: number }[];
  /** Those that the user has joined. */
  of(user: UserId): readonly string[];
  all(): readonly string[];
}

/** What a thread's object has to do, in the order of its group. */
export interface ThreadWord {
  readonly enter?: readonly UserId[];
  readonly part?: readonly UserId[];
  readonly ended?: true;
}

export interface ThreadsPorts {
  readonly group: Group;
  readonly store: ThreadStore;
  now(): number;
  /** Kept until the thread's object has done it. */
  owe(id: string, word: ThreadWord): void;
}

const NO_THREAD = wireError("not_found", { field: "thread" });
const FORBIDDEN = wireError("forbidden", { message: "not with this role in the thread" });
const event = (one: GroupEvent): Effects => ({ ...NOTHING, told: [told(one, "members")] });

/** The threads of a group and who has joined them: decided here, where it is known who is in the group and as what. */
export class Threads {
  readonly #ports: ThreadsPorts;

  constructor(ports: ThreadsPorts) {
    this.#ports = ports;
  }

  /** Opened again by the same user, it is as it was. `id`: of the message that it is about. */
  create(by: UserId, id: string, seq: number, name: string): Outcome {
    const { group, store, now } = this.#ports;
    const refused = group.refuse("openThread", { kind: "user", user: by });
    if (refused !== undefined) return err(refused);
    if (store.ended(id)) return err(wireError("gone", { field: "seq", message: "its thread was dismissed" }));
    const known = store.thread(id);
    if (known?.creator === by && known.name === name) return ok(NOTHING);
    if (known !== undefined) return err(wireError("conflict", { field: "seq", message: "the message has a thread" }));
    if (store.count() >= GROUP_LIMITS.threads) return err(wireError("limit_exceeded", { field: "group", limit: GROUP_LIMITS.threads }));
    const thread: ThreadInfo = { thread: id, seq, name, creator: by, createdAt: now() };
    store.putThread(thread);
    this.#join(id, by);
    return ok(event({ kind: "threadCreated", thread }));
  }

  join(user: UserId, id: string): Outcome {
    const refused = this.refuse("join", { kind: "user", user }, id);
    if (refused !== undefined) return err(refused);
    if (!this.#ports.store.joined(id, user)) this.#join(id, user);
    return ok(NOTHING);
  }

  leave(user: UserId, id: string): Outcome {
    const refused = this.refuse("leave", { kind: "user", user }, id);
    if (refused !== undefined) return err(refused);
    this.#part(id, [user]);
    return ok(NOTHING);
  }

  remove(by: Actor, id: string, users: readonly UserId[]): Outcome {
    const refused = this.refuse("remove", by, id) ?? refuseNumber(users);
    if (refused !== undefined) return err(refused);
    const gone = [...new Set(users)].filter((user) => this.#ports.store.joined(id, user));
    const failed = users.filter((user) => !gone.includes(user)).map((user) => ({ user, message: "not in the thread" }));
    if (gone.length > 0) this.#part(id, gone);
    return ok({ ...NOTHING, failed, told: gone.length === 0 ? [] : [told({ kind: "threadRemoved", thread: id, users: gone }, gone)] });
  }

  rename(by: Actor, id: string, name: string): Outcome {
    const refused = this.refuse("rename", by, id);
    if (refused !== undefined) return err(refused);
    const { store } = this.#ports;
    const thread = store.thread(id);
    if (thread === undefined) return err(NO_THREAD);
    if (thread.name === name) return ok(NOTHING);
    store.putThread({ ...thread, name });
    return ok(event({ kind: "threadRenamed", thread: id, name }));
  }

  dismiss(by: Actor, id: string): Outcome {
    if (this.#ports.group.exists && this.#ports.store.ended(id)) return ok(NOTHING);
    const refused = this.refuse("dismiss", by, id);
    if (refused !== undefined) return err(refused);
    this.#end(id);
    return ok(event({ kind: "threadDismissed", thread: id }));
  }

  /** Why this actor may not; undefined if it may. */
  refuse(act: ThreadAct, by: Actor, id: string): WireError | undefined {
    const { group, store } = this.#ports;
    const outside = group.refuse("readMembers", by);
    if (outside !== undefined) return outside;
    if (store.thread(id) === undefined) return NO_THREAD;
    if (by.kind === "server") return undefined;
    if (act !== "read" && act !== "leave" && group.details.disabled) return wireError("forbidden", { message: "it is disabled" });
    return threadMay(act, this.#roleOf(by.user, id), store.joined(id, by.user)) ? undefined : FORBIDDEN;
  }

  /** They are in the group no more: nor in any of its threads. */
  left(users: readonly UserId[]): void {
    for (const user of users) for (const id of this.#ports.store.of(user)) this.#part(id, [user]);
  }

  /** The group is dismissed. */
  endAll(): void {
    for (const id of this.#ports.store.all()) this.#end(id);
  }

  #roleOf(user: UserId, id: string): ThreadRole {
    const { group, store } = this.#ports;
    const role = group.roleOf(user);
    if (role === "owner" || role === "admin") return "manager";
    if (store.thread(id)?.creator === user) return "creator";
    return store.joined(id, user) ? "member" : "fellow";
  }

  #join(id: string, user: UserId): void {
    const { store, owe, now } = this.#ports;
    store.join(id, user, now());
    owe(id, { enter: [user] });
  }

  #part(id: string, users: readonly UserId[]): void {
    for (const user of users) this.#ports.store.leave(id, user);
    this.#ports.owe(id, { part: users });
  }

  #end(id: string): void {
    this.#ports.store.endThread(id);
    this.#ports.owe(id, { ended: true });
  }
}

/** Whether what is asked in a thread is allowed by its group. */
export interface ThreadLeave {
  readonly refused?: WireError;
  /** The one who asks edits and recalls what the other has said. */
  readonly moderates?: true;
}

export const threadFound = (thread: ThreadInfo | undefined): Result<ThreadInfo, WireError> => (thread === undefined ? err(NO_THREAD) : ok(thread));
