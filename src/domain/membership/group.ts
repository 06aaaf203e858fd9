import { type WireError, wireError } from "../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../protocol/group-limits.ts";
import type { GroupChange, GroupDetails, GroupRole } from "../../protocol/messages/group.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { err, ok } from "../../util/result.ts";
import { utf8Bytes } from "../../util/text.ts";
import { type Effects, type Failed, NOTHING, type Told, told } from "./events.ts";
import { type Actor, Membership, type Outcome, refuseNumber } from "./membership.ts";
import { GROUP_PERMISSIONS, type GroupAct } from "./permissions.ts";
import type { MembershipStore } from "./store.ts";
import { enter, leave, sees } from "./visibility.ts";

export interface GroupPorts {
  readonly store: MembershipStore;
  /** The most members that the app lets a group have. */
  membersCap(): number;
  now(): number;
  /** The newest number of the conversation: who comes sees what is beyond. */
  head(): number;
}

const FRESH: Omit<GroupDetails, "createdAt"> = {
  name: "",
  description: "",
  avatar: "",
  custom: "",
  announcement: "",
  public: false,
  approval: true,
  invitesOpen: false,
  consent: false,
  historyOpen: false,
  maxMembers: GROUP_LIMITS.membersDefault,
  allMuted: false,
  disabled: false,
};

/** Who is in a group, as what, and what each may do. Every act is decided and written in one synchronous stretch, so what races has one outcome. */
export class Group extends Membership<GroupAct> {
  readonly #ports: GroupPorts;
  readonly #store: MembershipStore;

  constructor(ports: GroupPorts) {
    super({
      store: ports.store,
      permissions: GROUP_PERMISSIONS,
      now: () => ports.now(),
      state: () => ports.store.details(),
      expel: (user) => this.#goes(user),
    });
    this.#ports = ports;
    this.#store = ports.store;
  }

  get exists(): boolean {
    return this.#store.details() !== undefined;
  }

