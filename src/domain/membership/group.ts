import { type WireError, wireError } from "../../protocol/errors.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { utf8Bytes } from "../../util/text.ts";
import { decide } from "./decide.ts";
import { type Effects, type GroupEvent, NOTHING, type Told } from "./events.ts";
import { MEMBERSHIP_LIMITS } from "./limits.ts";
import { GROUP_PERMISSIONS, type GroupAct, type Role } from "./permissions.ts";
import type { Asking, GroupDetails, ListName, MemberRole, MemberRow, MembershipStore } from "./store.ts";
import { enter, leave } from "./visibility.ts";

/** Who wants something: a user for itself, or a server of the app. Servers have every right, and need nobody's consent. */
export type Actor = { readonly kind: "user"; readonly user: UserId } | { readonly kind: "server" };

type Outcome = Result<Effects, WireError>;
export type NewDetails = Partial<
  Pick<
    GroupDetails,
    "name" | "description" | "avatar" | "custom" | "public" | "approval" | "invitesOpen" | "consent" | "maxMembers" | "historyOpen" | "announcement"
  >
>;

export interface GroupPorts {
  readonly store: MembershipStore;
  /** The most members that the app lets a group have. */
  readonly membersCap: number;
  now(): number;
  /** The newest number of the conversation: who comes sees what is beyond. */
  head(): number;
}

const NO_GROUP = wireError("not_found", { field: "group" });

/** Who is in a group, as what, and what each may do. Every act is decided and written in one synchronous stretch, so what races has one outcome. */
export class Group {
  readonly #ports: GroupPorts;
  readonly #store: MembershipStore;

  constructor(ports: GroupPorts) {
    this.#ports = ports;
    this.#store = ports.store;
  }

  get exists(): boolean {
    return this.#store.details() !== undefined;
  }

