import type { WireError } from "../../protocol/errors.ts";
import type { GroupChange, GroupEvent } from "../../protocol/messages/group.ts";
import type { UserId } from "../../protocol/names.ts";
import { ok, type Result } from "../../util/result.ts";
import type { ConversationAuthority } from "../conversation/authority.ts";
import type { Audience, Effects } from "./events.ts";
import type { Group } from "./group.ts";
import type { Actor, Outcome } from "./membership.ts";
import type { MembershipStore } from "./store.ts";
import type { Threads } from "./threads.ts";

/** What a user's object has to hear for certain, whether or not it is a member. */
export interface GroupWord {
  /** Who did it; undefined: a server. */
  readonly from?: UserId | undefined;
  readonly event?: GroupEvent | undefined;
  /** It is a member no more, and was one up to this number. */
  readonly gone?: number | undefined;
}

export interface GroupAuthorityPorts {
  readonly group: Group;
  readonly store: MembershipStore;
  readonly conversation: ConversationAuthority;
  readonly threads: Pick<Threads, "left" | "endAll">;
  /** Kept until the user's object has heard it. */
  owe(user: UserId, word: GroupWord): void;
  /** Has it hear no more that it has gone: it has come again. */
  forgive(user: UserId): void;
  /** Something was done in the group. */
  changed(): void;
}

/** A group and its conversation: who comes hears what is said, who goes does not, and everybody concerned is told. */
export class GroupAuthority {
  readonly group: Group;
  readonly #ports: GroupAuthorityPorts;

  constructor(ports: GroupAuthorityPorts) {
    this.group = ports.group;
    this.#ports = ports;
  }

  /** Made again by its owner, it is as it was. */
  async create(owner: UserId, change: GroupChange, members: readonly UserId[], by: Actor): Promise<Result<Pick<Effects, "failed">, WireError>> {
    if (this.group.exists && this.group.roleOf(owner) === "owner") return ok({ failed: [] });
    const begun = await this.#ports.conversation.begin();
    return begun.ok ? this.carryOut(by, () => this.group.create(owner, change, members, by)) : begun;
  }

  dismiss(by: Actor): Result<Pick<Effects, "failed">, WireError> {
    const members = this.#all();
    return this.carryOut(by, () => this.group.dismiss(by, members));
  }

  shield(user: UserId, on: boolean): Result<object, WireError> {
    const was = this.group.hears(user);
    const outcome = this.group.shield(user, on);
    if (outcome.ok && !was && !on) this.#ports.conversation.hearAgain(user);
    return outcome.ok ? ok({}) : outcome;
  }

  /** The user is deleted. */
  forget(user: UserId): void {
    const members = this.#all();
    this.carryOut({ kind: "server" }, () => this.group.forget(user, members));
  }

  /** Does it, and all that follows, in one synchronous stretch. */
  carryOut(by: Actor, act: () => Outcome): Result<Pick<Effects, "failed">, WireError> {
    const outcome = act();
    if (!outcome.ok) return outcome;
    const { told, came, went, failed } = outcome.value;
    const { conversation, threads, owe, forgive } = this.#ports;
    const from = by.kind === "user" ? by.user : undefined;
    conversation.part(went);
    if (went.length > 0 && this.group.exists) threads.left(went);
    else if (went.length > 0) threads.endAll();
    conversation.enter(came);
    for (const user of came) forgive(user);
    const { head } = conversation.conversation;
    const leaving = new Set(went);
    for (const { event, to } of told) {
      const users = this.#audience(to);
      conversation.tellEvent({ kind: "group", ...(from !== undefined && { from }), event }, users);
      for (const user of Array.isArray(to) ? users : []) {
        if (this.group.exists && this.group.roleOf(user) !== "stranger") continue;
        owe(user, { from, event, ...(leaving.delete(user) && { gone: head }) });
      }
    }
    for (const user of leaving) owe(user, { gone: head });
    this.#ports.changed();
    return ok({ failed });
  }

  #audience(to: Audience): readonly UserId[] {
    if (to === "members") return this.#all();
    const { store } = this.#ports;
    return to === "managers" ? [...(store.owner() === undefined ? [] : [store.owner() as UserId]), ...store.admins()] : to;
  }

  #all(): readonly UserId[] {
    return this.#ports.conversation.conversation.members.map(({ user }) => user);
  }
}
