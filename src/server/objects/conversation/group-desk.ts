import type { ConversationAuthority } from "../../../domain/conversation/authority.ts";
import { GroupAuthority, type GroupWord } from "../../../domain/membership/authority.ts";
import { Group } from "../../../domain/membership/group.ts";
import type { Actor, Outcome } from "../../../domain/membership/membership.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName } from "../../../protocol/operations/catalogue.ts";
import { must } from "../../../util/assert.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call, CallReply } from "../../trust.ts";
import { type GroupTables, groupTables, MembershipTables } from "./membership-tables.ts";

type Answer = Result<object, WireError>;
type GroupOperation = Extract<OperationName, `group.${string}`>;
type Handlers = { readonly [Op in GroupOperation]: (desk: GroupDesk, input: InputOf<Op>, by: Actor) => Answer | Promise<Answer> };

export interface GroupDeskPorts {
  readonly conversation: ConversationAuthority;
  now(): number;
  /** To the object of a user; throws where it cannot be reached. */
  word(user: UserId, word: GroupWord): Promise<void>;
  background(work: Promise<void>): void;
  wakeBy(at: number): void;
  readonly retryMs: number;
}

/** Words on their way at once, and of one turn of the alarm. */
const WORDS_AT_ONCE = 32;

/** The operations on a group, and the words that it owes to users' objects: rows until those have heard them. */
export class GroupDesk {
  readonly group: Group;
  readonly authority: GroupAuthority;
  readonly store: MembershipTables;
  readonly #ports: GroupDeskPorts;
  readonly #tables: GroupTables;
  #paying: Promise<void> | undefined;

  constructor(sql: SqlStorage, ports: GroupDeskPorts) {
    this.#ports = ports;
    this.#tables = groupTables(sql);
    this.store = new MembershipTables(this.#tables);
    const { store } = this;
    const { conversation } = ports;
    this.group = new Group({ store, membersCap: GROUP_LIMITS.members, now: () => ports.now(), head: () => conversation.conversation.head });
    this.authority = new GroupAuthority({
      group: this.group,
      store,
      conversation,
      owe: (user, word) => this.#owe(user, word),
      forgive: (user) => this.#forgive(user),
    });
  }

  get owes(): boolean {
    return this.#owed(1).length > 0;
  }

  async run({ op, input, caller }: Pick<Call, "op" | "input" | "caller">): Promise<CallReply> {
    const handler = (Object.hasOwn(handlers, op) ? handlers[op as GroupOperation] : undefined) as Handlers["group.get"] | undefined;
    if (handler === undefined) return { error: wireError("unknown_operation") };
    if (caller.kind !== "user" && caller.kind !== "server") return { error: wireError("forbidden") };
    const by: Actor = caller.kind === "user" ? { kind: "user", user: caller.user } : { kind: "server" };
    const answer = await handler(this, input as InputOf<"group.get">, by);
    return answer.ok ? { ok: { ...answer.value } } : { error: answer.error };
  }

  /** Says what it owes, oldest first; what cannot be said now, the alarm says. */
  pay(): void {
    this.#paying ??= this.#payAll().finally(() => {
      this.#paying = undefined;
    });
    this.#ports.background(this.#paying);
  }

  #owe(user: UserId, word: GroupWord): void {
    this.#tables.write("group_owed", "INSERT INTO group_owed (user, word) VALUES (?, ?)", user, JSON.stringify(word));
    // Should this life end before it is said.
    this.#ports.wakeBy(this.#ports.now() + this.#ports.retryMs);
    this.pay();
  }

  #forgive(user: UserId): void {
    this.#tables.change("group_owed", "DELETE FROM group_owed WHERE user = ? AND json_type(word, '$.gone') IS NOT NULL", user);
  }

  #owed(limit: number): { n: number; user: string; word: string }[] {
    return this.#tables.read("group_owed", "SELECT n, user, word FROM group_owed ORDER BY n LIMIT ?", limit);
  }

  /** In the order of the rows for each user: those of one user go one after the other. */
  async #payAll(): Promise<void> {
    await Promise.resolve();
    for (let rows = this.#owed(WORDS_AT_ONCE); rows.length > 0; rows = this.#owed(WORDS_AT_ONCE)) {
      const byUser = Map.groupBy(rows, ({ user }) => user);
      const said = await Promise.all([...byUser].map(([user, words]) => this.#say(user, words)));
      if (said.includes(false)) return this.#ports.wakeBy(this.#ports.now() + this.#ports.retryMs);
    }
  }

  async #say(user: UserId, words: readonly { readonly n: number; readonly word: string }[]): Promise<boolean> {
    for (const { n, word } of words) {
      try {
        await this.#ports.word(user, JSON.parse(word) as GroupWord);
      } catch {
        return false;
      }
      this.#tables.change("group_owed", "DELETE FROM group_owed WHERE n = ?", n);
    }
    return true;
  }
}

