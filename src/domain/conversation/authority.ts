import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { ConversationRef } from "../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import type { MessageRecord, News, Passing, Receipt } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { Conversation, type Draft, type Taken } from "./conversation.ts";
import type { ExportedMessage } from "./exporting.ts";
import { type Append, type Appended, Growing, type GrowingPorts } from "./growing.ts";
import type { StoredMessage } from "./message.ts";
import { type ReadableStore, ReadOnce } from "./read-once.ts";
import { type Batch, type HistoryPage, type HistoryQuery, Reading } from "./reading.ts";
import { type ReceiptCounts, type ReceiptsPage, receiptCounts, receiptsPage } from "./receipts.ts";
import type { Actor } from "./rules.ts";
import { type Leaves, Spread } from "./spread.ts";
import type { ConversationStore, Member, Reaction } from "./store.ts";
import { type Heard, Telling } from "./telling.ts";
import type { Asking } from "./user-chats.ts";

/** Of a group's members. */
export interface Members {
  /** What a member sees of what was said. */
  sees(user: UserId, seq: number): boolean;
  /** Since which number it is a member. */
  entered(user: UserId): number;
  /** Whether it takes what is said. */
  hears(user: UserId): boolean;
}

export interface AuthorityPorts {
  readonly store: ConversationStore;
  /** Whose conversation it is; of a group nobody's, for its members come and go. */
  readonly users: readonly UserId[];
  /** Of a group. */
  readonly group?: Members;
  /** After the first message: what may have to be done by the alarm is done by then. */
  readonly exportMs: number;
  readonly retryMs: number;
  readonly retryCapMs: number;
  /** Of texts that grow. */
  readonly growth: Pick<GrowingPorts, "flushMs" | "pauseMs" | "lifeMs" | "later">;
  now(): number;
  ref(user: UserId): ConversationRef;
  /** A number of its own, for a conversation that begins. */
  number(): Promise<Result<number, WireError>>;
  /** Whether this user takes nothing from that one: asked when a conversation begins. */
  refuses(user: UserId, from: UserId): Promise<Result<boolean, WireError>>;
  /** What is no longer here: messages up to `floor`, beyond `seq` in the direction of reading. */
  archived(number: number, seq: number, floor: number, newer: boolean, limit: number): Promise<readonly ExportedMessage[]>;
  /** The same, of just these. */
  archivedAt(number: number, seqs: readonly number[]): Promise<readonly ExportedMessage[]>;
  /** The newest of them that is no newer than `ts`; 0: there is none. */
  archivedUntil(number: number, ts: number, floor: number): Promise<number>;
  tell(user: UserId, news: News): Promise<Heard>;
  /** Of a group whose deployment has them: through these members are told where many are there. */
  readonly leaves?: Leaves | undefined;
  background(work: Promise<void>): void;
  /** The alarm rings at the latest then. */
  wakeBy(at: number): void;
}

/** Rows of the database that one page looks through. */
const ARCHIVED_AT_ONCE = 200;
const BLOCKED = wireError("forbidden", { field: "conversation", message: "the other does not take this" });

/** What a member's device begins with, or goes on with. */
export interface Synced extends Omit<News, "passing"> {
  /** There is more: ask again from `upTo`. */
  readonly more?: true;
  /** What the device has of this conversation is out of date as a whole: these are its newest messages. */
  readonly restart?: true;
  /** With `restart`: there are no older ones. */
  readonly complete?: true;
}

/** A conversation and those it tells. Each change is made, and what tells of it is begun, in one synchronous stretch. */
export class ConversationAuthority {
  readonly conversation: Conversation;
  readonly #ports: AuthorityPorts;
  readonly #telling: Telling;
  /** For those who are told the same. */
  readonly #shared: ReadOnce;
  readonly #growing: Growing;
  /** Told by devices, and not yet written. */
  readonly #delivered = new Map<UserId, number>();
  #beginning: Promise<Result<undefined, WireError>> | undefined;
  readonly #refusedMeanwhile = new Map<UserId, boolean>();