  get details(): GroupDetails {
    return must(this.#store.details(), "a group that was made");
  }

  /** Whether a member may see a message: it was there when it was said, or the group shows what was said before. */
  sees(user: UserId, seq: number): boolean {
    return sees(this.#store.member(user)?.intervals ?? [], seq);
  }

  /** Since which number of the conversation it is a member. */
  entered(user: UserId): number {
    return this.#store.member(user)?.entered ?? 0;
  }

  hears(user: UserId): boolean {
    return this.#store.member(user)?.shielded !== true;
  }

  /** Made with its first members, whom nobody asks, unless the group has it so. */
  create(owner: UserId, change: GroupChange, members: readonly UserId[], by: Actor = { kind: "user", user: owner }): Outcome {
    if (this.exists) return err(wireError("conflict", { field: "group", message: "there is such a group" }));
    // What was said in it is not for whoever takes its name.
    if (this.#store.dismissed()) return err(wireError("gone", { field: "group", message: "it was dismissed" }));
    const refused = this.#refuseMaximum(change) ?? refuseNumber(members);
    if (refused !== undefined) return err(refused);
    const others = [...new Set(members)].filter((user) => user !== owner);
    const { maxMembers = FRESH.maxMembers } = change;
    if (others.length + 1 > maxMembers) return err(wireError("limit_exceeded", { field: "members", limit: maxMembers }));
    this.#store.setDetails({ ...FRESH, ...said(change), createdAt: this.#ports.now() });
    this.#enter(owner, "owner");
    const added = this.#bringIn(others, by, "");
    return ok({ ...added, came: [owner, ...added.came] });
  }

  /** Gone for everybody. */
  dismiss(actor: Actor, members: readonly UserId[]): Outcome {
    const refused = this.refuse("dismiss", actor);
    if (refused !== undefined) return err(refused);
    // Who was invited, or has applied, waits for nothing any more.
    const waiting = (["invitation", "application"] as const).flatMap((kind) => this.#store.askingPage(kind, undefined, GROUP_LIMITS.asking));
    const concerned = [...new Set([...members, ...waiting.map(({ user }) => user)])];
    this.#store.dismiss();
    return ok({ ...NOTHING, told: [told({ kind: "dismissed" }, concerned)], went: members });
  }

  update(actor: Actor, change: GroupChange): Outcome {
    const announces = Object.keys(change).every((key) => key === "announcement");
    const refused = this.refuse(announces ? "announce" : "update", actor) ?? this.#refuseMaximum(change);
    if (refused !== undefined) return err(refused);
    const members = this.#store.members();
    if ((change.maxMembers ?? members) < members) {
      return err(wireError("limit_exceeded", { field: "maxMembers", limit: members, message: "it has more members than that" }));
    }
    return this.#change(change);
  }

  muteAll(actor: Actor, on: boolean): Outcome {
    const refused = this.refuse("muteAll", actor);
    return refused === undefined ? this.#change({ allMuted: on }) : err(refused);
  }

  /** By servers alone. */
  disable(disabled: boolean): Outcome {
    return this.exists ? this.#change({ disabled }) : err(NO_GROUP);
  }

  /** A member at once, or an application that waits. */
  apply(user: UserId, reason: string): Outcome {
    if (this.exists && this.roleOf(user) !== "stranger") return ok(NOTHING);
    const waiting = this.#store.asking(user)?.kind;
    const refused = this.refuse(waiting === "invitation" ? "answerInvitation" : "apply", { kind: "user", user }) ?? this.#refuseEntry(user);
    if (refused !== undefined) return err(refused);
    if (waiting === "invitation" || !this.details.approval) return ok(this.#join(user, []));
    if (waiting === undefined && this.#store.countAsking("application") >= GROUP_LIMITS.asking) return err(FULL_OF_WORDS);
    this.#store.putAsking({ user, kind: "application", reason, at: this.#ports.now() });
    return ok({ ...NOTHING, told: [told({ kind: "applied", user, reason }, "managers")] });
  }

  /** A word of the owner or an admin to who has applied. */
  decideOn(actor: Actor, user: UserId, accepted: boolean, reason: string): Outcome {
    const refused = this.refuse("decide", actor, user);
    if (refused !== undefined) return err(refused);
    if (this.#store.asking(user)?.kind !== "application")
      return err(wireError("not_found", { field: "applicant", message: "nobody of that name has applied" }));
    if (!accepted) {
      this.#store.dropAsking(user);
      return ok({ ...NOTHING, told: [told({ kind: "applicationDeclined", user, reason }, [user])] });
    }
    const full = this.#refuseEntry(user);
    return full === undefined ? ok(this.#join(user, [told({ kind: "applicationAccepted", user }, [user])])) : err(full);
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
    return refused === undefined ? ok(this.#join(user, [told({ kind: "invitationAccepted", user }, by)])) : err(refused);
  }

  /** The user is deleted: it is in no group any more, and what was its own is gone. */
  forget(user: UserId, members: readonly UserId[]): Outcome {
    this.#store.dropAsking(user);
    const role = this.exists ? this.roleOf(user) : "stranger";
    if (role === "owner") return this.dismiss({ kind: "server" }, members);
    if (role === "stranger") return ok(NOTHING);
    this.#goes(user);
    return ok({ ...NOTHING, told: [told({ kind: "left", users: [user], count: this.#store.members() }, "members")], went: [user] });
  }

  leave(user: UserId): Outcome {
    const refused = this.refuse("leave", { kind: "user", user });
    if (refused !== undefined) return err(refused);
    this.#goes(user);
    return ok({ ...NOTHING, told: [told({ kind: "left", users: [user], count: this.#store.members() }, "members")], went: [user] });
  }

  /** Sets the keys that are named; an empty text removes one. */
  setAttributes(actor: Actor, user: UserId, attributes: Readonly<Record<string, string>>): Outcome {
    const refused = this.refuse("setAttributes", actor, user);
    if (refused !== undefined) return err(refused);
    const member = this.#store.member(user);
    if (member === undefined) return err(wireError("not_found", { field: "member" }));
    const whole = new Map(Object.entries(member.attributes));
    for (const [key, value] of Object.entries(attributes)) {
      if (value === "") whole.delete(key);
      else whole.set(key, value);
    }
    const wrong = refuseAttributes(attributes, whole);
    if (wrong !== undefined) return err(wrong);
    this.#store.putMember({ ...member, attributes: Object.fromEntries(whole) });
    return ok({ ...NOTHING, told: [told({ kind: "attributesChanged", user, attributes: { ...attributes } }, "members")] });
  }

  shield(user: UserId, on: boolean): Outcome {
    const refused = this.refuse("shield", { kind: "user", user });
    if (refused !== undefined) return err(refused);
    const member = must(this.#store.member(user), "a member");
    if (member.shielded !== on) this.#store.putMember({ ...member, shielded: on });
    return ok(NOTHING);
  }

  #change(change: Change): Outcome {
    const { details } = this;
    const changed: Partial<GroupDetails> = Object.fromEntries(
      Object.entries(said(change)).filter(([key, value]) => details[key as keyof GroupDetails] !== value),
    );
    if (Object.keys(changed).length === 0) return ok(NOTHING);
    this.#store.setDetails({ ...details, ...changed });
    return ok({ ...NOTHING, told: [told({ kind: "updated", changed }, "members")] });
  }

  #bringIn(users: readonly UserId[], actor: Actor, reason: string): Effects {
    const by = actor.kind === "user" && this.details.consent ? actor.user : undefined;
    const failed: Failed[] = [];
    const came: UserId[] = [];
    const events: Told[] = [];
    for (const user of new Set(users)) {
      if (this.roleOf(user) !== "stranger") continue;
      const refused = this.#refuseEntry(user) ?? (by === undefined ? undefined : this.#refuseAsking(user));
      if (refused !== undefined) failed.push({ user, message: refused.message });
      else if (by === undefined) {
        this.#enter(user, "member");
        came.push(user);
      } else {
        this.#store.putAsking({ user, kind: "invitation", by, reason, at: this.#ports.now() });
        events.push(told({ kind: "invited", user, by, reason }, [user]));
      }
    }
    if (came.length > 0)
      events.push(told({ kind: "added", users: came }, came), told({ kind: "joined", users: came, count: this.#store.members() }, "members"));
    return { told: events, came, went: [], failed };
  }

  #join(user: UserId, before: readonly Told[]): Effects {
    this.#enter(user, "member");
    return { ...NOTHING, told: [...before, told({ kind: "joined", users: [user], count: this.#store.members() }, "members")], came: [user] };
  }

  #enter(user: UserId, role: GroupRole): void {
    this.#store.dropAsking(user);
    const intervals = enter(this.#store.past(user), this.#ports.head(), this.details.historyOpen);
    this.#store.setPast(user, []);
    const entered = this.#ports.head() + 1;
    this.#store.putMember({ user, role, joinedAt: this.#ports.now(), entered, intervals, attributes: {}, shielded: false });
  }

  /** What it has seen, it may see when it comes again; its place on the allow list goes, a mute stays. */
  #goes(user: UserId): void {
    const { intervals } = must(this.#store.member(user), "a member");
    this.#store.setPast(user, leave(intervals, this.#ports.head()));
    this.#store.dropListed("allow", user);
    this.#store.dropMember(user);
  }

  #refuseEntry(user: UserId): WireError | undefined {
    if (this.isListed("block", user)) return wireError("forbidden", { field: "user", message: "on the block list" });
    const { maxMembers } = this.details;
    return this.#store.members() < maxMembers ? undefined : wireError("limit_exceeded", { field: "group", limit: maxMembers, message: "it is full" });
  }

  #refuseAsking(user: UserId): WireError | undefined {
    const known = this.#store.asking(user)?.kind === "invitation";
    return known || this.#store.countAsking("invitation") < GROUP_LIMITS.asking ? undefined : FULL_OF_WORDS;
  }

  #refuseMaximum({ maxMembers }: GroupChange): WireError | undefined {
    const membersCap = this.#ports.membersCap();
    return (maxMembers ?? 0) > membersCap ? wireError("limit_exceeded", { field: "maxMembers", limit: membersCap }) : undefined;
  }
}

type Change = { readonly [Key in keyof GroupDetails]?: GroupDetails[Key] | undefined };

/** Without what is not said. */
const said = (change: Change): Partial<GroupDetails> => Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));

const NO_GROUP = wireError("not_found", { field: "group" });
const FULL_OF_WORDS = wireError("limit_exceeded", { field: "group", limit: GROUP_LIMITS.asking, message: "too many wait already" });
const ATTRIBUTE_KEY = /^\w{1,16}$/;

function refuseAttributes(asked: Readonly<Record<string, string>>, whole: ReadonlyMap<string, string>): WireError | undefined {
  for (const [key, value] of Object.entries(asked)) {
    if (!ATTRIBUTE_KEY.test(key)) return wireError("bad_request", { field: "attributes", message: "a key has 1 to 16 of A-Z a-z 0-9 _" });
    if (utf8Bytes(value) > GROUP_LIMITS.attributeValueBytes) return wireError("too_large", { field: "attributes", limit: GROUP_LIMITS.attributeValueBytes });
  }
  const bytes = [...whole].reduce((sum, [key, value]) => sum + key.length + utf8Bytes(value), 0);
  return bytes > GROUP_LIMITS.attributeBytes ? wireError("too_large", { field: "attributes", limit: GROUP_LIMITS.attributeBytes }) : undefined;
}