const done = (desk: GroupDesk, by: Actor, act: () => Outcome): Answer => {
  const outcome = desk.authority.carryOut(by, act);
  return outcome.ok ? ok({}) : outcome;
};
const doneToEach = (desk: GroupDesk, by: Actor, act: () => Outcome): Answer => desk.authority.carryOut(by, act);
const self = (by: Actor): UserId => must(by.kind === "user" ? by.user : undefined, "a user");

const handlers: Handlers = {
  "group.create": (desk, { group: _, owner, members = [], ...change }, by) => {
    const whose = by.kind === "user" ? by.user : owner;
    if (whose === undefined) return err(wireError("bad_request", { field: "owner", message: "a server says whose it is" }));
    if (by.kind === "user" && owner !== undefined && owner !== by.user) return err(wireError("forbidden", { field: "owner" }));
    return desk.authority.create(whose, change, members, by);
  },
  "group.dismiss": (desk, _input, by) => {
    const outcome = desk.authority.dismiss(by);
    return outcome.ok ? ok({}) : outcome;
  },
  "group.get": details,
  "group.update": (desk, { group: _, ...change }, by) => done(desk, by, () => desk.group.update(by, change)),
  "group.disable": (desk, { on }, by) => done(desk, by, () => desk.group.disable(on)),
  "group.transfer": (desk, { owner }, by) => done(desk, by, () => desk.group.transfer(by, owner)),
  "group.appoint": (desk, { member, on }, by) => done(desk, by, () => desk.group.appoint(by, member, on)),
  "group.apply": (desk, { reason = "" }, by) => {
    const applied = done(desk, by, () => desk.group.apply(self(by), reason));
    return applied.ok ? ok({ state: desk.group.roleOf(self(by)) === "stranger" ? "applied" : "member" }) : applied;
  },
  "group.decide": (desk, { applicant, accept, reason = "" }, by) => done(desk, by, () => desk.group.decideOn(by, applicant, accept, reason)),
  "group.invite": (desk, { users, reason = "" }, by) => doneToEach(desk, by, () => desk.group.invite(by, users, reason)),
  "group.answer": (desk, { accept, reason = "" }, by) => done(desk, by, () => desk.group.answerInvitation(self(by), accept, reason)),
  "group.leave": (desk, _input, by) => done(desk, by, () => desk.group.leave(self(by))),
  "group.remove": (desk, { users }, by) => doneToEach(desk, by, () => desk.group.remove(by, users)),
  "group.block": (desk, { users, on }, by) => doneToEach(desk, by, () => desk.group.block(by, users, on)),
  "group.mute": (desk, { users, on, until }, by) => doneToEach(desk, by, () => desk.group.mute(by, users, on, until)),
  "group.allow": (desk, { users, on }, by) => doneToEach(desk, by, () => desk.group.allow(by, users, on)),
  "group.mute-all": (desk, { on }, by) => done(desk, by, () => desk.group.muteAll(by, on)),
  "group.set-attributes": (desk, { member, attributes }, by) => done(desk, by, () => desk.group.setAttributes(by, member, attributes)),
  "group.members": ({ group, store }, { after, limit = GROUP_LIMITS.page }, by) => {
    const refused = group.refuse("readMembers", by);
    if (refused !== undefined) return err(refused);
    const rows = store.memberPage(after, limit + 1).map(({ user, role, joinedAt, attributes }) => ({
      user,
      role,
      joinedAt,
      ...(Object.keys(attributes).length > 0 && { attributes }),
    }));
    return ok(paged("members", rows, limit));
  },
  "group.listed": ({ group, store }, { list, after, limit = GROUP_LIMITS.page }, by) => {
    const refused = group.refuse("readLists", by);
    return refused === undefined ? ok(paged("users", store.listPage(list, after, limit + 1), limit)) : err(refused);
  },
  "group.asking": ({ group, store }, { kind, after, limit = GROUP_LIMITS.page }, by) => {
    const refused = group.refuse("decide", by);
    if (refused !== undefined) return err(refused);
    const rows = store.askingPage(kind, after, limit + 1).map(({ kind: _, ...row }) => row);
    return ok(paged("users", rows, limit));
  },
};

function details({ group, store }: GroupDesk, _input: object, by: Actor): Answer {
  const refused = group.refuse("readDetails", by);
  if (refused !== undefined) return err(refused);
  const user = by.kind === "user" ? by.user : undefined;
  const role = user === undefined ? "stranger" : group.roleOf(user);
  return ok({
    details: group.details,
    members: store.members(),
    owner: must(store.owner(), "an owner"),
    ...(role !== "stranger" && { role }),
    muted: user !== undefined && group.isListed("mute", user),
    allowed: user !== undefined && group.isListed("allow", user),
  });
}

/** One more row than asked for says that there is a next page. */
function paged<Name extends string, Row extends { readonly user: UserId }>(name: Name, rows: readonly Row[], limit: number): object {
  const page = rows.slice(0, limit);
  return { [name]: page, ...(rows.length > limit && { next: page.at(-1)?.user }) };
}
