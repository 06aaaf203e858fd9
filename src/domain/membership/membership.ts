import { type WireError, wireError } from "../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../protocol/group-limits.ts";
import type { GroupEvent, GroupList, GroupRole } from "../../protocol/messages/group.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type Circumstances, decide } from "./decide.ts";
import { type Effects, type Failed, NOTHING, told } from "./events.ts";
import type { Permission, Role } from "./permissions.ts";
import type { RolesStore } from "./store.ts";

/** Who wants something: a user for itself, or a server of the app. Servers have every right, and need nobody's consent. */
export type Actor = { readonly kind: "user"; readonly user: UserId } | { readonly kind: "server" };

export type Outcome = Result<Effects, WireError>;

/** What of a group or a room a decision goes by, that is not of the one who acts. */
export type State = Pick<Circumstances, "public" | "invitesOpen" | "disabled" | "allMuted">;

export interface MembershipPorts<Act extends string> {
  /** What it is a membership in. */
  readonly what?: "group" | "room";
  readonly store: RolesStore;
  readonly permissions: Readonly<Record<Act, Permission>>;
  now(): number;
  /** Undefined: there is none. */
  state(): State | undefined;
  /** Somebody is a member no more. */
  expel(user: UserId): void;
}

/** What every membership has an act for. */
type Common = "transfer" | "appoint" | "remove" | "block" | "mute" | "allow";

/** Roles and lists, as groups and rooms have them alike. */
export class Membership<Act extends string> {
  readonly #ports: MembershipPorts<Act | Common>;
  readonly #store: RolesStore;

  constructor(ports: MembershipPorts<Act | Common>) {
    this.#ports = ports;
    this.#store = ports.store;
  }

  roleOf(user: UserId): Role {
    return this.#store.member(user)?.role ?? "stranger";
  }