  get details(): GroupDetails {
    return must(this.#store.details(), "a group that was made");
  }

  roleOf(user: UserId): Role {
    return this.#store.member(user)?.role ?? "stranger";
  }

  /** Why this actor may not; undefined if it may. `target`: to whom it is done. */
  refuse(act: GroupAct, actor: Actor, target?: UserId): WireError | undefined {
    if (!this.exists) return NO_GROUP;
    if (actor.kind === "server") return undefined;
    const { user } = actor;
    const { details } = this;
    const role = this.roleOf(user);
    // A private group is not there for whom it does not concern.
    if (role === "stranger" && !details.public && this.#store.asking(user)?.kind !== "invitation") return NO_GROUP;
    return decide(GROUP_PERMISSIONS[act], role, {
      public: details.public,
      invitesOpen: details.invitesOpen,
      disabled: details.disabled,
      allMuted: details.allMuted,
      muted: this.isListed("mute", user),
      onAllowList: this.isListed("allow", user),
      invited: this.#store.asking(user)?.kind === "invitation",
      ownersMayLeave: false,
      target: target === undefined ? undefined : target === user ? "self" : this.roleOf(target),
    });
  }

  isListed(list: ListName, user: UserId): boolean {
    const listed = this.#store.listed(list, user);
    return listed !== undefined && (listed.until === undefined || listed.until > this.#ports.now());
  }

  /** Made with its first members. Who makes it, or whom a server names, owns it. */
  create(owner: UserId, fresh: NewDetails, members: readonly UserId[]): Outcome {
    if (this.exists) return err(wireError("conflict", { field: "group", message: "there is such a group" }));
    const refused = refuseDetails(fresh, this.#ports.membersCap);
    if (refused !== undefined) return err(refused);
    const details: GroupDetails = {
      name: "",
      description: "",
      avatar: "",
      custom: "",
      public: false,
      approval: true,
      invitesOpen: false,
      consent: false,
      maxMembers: MEMBERSHIP_LIMITS.membersDefault,
      historyOpen: false,
      announcement: "",
      ...fresh,
      allMuted: false,
      disabled: false,
      createdAt: this.#ports.now(),
    };
    const others = [...new Set(members)].filter((user) => user !== owner);
    if (others.length + 1 > details.maxMembers) return err(wireError("limit_exceeded", { field: "members", limit: details.maxMembers }));
    this.#store.setDetails(details);
    this.#enter(owner, "owner");
    const added = this.#bringIn(others, { kind: "user", user: owner }, "");
    return ok({ ...added, came: [owner, ...added.came] });
  }

  /** Gone for everybody. The shell removes what there was when all have heard. */
  dismiss(actor: Actor, members: readonly UserId[]): Outcome {
    const refused = this.refuse("dismiss", actor);
    if (refused !== undefined) return err(refused);
    return ok({ ...NOTHING, told: [told({ kind: "dismissed" }, members)], went: members });
  }

  update(actor: Actor, changed: NewDetails): Outcome {
    const refused = this.refuse(changed.announcement === undefined ? "update" : "announce", actor) ?? refuseDetails(changed, this.#ports.membersCap);
    if (refused !== undefined) return err(refused);
    if (changed.maxMembers !== undefined && changed.maxMembers < this.#store.members()) {
      return err(wireError("limit_exceeded", { field: "maxMembers", limit: this.#store.members(), message: "it has more members than that" }));
    }
    const { details } = this;
    const fresh = Object.fromEntries(Object.entries(changed).filter(([key, value]) => details[key as keyof GroupDetails] !== value)) as NewDetails;
    if (Object.keys(fresh).length === 0) return ok(NOTHING);
    this.#store.setDetails({ ...details, ...fresh });
    const { announcement, ...rest } = fresh;
    const events: GroupEvent[] = [];
    if (announcement !== undefined) events.push({ kind: "announced", announcement });
    if (Object.keys(rest).length > 0) events.push({ kind: "updated", changed: rest });
    return ok({ ...NOTHING, told: events.map((event) => told(event, "members")) });
  }

  /** By servers alone. */
  disable(disabled: boolean): Outcome {
    if (!this.exists) return err(NO_GROUP);
    if (this.details.disabled === disabled) return ok(NOTHING);
    this.#store.setDetails({ ...this.details, disabled });
    return ok({ ...NOTHING, told: [told({ kind: "updated", changed: { disabled } }, "members")] });
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
    if (member === undefined) return err(wireError("not_found", { field: "user" }));
    if (member.role === "owner") return err(wireError("bad_request", { field: "user", message: "the owner is no admin" }));
    const role: MemberRole = on ? "admin" : "member";
    if (member.role === role) return ok(NOTHING);
    if (on && this.#store.admins().length >= MEMBERSHIP_LIMITS.admins)
      return err(wireError("limit_exceeded", { field: "user", limit: MEMBERSHIP_LIMITS.admins }));
    this.#store.putMember({ ...member, role });
    return ok({ ...NOTHING, told: [told({ kind: on ? "appointed" : "deposed", user }, "members")] });
  }

  /** A member at once, or an application that waits. */
  apply(user: UserId, reason: string): Outcome {
    const actor: Actor = { kind: "user", user };
    if (this.exists && this.roleOf(user) !== "stranger") return ok(NOTHING);
    const invited = this.#store.asking(user)?.kind === "invitation";
    const refused = this.refuse(invited ? "answerInvitation" : "apply", actor) ?? this.#refuseEntry(user);
    if (refused !== undefined) return err(refused);
    if (invited || !this.details.approval) return ok(this.#join(user, []));
    if (this.#store.asking(user) === undefined && this.#store.countAsking("application") >= MEMBERSHIP_LIMITS.asking) {
      return err(wireError("limit_exceeded", { field: "group", limit: MEMBERSHIP_LIMITS.asking, message: "too many wait already" }));
    }
    this.#store.putAsking({ user, kind: "application", reason, at: this.#ports.now() });
    return ok({ ...NOTHING, told: [told({ kind: "applied", user, reason }, "managers")] });
  }

  /** A word of the owner or an admin to who has applied. */
  decideOn(actor: Actor, user: UserId, accepted: boolean, reason: string): Outcome {
    const refused = this.refuse("decide", actor, user);
    if (refused !== undefined) return err(refused);
    if (this.#store.asking(user)?.kind !== "application") return err(wireError("not_found", { field: "user", message: "nobody of that name has applied" }));
    if (!accepted) {
      this.#store.dropAsking(user);
      return ok({ ...NOTHING, told: [told({ kind: "applicationDeclined", user, reason }, [user])] });
    }
    const full = this.#refuseEntry(user);
    if (full !== undefined) return err(full);
    return ok(this.#join(user, [told({ kind: "applicationAccepted", user }, [user])]));
  }

  /** Members at once, or asked, as the group has it. A server asks nobody. */
  invite(actor: Actor, users: readonly UserId[], reason: string): Outcome {
    const refused = this.refuse("invite", actor) ?? refuseNumber(users);
    return refused === undefined ? ok(this.#bringIn(users, actor, reason)) : err(refused);
  }

  answerInvitation(user: UserId, accepted: boolean, reason: string): Outcome {
    const asking = this.#store.asking(user);
    if (!this.exists || asking?.kind !== "invitation") return err(NO_GROUP);
    const by = asking.by === undefined ? [] : [asking.by];
    if (!accepted) {
      this.#store.dropAsking(user);
      return ok({ ...NOTHING, told: [told({ kind: "invitationDeclined", user, reason }, by)] });
    }
    const refused = this.refuse("answerInvitation", { kind: "user", user }) ?? this.#refuseEntry(user);
    if (refused !== undefined) return err(refused);
    return ok(this.#join(user, [told({ kind: "invitationAccepted", user }, by)]));
  }

  leave(user: UserId): Outcome {
    const refused = this.refuse("leave", { kind: "user", user });
    if (refused !== undefined) return err(refused);
    this.#goes(user);
    return ok({ ...NOTHING, told: [told({ kind: "left", users: [user], count: this.#store.members() }, "members")], went: [user] });
  }

  remove(actor: Actor, users: readonly UserId[]): Outcome {
    return this.#onEach("remove", actor, users, (gone) => this.#expelled(gone), true);
  }

  /** Blocked: out, and not in again. */
  block(actor: Actor, users: readonly UserId[], on: boolean): Outcome {
    return this.#onEach("block", actor, users, (done) => {
      for (const user of done) {
        if (on) this.#store.putListed("block", { user });
        else this.#store.dropListed("block", user);
        if (on) this.#store.dropAsking(user);
      }
      if (!on) return { ...NOTHING, told: [told({ kind: "unlisted", list: "block", users: done }, [...done])] };
      return this.#expelled(done.filter((user) => this.roleOf(user) !== "stranger"));
    });
  }

  /** `until`: in ms since 1970; undefined: for ever. It stays while somebody is away. */
  mute(actor: Actor, users: readonly UserId[], on: boolean, until?: number): Outcome {
    return this.#onList("mute", actor, users, on, until);
  }

  allow(actor: Actor, users: readonly UserId[], on: boolean): Outcome {
    return this.#onList("allow", actor, users, on, undefined, true);
  }

  muteAll(actor: Actor, on: boolean): Outcome {
    const refused = this.refuse("muteAll", actor);
    if (refused !== undefined) return err(refused);
    if (this.details.allMuted === on) return ok(NOTHING);
    this.#store.setDetails({ ...this.details, allMuted: on });
    return ok({ ...NOTHING, told: [told({ kind: "allMuted", on }, "members")] });
  }

  /** Sets the keys that are named; an empty text removes one. */
  setAttributes(actor: Actor, user: UserId, attributes: Readonly<Record<string, string>>): Outcome {
    const refused = this.refuse("setAttributes", actor, user);
    if (refused !== undefined) return err(refused);
    const member = this.#store.member(user);
    if (member === undefined) return err(wireError("not_found", { field: "user" }));
    const fresh = new Map(Object.entries(member.attributes));
    for (const [key, value] of Object.entries(attributes)) {
      if (value === "") fresh.delete(key);
      else fresh.set(key, value);
    }
    const wrong = refuseAttributes(attributes, fresh);
    if (wrong !== undefined) return err(wrong);
    this.#store.putMember({ ...member, attributes: Object.fromEntries(fresh) });
    return ok({ ...NOTHING, told: [told({ kind: "attributesChanged", user, attributes }, "members")] });
  }

  shield(user: UserId, on: boolean): Outcome {
    const refused = this.refuse("shield", { kind: "user", user });
    if (refused !== undefined) return err(refused);
    const member = must(this.#store.member(user), "a member");
    if (member.shielded !== on) this.#store.putMember({ ...member, shielded: on });
    return ok(NOTHING);
  }

  #bringIn(users: readonly UserId[], actor: Actor, reason: string): Effects {
    const by = actor.kind === "user" ? actor.user : undefined;
    const asks = by !== undefined && this.details.consent;
    const failed: { user: UserId; message: string }[] = [];
    const came: UserId[] = [];
    const asked: UserId[] = [];
    for (const user of new Set(users)) {
      if (this.roleOf(user) !== "stranger") continue;
      const refused = this.#refuseEntry(user);
      if (refused !== undefined) failed.push({ user, message: refused.message });
      else if (!asks) {
        this.#enter(user, "member");
        came.push(user);
      } else if (this.#invited(user, must(by, "who asks"), reason)) asked.push(user);
      else failed.push({ user, message: "too many wait already" });
    }
    const events: Told[] = asked.map((user) => told({ kind: "invited", user, reason }, [user]));
    if (came.length > 0)
      events.push(told({ kind: "added", users: came }, came), told({ kind: "joined", users: came, count: this.#store.members() }, "members"));
    return { told: events, came, went: [], failed };
  }

  #invited(user: UserId, by: UserId, reason: string): boolean {
    if (this.#store.asking(user)?.kind !== "invitation" && this.#store.countAsking("invitation") >= MEMBERSHIP_LIMITS.asking) return false;
    const asking: Asking = { user, kind: "invitation", by, reason, at: this.#ports.now() };
    this.#store.putAsking(asking);
    return true;
  }

  #join(user: UserId, before: readonly Told[]): Effects {
    this.#enter(user, "member");
    return { ...NOTHING, told: [...before, told({ kind: "joined", users: [user], count: this.#store.members() }, "members")], came: [user] };
  }

  #enter(user: UserId, role: MemberRole): void {
    this.#store.dropAsking(user);
    const row: MemberRow = {
      user,
      role,
      joinedAt: this.#ports.now(),
      intervals: enter(this.#store.past(user), this.#ports.head(), this.details.historyOpen),
      attributes: {},
      shielded: false,
    };
    this.#store.setPast(user, []);
    this.#store.putMember(row);
  }

  /** What it has seen, it may see when it comes again; its place on the allow list goes, a mute stays. */
  #goes(user: UserId): void {
    const member = must(this.#store.member(user), "a member");
    this.#store.setPast(user, leave(member.intervals, this.#ports.head()));
    this.#store.dropListed("allow", user);
    this.#store.dropMember(user);
  }

  #expelled(users: readonly UserId[]): Effects {
    if (users.length === 0) return NOTHING;
    for (const user of users) this.#goes(user);
    const events = [told({ kind: "removed", users }, users), told({ kind: "left", users, count: this.#store.members() }, "members")];
    return { ...NOTHING, told: events, went: users };
  }

  #onList(list: "mute" | "allow", actor: Actor, users: readonly UserId[], on: boolean, until: number | undefined, membersOnly = false): Outcome {
    return this.#onEach(
      list,
      actor,
      users,
      (done) => {
        for (const user of done) {
          if (on) this.#store.putListed(list, { user, ...(until !== undefined && { until }) });
          else this.#store.dropListed(list, user);
        }
        const event: GroupEvent = { kind: on ? "listed" : "unlisted", list, users: done, ...(on && until !== undefined && { until }) };
        return { ...NOTHING, told: [told(event, "members")] };
      },
      membersOnly || list === "mute",
      on ? list : undefined,
    );
  }

  /** For each that it may be done to; why it was not done to the others. Who may not do it to anybody is refused as a whole. */
  #onEach(act: GroupAct, actor: Actor, users: readonly UserId[], run: (done: readonly UserId[]) => Effects, membersOnly = false, fills?: ListName): Outcome {
    const whole = this.refuse(act, actor) ?? refuseNumber(users);
    if (whole !== undefined) return err(whole);
    const failed: { user: UserId; message: string }[] = [];
    const done: UserId[] = [];
    let room = fills === undefined ? Number.POSITIVE_INFINITY : MEMBERSHIP_LIMITS.listed - this.#store.countListed(fills);
    for (const user of new Set(users)) {
      const message = this.#whyNot(act, actor, user, membersOnly);
      if (message !== undefined) failed.push({ user, message });
      else if (fills !== undefined && this.#store.listed(fills, user) === undefined && room-- <= 0) failed.push({ user, message: "the list is full" });
      else done.push(user);
    }
    return ok(done.length === 0 ? { ...NOTHING, failed } : { ...run(done), failed });
  }

  #whyNot(act: GroupAct, actor: Actor, user: UserId, membersOnly: boolean): string | undefined {
    const role = this.roleOf(user);
    if (membersOnly && role === "stranger") return "no member";
    if (role === "owner" && act !== "allow") return "not to the owner";
    return this.refuse(act, actor, user)?.message;
  }

  #refuseEntry(user: UserId): WireError | undefined {
    if (this.isListed("block", user)) return wireError("forbidden", { field: "user", message: "on the block list" });
    const { maxMembers } = this.details;
    return this.#store.members() < maxMembers ? undefined : wireError("limit_exceeded", { field: "group", limit: maxMembers, message: "it is full" });
  }
}

const told = (event: GroupEvent, to: Told["to"]): Told => ({ event, to });

const refuseNumber = (users: readonly UserId[]): WireError | undefined =>
  users.length <= MEMBERSHIP_LIMITS.usersPerCall ? undefined : wireError("limit_exceeded", { field: "users", limit: MEMBERSHIP_LIMITS.usersPerCall });

function refuseDetails(details: NewDetails, membersCap: number): WireError | undefined {
  const chars = [
    ["name", MEMBERSHIP_LIMITS.groupNameChars],
    ["description", MEMBERSHIP_LIMITS.groupDescriptionChars],
    ["avatar", MEMBERSHIP_LIMITS.groupAvatarChars],
    ["announcement", MEMBERSHIP_LIMITS.groupAnnouncementChars],
  ] as const;
  for (const [field, limit] of chars) if ([...(details[field] ?? "")].length > limit) return wireError("too_large", { field, limit });
  if (utf8Bytes(details.custom ?? "") > MEMBERSHIP_LIMITS.groupCustomBytes)
    return wireError("too_large", { field: "custom", limit: MEMBERSHIP_LIMITS.groupCustomBytes });
  const { maxMembers } = details;
  if (maxMembers !== undefined && (maxMembers < 1 || maxMembers > membersCap)) return wireError("limit_exceeded", { field: "maxMembers", limit: membersCap });
  return undefined;
}

const ATTRIBUTE_KEY = /^\w{1,16}$/;

function refuseAttributes(asked: Readonly<Record<string, string>>, whole: ReadonlyMap<string, string>): WireError | undefined {
  for (const [key, value] of Object.entries(asked)) {
    if (!ATTRIBUTE_KEY.test(key)) return wireError("bad_request", { field: "attributes", message: "a key has 1 to 16 of A-Z a-z 0-9 _" });
    if (utf8Bytes(value) > MEMBERSHIP_LIMITS.attributeValueBytes)
      return wireError("too_large", { field: "attributes", limit: MEMBERSHIP_LIMITS.attributeValueBytes });
  }
  const bytes = [...whole].reduce((sum, [key, value]) => sum + key.length + utf8Bytes(value), 0);
  return bytes > MEMBERSHIP_LIMITS.attributeBytes ? wireError("too_large", { field: "attributes", limit: MEMBERSHIP_LIMITS.attributeBytes }) : undefined;
}