  constructor(ports: AuthorityPorts) {
    this.#ports = ports;
    this.conversation = new Conversation(ports.store, ports.now);
    this.#shared = new ReadOnce(ports.store, () => [this.conversation.head, this.conversation.meta]);
    this.#growing = new Growing({
      ...ports.growth,
      store: ports.store,
      conversation: this.conversation,
      now: ports.now,
      wakeBy: ports.wakeBy,
      changed: () => this.#changed(),
    });
    const spread = new Spread(ports);
    this.#telling = new Telling({
      head: () => this.conversation.head,
      isHot: (user) => this.#hears(user) && (this.conversation.member(user)?.hot ?? false),
      hotMembers: () => {
        const hot = this.conversation.members.flatMap((member) => (member.hot && this.#hears(member.user) ? [member.user] : []));
        spread.hot = hot.length;
        return hot;
      },
      cool: (user) => this.conversation.setHot(user, false),
      news: (user, after) => this.#news(user, after),
      tell: (user, news) => spread.tell(user, news),
      report: (user, report) => this.report(user, report),
      background: (work) => ports.background(work),
      retry: (failures) => ports.wakeBy(ports.now() + Math.min(ports.retryCapMs, ports.retryMs * 2 ** Math.min(failures - 1, 16))),
    });
  }

  /** Its own alarm has to be there, and not be later than what may be left to do. */
  get pending(): boolean {
    return this.conversation.open && (this.conversation.head > this.conversation.meta.exported || this.#growing.any);
  }

  async send(actor: Actor, draft: Draft): Promise<Result<Taken, WireError>> {
    const refused = this.conversation.refuse(draft) ?? this.#refuseInTwo(draft) ?? this.#refuseMentions(draft);
    if (refused !== undefined) return err(refused);
    const begun = await this.#begin(actor);
    if (!begun.ok) return begun;
    if (this.conversation.refusesFrom(actor)) return err(BLOCKED);
    for (const { user, gone } of this.conversation.members) if (gone) this.#telling.asked(user);
    const taken = this.conversation.send(actor.user, draft);
    if (taken.ok) this.#changed();
    return taken;
  }

  /** Messages from elsewhere, by a server: those that are there already are not brought in again. */
  async bringIn(server: Actor, messages: readonly (Draft & { readonly from: UserId; readonly sentAt: number })[]): Promise<Result<Taken[], WireError>> {
    const { users, now } = this.#ports;
    for (const [index, { from, sentAt, ...draft }] of messages.entries()) {
      const field = `messages.${index}`;
      if (!users.includes(from)) return err(wireError("bad_request", { field, message: "its sender is not in the conversation" }));
      if (sentAt > now()) return err(wireError("bad_request", { field, message: "it is sent in the future" }));
      const refused = this.conversation.refuse(draft);
      if (refused !== undefined) return err({ ...refused, field });
    }
    const taken: Taken[] = [];
    for (const { from, ...draft } of messages) {
      const one = await this.send({ user: from, server: server.server }, { ...draft, again: true });
      if (!one.ok) return one;
      taken.push(one.value);
    }
    return ok(taken);
  }

  /** More of a message's text. */
  async append(actor: Actor, seq: number, append: Append): Promise<Appended> {
    if (!this.conversation.open) return err(wireError("not_found", { field: "conversation" }));
    return this.conversation.refusesFrom(actor) ? err(BLOCKED) : this.#growing.append(actor, seq, append);
  }

  /** A message that is told to whoever is there, and kept nowhere. */
  passMessage(actor: Actor, item: Extract<Passing, { kind: "message" }>, receivers?: readonly UserId[]): Result<{ readonly ts: number }, WireError> {
    const refused = this.conversation.refuse(item) ?? this.#refuseInTwo({ receivers }) ?? (this.conversation.refusesFrom(actor) ? BLOCKED : undefined);
    if (refused !== undefined) return err(refused);
    this.pass(item, receivers);
    return ok({ ts: item.ts });
  }

  /** Told to the others as far as they are there. */
  pass(item: Extract<Passing, { kind: "typing" | "message" }>, receivers?: readonly UserId[]): void {
    if (!this.conversation.open || this.conversation.refusesFrom({ user: item.from, server: false })) return;
    const others = this.conversation.members.flatMap(({ user }) => (user === item.from ? [] : [user]));
    this.#telling.passing(item, receivers === undefined ? others : others.filter((user) => receivers.includes(user)));
  }

  /** A group's conversation begins with the group. */
  begin(): Promise<Result<undefined, WireError>> {
    return this.#begin({ user: "", server: true });
  }

  /** They are members from now on: their objects hear of it, and put the conversation on their lists. */
  enter(users: readonly UserId[]): void {
    for (const user of users) {
      this.#telling.asked(user);
      this.conversation.enter(user);
    }
    if (users.length > 0) this.#changed();
  }

  /** They are members no more, and hear nothing more. */
  part(users: readonly UserId[]): void {
    for (const user of users) {
      this.conversation.part(user);
      this.#telling.forget(user);
      this.#delivered.delete(user);
    }
  }

  /** One that took nothing does so again: what was said meanwhile is read. */
  hearAgain(user: UserId): void {
    this.#telling.asked(user);
    this.conversation.read(user, this.conversation.head);
    this.#changed();
  }

  /** Told to members as far as they are there. */
  tellEvent(item: Extract<Passing, { kind: "group" | "confirmed" }>, users: readonly UserId[]): void {
    this.#telling.passing(item, users);
  }

  /** The user has blocked the other, or does so no longer. */
  refuse(user: UserId, refuses: boolean): void {
    if (this.conversation.open) this.conversation.setRefuses(user, refuses);
    // One that is just beginning may have asked before.
    else if (this.#beginning !== undefined) this.#refusedMeanwhile.set(user, refuses);
  }

  /** The user is deleted. */
  forget(user: UserId): void {
    if (!this.conversation.open) return;
    this.#delivered.delete(user);
    this.conversation.forget(user);
  }

  /** Something that others see, by one whom they may have blocked. */
  changeForOthers(actor: Actor, what: Parameters<ConversationAuthority["change"]>[0]): ReturnType<ConversationAuthority["change"]> {
    return this.conversation.refusesFrom(actor) ? err(BLOCKED) : this.change(what);
  }

  /** Anything that changes something that is there. */
  change(what: (conversation: Conversation) => Result<{ readonly version?: number }, WireError>): Result<{ readonly version?: number }, WireError> {
    if (!this.conversation.open) return err(wireError("not_found", { field: "conversation" }));
    const changed = what(this.conversation);
    if (changed.ok && changed.value.version !== undefined) this.#changed();
    return changed;
  }

  /** All up to a moment, for this user alone. */
  async clearUntil(user: UserId, ts: number): Promise<Result<{ readonly version?: number }, WireError>> {
    if (!this.conversation.open) return ok({});
    const { number, floor } = this.conversation.meta;
    const near = this.#ports.store.newestUntil(ts);
    const upTo = near > 0 || floor === 0 ? near : await this.#ports.archivedUntil(number, ts, floor);
    return this.change((conversation) => conversation.clear(user, upTo));
  }

  /** A call of a member's own object, which tells its devices, if any are `there`, what is new. */
  async answer<Reply>(user: UserId, { there, ...report }: Asking, call: () => Promise<Reply>): Promise<{ readonly reply: Reply; readonly news?: News }> {
    const line = this.#telling.answering(user);
    this.report(user, report);
    let news: News | undefined;
    let reply: Reply;
    try {
      reply = await call();
    } finally {
      news = this.#telling.answered(user, line, there);
      // Whoever asks, and is no member, leaves nothing here.
      if (this.conversation.member(user) === undefined) this.#telling.forget(user);
    }
    return { reply, ...(news !== undefined && { news }) };
  }

  /** For a device that has all up to `since`, or nothing. From here on its user is told what is new. */
  sync(user: UserId, since: number | undefined): Result<Synced, WireError> {
    const member = this.conversation.member(user);
    if (member === undefined) return err(wireError("not_found", { field: "conversation" }));
    this.#telling.asked(user);
    this.conversation.setHot(user, true);
    const { head, meta } = this.conversation;
    const outOfReach = since === undefined || since > head || since < meta.changesFloor || since < meta.floor || head - since > CHAT_LIMITS.chatSyncReach;
    const reading = this.#reading(member);
    if (outOfReach) {
      const { complete, ...tail } = reading.tail(head);
      return ok({ ...this.#said(member, tail), restart: true, ...(complete && meta.floor === 0 && { complete }) });
    }
    const batch = reading.since(since, head);
    return ok({ ...this.#said(member, batch), ...(batch.upTo < head && { more: true }) });
  }

  /** From a member's object: all of its devices have, or have to ask for, what came up to `settled`; one has it up to `delivered`. */
  report(user: UserId, { delivered, settled }: { readonly delivered: number; readonly settled: number }): void {
    const member = this.conversation.member(user);
    if (member === undefined) return;
    this.#telling.settled(user, settled);
    const upTo = this.conversation.deliveredBy(delivered);
    const before = Math.max(member.delivered, this.#delivered.get(user) ?? 0);
    if (upTo <= before) return;
    this.#delivered.set(user, upTo);
    // That one's own messages are there is no news to anybody; and in a group nobody is told of everybody's.
    if (this.#ports.group === undefined && this.#ports.store.after(before, CHAT_LIMITS.chatPage).some(({ from, seq }) => from !== user && seq <= upTo))
      this.#telling.marked(user);
    this.#ports.wakeBy(this.#ports.now() + this.#ports.exportMs);
  }

  /** From here, and below that from the database. */
  async history(user: UserId, query: HistoryQuery): Promise<HistoryPage> {
    const member = this.conversation.member(user);
    if (member === undefined) return { records: [] };
    const { number, floor } = this.conversation.meta;
    const reading = this.#reading(member);
    const below = query.after === undefined ? (query.before ?? Number.MAX_SAFE_INTEGER) : query.after;
    const isBelow = query.after === undefined ? below <= floor + 1 : below < floor;
    const page: HistoryPage = isBelow ? { records: [] } : reading.history(query);
    if (floor <= Math.max(0, member.cleared) || (query.after !== undefined && !isBelow)) return page;
    // Where this page ends here, the next one goes on there; what is pinned is in both.
    if (!isBelow) return { records: page.records.filter(({ seq }) => seq > floor), next: Math.max(page.next ?? 0, floor + 1) };
    const rows = await this.#ports.archived(number, below, floor, query.after !== undefined, ARCHIVED_AT_ONCE);
    const archived = reading.archive(query, rows, rows.length === ARCHIVED_AT_ONCE);
    // Upwards it goes on here.
    return query.after !== undefined && archived.next === undefined ? { ...archived, next: floor } : archived;
  }

  /** Of these messages those that the user sees, as they are now. */
  async records(user: UserId, seqs: readonly number[]): Promise<MessageRecord[]> {
    const member = this.conversation.member(user);
    if (member === undefined) return [];
    const { store } = this.#ports;
    const { number, floor } = this.conversation.meta;
    const far = seqs.filter((seq) => seq <= floor && store.message(seq) === undefined);
    const archived = far.length === 0 ? [] : await this.#ports.archivedAt(number, far);
    // Read when all is there: what was done meanwhile counts.
    const reading = this.#reading(member);
    const near = seqs.flatMap((seq) => store.message(seq) ?? []);
    const records = [...near.map((message) => reading.record(message)), ...archived.map((one) => reading.archived(one))];
    return records.flatMap((record) => record ?? []);
  }

  pins(user: UserId): MessageRecord[] {
    const member = this.conversation.member(user);
    if (member === undefined) return [];
    const { store } = this.#ports;
    const reading = this.#reading(member);
    const newest = [...store.pins()].sort(([, a], [, b]) => b.at - a.at);
    return newest.flatMap(([seq]) => {
      const message = store.message(seq);
      return (message === undefined ? undefined : reading.record(message)) ?? [];
    });
  }

  /** Who gave this reaction, by time, beyond the first `skip`. */
  reactors(
    actor: Actor,
    seq: number,
    reaction: string,
    skip: number,
    limit: number,
  ): Result<{ users: Omit<Reaction, "reaction">[]; more: boolean }, WireError> {
    const found = this.conversation.open ? this.conversation.reach(actor, seq) : err(wireError("not_found", { field: "seq" }));
    if (!found.ok) return found;
    const all = this.#ports.store.reactions(seq).filter((one) => one.reaction === reaction);
    return ok({ users: all.slice(skip, skip + limit).map(({ user, at }) => ({ user, at })), more: all.length > skip + limit });
  }

  /** How many have a message, and have read it, its sender apart; and who of the members by name beyond `after`. */
  receiptsOf(actor: Actor, seq: number, after: UserId, limit: number): Result<ReceiptsPage, WireError> {
    const found = this.conversation.open ? this.conversation.reach(actor, seq) : err(wireError("not_found", { field: "seq" }));
    return found.ok ? ok(receiptsPage(this.#meant(found.value), seq, after, limit)) : found;
  }

  /** The same numbers of several messages; of those that the actor does not see, none. */
  receiptCounts(actor: Actor, seqs: readonly number[]): Result<{ readonly counts: readonly (ReceiptCounts & { readonly seq: number })[] }, WireError> {
    if (!this.conversation.open) return ok({ counts: [] });
    const { group } = this.#ports;
    const all = this.#receipts();
    const counts = [...new Set(seqs)].flatMap((seq) => {
      const found = this.conversation.reach(actor, seq);
      if (!found.ok || (!actor.server && group?.sees(actor.user, seq) === false)) return [];
      return [{ seq, ...receiptCounts(this.#meant(found.value, all), seq) }];
    });
    return ok({ counts });
  }

  /** The alarm's turn, but for the export: marks are written, and who may lack something hears. */
  due(): void {
    if (!this.conversation.open) return;
    this.#growing.due();
    this.conversation.keepDelivered(this.#delivered);
    this.#delivered.clear();
    if (this.#telling.probe()) this.#ports.wakeBy(this.#ports.now() + this.#ports.exportMs);
  }

  #changed(): void {
    this.#telling.changed();
    this.#ports.wakeBy(this.#ports.now() + this.#ports.exportMs);
  }

  /** All that come before it has a number wait for the same one, in their order. */
  async #begin(actor: Actor): Promise<Result<undefined, WireError>> {
    if (this.conversation.open) return ok(undefined);
    this.#beginning ??= this.#beginNow(actor).finally(() => {
      this.#beginning = undefined;
    });
    const begun = await this.#beginning;
    return begun;
  }

  async #beginNow(actor: Actor): Promise<Result<undefined, WireError>> {
    const { users } = this.#ports;
    this.#refusedMeanwhile.clear();
    const asked = await Promise.all(
      users.map(async (user) => ({ user, refuses: await this.#ports.refuses(user, users.find((other) => other !== user) ?? user) })),
    );
    const failed = asked.find(({ refuses }) => !refuses.ok);
    if (failed !== undefined && !failed.refuses.ok) return failed.refuses;
    const refusing = (): Set<UserId> =>
      new Set(asked.flatMap(({ user, refuses }) => ((this.#refusedMeanwhile.get(user) ?? (refuses.ok && refuses.value)) ? [user] : [])));
    // Who is blocked makes no conversation, and costs no number.
    if (!actor.server && [...refusing()].some((user) => user !== actor.user)) return err(BLOCKED);
    const number = await this.#ports.number();
    if (!number.ok) return number;
    this.conversation.begin(number.value, users, refusing());
    return ok(undefined);
  }

  /** What there is in groups alone. */
  #refuseInTwo({ receivers, confirm }: Pick<Draft, "receivers" | "confirm">): WireError | undefined {
    if (this.#ports.group !== undefined) return undefined;
    if (receivers !== undefined) return wireError("bad_request", { field: "receivers", message: "receivers are named in groups" });
    return confirm ? wireError("bad_request", { field: "confirm", message: "confirmations are asked for in groups" }) : undefined;
  }

  #refuseMentions({ mentions }: Pick<Draft, "mentions">): WireError | undefined {
    if (mentions === undefined || mentions === "all" || mentions.every((user) => this.#isIn(user))) return undefined;
    return wireError("bad_request", { field: "mentions", message: "only who is in the conversation is mentioned" });
  }

  /** Of two it may not have begun. */
  #isIn(user: UserId): boolean {
    return this.#ports.users.includes(user) || this.conversation.member(user) !== undefined;
  }

  #reading(member: Member, store: ReadableStore = this.#ports.store): Reading {
    const { group } = this.#ports;
    return new Reading(store, member, group === undefined ? undefined : (seq) => group.sees(member.user, seq));
  }

  #hears(user: UserId): boolean {
    return this.#ports.group?.hears(user) !== false;
  }

  #news(user: UserId, after: number): News {
    const member = must(this.conversation.member(user), "a member");
    return this.#said(member, this.#reading(member, this.#shared).since(after, this.conversation.head));
  }

  #said(member: Member, { after, upTo, records }: Batch): News {
    const { number } = this.conversation.meta;
    const { group } = this.#ports;
    const { user, cleared } = member;
    const { count: unread, mentioned } = this.#hears(user) ? this.conversation.unread(user) : { count: 0 };
    return {
      conversation: this.#ports.ref(user),
      number,
      after,
      upTo,
      records,
      receipts: group === undefined ? this.#receipts() : [this.#receiptOf(member)],
      cleared,
      unread,
      ...(mentioned !== undefined && { mentioned }),
      ...(group !== undefined && { entered: group.entered(user) }),
    };
  }

  /** Of those whom a message was for, its sender apart. Who came later has read all there was, and was not meant. */
  #meant({ seq, from, receivers }: StoredMessage, all: readonly Receipt[] = this.#receipts()): Receipt[] {
    const { group } = this.#ports;
    return all.filter(({ user }) => user !== from && (group === undefined || group.sees(user, seq)) && (receivers === undefined || receivers.includes(user)));
  }

  #receipts(): Receipt[] {
    return this.conversation.receipts().map((receipt) => this.#receiptOf(receipt));
  }

  #receiptOf({ user, delivered, read }: Receipt): Receipt {
    return { user, delivered: Math.max(delivered, this.#delivered.get(user) ?? 0), read };
  }
}