  isListed(list: GroupList, user: UserId): boolean {
    const listed = this.#store.listed(list, user);
    return listed !== undefined && (listed.until === undefined || listed.until > this.#ports.now());
  }

  /** Why this actor may not; undefined if it may. `target`: to whom it is done. */
  refuse(act: Act | Common, actor: Actor, target?: UserId): WireError | undefined {
    const state = this.#ports.state();
    const none = (): WireError => wireError("not_found", { field: this.#ports.what ?? "group" });
    if (state === undefined) return none();
    if (actor.kind === "server") return undefined;
    const { user } = actor;
    const role = this.roleOf(user);
    const invited = this.#store.asking(user)?.kind === "invitation";
    // What is private is not there for whom it does not concern.
    if (role === "stranger" && !state.public && !invited) return none();
    return decide(this.#ports.permissions[act], role, {
      ...state,
      muted: this.isListed("mute", user),
      onAllowList: this.isListed("allow", user),
      invited,
      target: target === undefined ? undefined : target === user ? "self" : this.roleOf(target),
    });
  }

  /** The owner before is a member from then on. */
  transfer(actor: Actor, to: UserId): Outcome {
    const refused = this.refuse("transfer", actor, to);
    if (refused !== undefined) return err(refused);
    const next = this.#store.member(to);
    if (next === undefined) return err(wireError("not_found", { field: "owner", message: "the new owner is a member before" }));
    if (next.role === "owner") return ok(NOTHING);
    const before = must(this.#store.member(must(this.#store.owner(), "an owner")), "the owner's row");
    this.#store.putMember({ ...before, role: "member" });
    this.#store.putMember({ ...next, role: "owner" });
    return ok({ ...NOTHING, told: [told({ kind: "ownerChanged", owner: to, before: before.user }, "members")] });
  }

  appoint(actor: Actor, user: UserId, on: boolean): Outcome {
    const refused = this.refuse("appoint", actor, user);
    if (refused !== undefined) return err(refused);
    const member = this.#store.member(user);
    if (member === undefined) return err(wireError("not_found", { field: "member" }));
    if (member.role === "owner") return err(wireError("bad_request", { field: "member", message: "the owner is no admin" }));
    const role: GroupRole = on ? "admin" : "member";
    if (member.role === role) return ok(NOTHING);
    if (on && this.#store.admins().length >= GROUP_LIMITS.admins) return err(wireError("limit_exceeded", { field: "member", limit: GROUP_LIMITS.admins }));
    this.#store.putMember({ ...member, role });
    return ok({ ...NOTHING, told: [told({ kind: on ? "appointed" : "deposed", user }, "members")] });
  }

  remove(actor: Actor, users: readonly UserId[]): Outcome {
    return this.#onEach("remove", actor, users, (gone) => this.#expelled(gone), { membersOnly: true });
  }

  /** Blocked: out, and not in again. */
  block(actor: Actor, users: readonly UserId[], on: boolean): Outcome {
    const run = (done: readonly UserId[]): Effects => {
      // Asked before: who is on the list is no member.
      const members = done.filter((user) => this.roleOf(user) !== "stranger");
      for (const user of done) {
        if (on) this.#store.putListed("block", { user });
        else this.#store.dropListed("block", user);
        if (on) this.#store.dropAsking(user);
      }
      if (!on) return { ...NOTHING, told: [told({ kind: "unlisted", list: "block", users: [...done] }, done)] };
      return this.#expelled(members);
    };
    return this.#onEach("block", actor, users, run, on ? { fills: "block" } : {});
  }

  /** `until`: in ms since 1970; undefined: for ever. It stays while somebody is away. */
  mute(actor: Actor, users: readonly UserId[], on: boolean, until?: number): Outcome {
    return this.#onList("mute", actor, users, on, until);
  }

  allow(actor: Actor, users: readonly UserId[], on: boolean): Outcome {
    return this.#onList("allow", actor, users, on, undefined);
  }

  #onList(list: "mute" | "allow", actor: Actor, users: readonly UserId[], on: boolean, until: number | undefined): Outcome {
    const run = (done: readonly UserId[]): Effects => {
      for (const user of done) {
        if (on) this.#store.putListed(list, { user, until });
        else this.#store.dropListed(list, user);
      }
      const listed: GroupEvent = { kind: "listed", list, users: [...done], until };
      return { ...NOTHING, told: [told(on ? listed : { kind: "unlisted", list, users: [...done] }, "members")] };
    };
    return this.#onEach(list, actor, users, run, on ? { membersOnly: true, fills: list } : {});
  }

  /** For each that it may be done to; why it was not done to the others. Who may not do it to anybody is refused as a whole. */
  #onEach(
    act: Common,
    actor: Actor,
    users: readonly UserId[],
    run: (done: readonly UserId[]) => Effects,
    { membersOnly = false, fills }: { readonly membersOnly?: boolean; readonly fills?: GroupList },
  ): Outcome {
    const whole = this.refuse(act, actor) ?? refuseNumber(users);
    if (whole !== undefined) return err(whole);
    const failed: Failed[] = [];
    const done: UserId[] = [];
    let room = fills === undefined ? Number.POSITIVE_INFINITY : GROUP_LIMITS.listed - this.#store.countListed(fills);
    for (const user of new Set(users)) {
      const message = this.#whyNot(act, actor, user, membersOnly);
      const isNew = fills !== undefined && this.#store.listed(fills, user) === undefined;
      if (message !== undefined) failed.push({ user, message });
      else if (isNew && room <= 0) failed.push({ user, message: "the list is full" });
      else {
        done.push(user);
        room -= isNew ? 1 : 0;
      }
    }
    return ok(done.length === 0 ? { ...NOTHING, failed } : { ...run(done), failed });
  }

  #whyNot(act: Common, actor: Actor, user: UserId, membersOnly: boolean): string | undefined {
    const role = this.roleOf(user);
    if (membersOnly && role === "stranger") return "no member";
    if (role === "owner" && act !== "allow") return "not to the owner";
    return this.refuse(act, actor, user)?.message;
  }

  #expelled(users: readonly UserId[]): Effects {
    if (users.length === 0) return NOTHING;
    for (const user of users) this.#ports.expel(user);
    const gone = [...users];
    const events = [told({ kind: "removed", users: gone }, gone), told({ kind: "left", users: gone, count: this.#store.members() }, "members")];
    return { ...NOTHING, told: events, went: gone };
  }
}

export const refuseNumber = (users: readonly UserId[]): WireError | undefined =>
  users.length <= GROUP_LIMITS.usersPerCall ? undefined : wireError("limit_exceeded", { field: "users", limit: GROUP_LIMITS.usersPerCall });
