import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { type Content, type Ext, fitsMessage, type Mentions, type Receipt } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { assert, must } from "../../util/assert.ts";
import { fnv1a } from "../../util/fnv1a.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { isFor, recalledMessage, type StoredMessage } from "./message.ts";
import { type Actor, type ChatRules, type Edit, reachable, refuseEdit, refuseReaction, refuseRecall } from "./rules.ts";
import type { ConversationMeta, ConversationStore, Member, Unread } from "./store.ts";
import { UnreadCounts } from "./unread.ts";

export interface Draft {
  readonly key: string;
  readonly content: Content;
  readonly ext?: Ext | undefined;
  readonly silent?: boolean | undefined;
  readonly receivers?: readonly UserId[] | undefined;
  readonly mentions?: Mentions | undefined;
  /** In a group: those who read it are asked to say so. */
  readonly confirm?: boolean | undefined;
  /** It was sent elsewhere, then. */
  readonly sentAt?: number | undefined;
  /** It counts as read. */
  readonly read?: boolean | undefined;
  /** More of its text will come. */
  readonly growing?: boolean | undefined;
  /** It was sent before, and nobody said what became of it: older messages are looked through, too. */
  readonly again?: boolean | undefined;
}

export interface Taken {
  readonly seq: number;
  readonly ts: number;
  readonly duplicate?: true;
}

type Outcome<Value> = Result<Value, WireError>;
/** `version`: of the change; undefined where there was nothing to change. */
type Changed = Outcome<{ readonly version?: number }>;

/** Delivered marks of so many stand in one row, of more in so many rows by their users' names. */
const MARKS_IN_A_ROW = 64;
const MARK_CHUNKS = 16;

/**
 * One conversation: gives the order, keeps each message once, and decides what may be done to it. A message is a state with a
 * version, and an edit, a recall, a reaction or a pin is its next version, so there is one outcome whatever raced with what.
 * Versions are of the same count as seqs: who has all up to n has all that was done up to n.
 */
export class Conversation {
  readonly #store: ConversationStore;
  readonly #now: () => number;
  /** Of the app, as the last caller brought them. */
  rules: ChatRules = DEFAULT_RULES;
  #meta: ConversationMeta | undefined;
  readonly #members: Map<UserId, Member>;
  #head: number;
  /** The newest message: nothing beyond it is delivered or read. */
  #newest: number;
  readonly #unread: UnreadCounts;
  /** Seqs of the newest messages by sender and key. */
  #keys: Map<string, number> | undefined;

  constructor(store: ConversationStore, now: () => number) {
    this.#store = store;
    this.#now = now;
    this.#meta = store.meta();
    this.#members = new Map(this.#meta === undefined ? [] : store.members().map((member) => [member.user, member]));
    this.#head = this.#meta === undefined ? 0 : Math.max(this.#meta.head, store.highest());
    this.#newest = this.#meta === undefined ? 0 : (store.before(Number.MAX_SAFE_INTEGER, 1)[0]?.seq ?? 0);
    this.#unread = new UnreadCounts(store, this.#newest);
  }

  get open(): boolean {
    return this.#meta !== undefined;
  }

  get meta(): ConversationMeta {
    return must(this.#meta, "a conversation that was opened");
  }

  /** The newest number that was given. */
  get head(): number {
    return this.#head;
  }

  get members(): readonly Member[] {
    return [...this.#members.values()];
  }

  /** Its first message makes a conversation. */
  begin(number: number, users: readonly UserId[], refusing: ReadonlySet<UserId> = new Set()): void {
    assert(this.#meta === undefined, "a conversation begins once");
    this.saveMeta({ number, head: 0, floor: 0, changesFloor: 0, exported: 0 });
    for (const user of users) this.#save({ user, version: 0, hot: true, delivered: 0, read: 0, cleared: 0, refuses: refusing.has(user) });
  }

  /** A member from now on, to whom all that there was is read. */
  enter(user: UserId): void {
    if (this.#members.has(user)) return;
    const version = this.#next();
    this.#save({ user, version, hot: true, delivered: this.#newest, read: this.#newest, cleared: 0, refuses: false });
  }

  /** Its row is gone, and may have had the highest number: what is given next is higher all the same. */
  part(user: UserId): void {
    if (!this.#members.delete(user)) return;
    this.#unread.forget(user);
    this.#store.dropMember(user);
    this.saveMeta({ ...this.meta, head: this.#head });
  }

  member(user: UserId): Member | undefined {
    return this.#members.get(user);
  }

  saveMeta(meta: ConversationMeta): void {
    this.#meta = meta;
    this.#store.setMeta(meta);
  }

  /** What is wrong with a draft, before anything is made for it. */
  refuse(draft: Pick<Draft, "content" | "ext">): WireError | undefined {
    const { messageBytes } = this.rules;
    return fitsMessage(draft, messageBytes) ? undefined : wireError("too_large", { field: "content", limit: messageBytes });
  }

  send(from: UserId, draft: Draft): Outcome<Taken> {
    const refused = this.refuse(draft);
    if (refused !== undefined) return err(refused);
    const known = this.#sent(from, draft);
    if (known !== undefined) return ok({ seq: known.seq, ts: known.ts, duplicate: true });
    const { key, content, ext, silent, receivers, mentions, confirm, growing, read, sentAt } = draft;
    const refusedGrowth = growing ? this.#refuseGrowth(content) : undefined;
    if (refusedGrowth !== undefined) return err(refusedGrowth);
    for (const member of this.#members.values()) if (member.gone) this.#save({ ...member, gone: false, hot: true });
    const seq = this.#next();
    this.#newest = seq;
    const ts = sentAt ?? this.#now();
    const message: StoredMessage = {
      seq,
      version: seq,
      contentVersion: seq,
      from,
      ts,
      key,
      type: content.type,
      content,
      ext,
      ...(silent && { silent }),
      ...(read && { quiet: read }),
      ...(receivers !== undefined && { receivers: [...new Set(receivers)] }),
      ...(mentions !== undefined && { mentions: mentions === "all" ? mentions : [...new Set(mentions)] }),
      ...(confirm && { confirm }),
      ...(growing && { growing, grown: seq }),
    };
    this.#store.put(message);
    this.#unread.said(message);
    if (growing) this.#store.setGrowing(seq, true);
    this.#remember(from, key, seq);
    return ok({ seq, ts });
  }

  edit(actor: Actor, seq: number, edit: Edit): Changed {
    const found = this.reach(actor, seq);
    if (!found.ok) return found;
    const refused = refuseEdit(found.value, actor, edit, this.rules, this.#now());
    if (refused !== undefined) return err(refused);
    const times = (found.value.edited?.times ?? 0) + 1;
    const { content = found.value.content, ext = found.value.ext } = edit;
    const version = this.#next();
    this.#change({ ...found.value, version, contentVersion: version, content, ext, edited: { by: actor.user, at: this.#now(), times } });
    return ok({ version });
  }

  /** One row, and with `whole` that of the message as well. */
  grow(seq: number, text: string, whole: boolean): Outcome<{ readonly length: number }> {
    const message = this.#store.message(seq);
    if (message?.content?.type !== "text" || !message.growing) return err(wireError("gone", { field: "seq" }));
    const at = message.content.text.length;
    if (text === "") return ok({ length: at });
    const version = this.#next();
    this.#store.addPiece({ version, seq, at, text, ts: this.#now() });
    if (whole) this.#store.put({ ...message, version, grown: version, content: { type: "text", text: `${message.content.text}${text}` } });
    return ok({ length: at + text.length });
  }

  /** Nothing more comes. `cut`: there should have been more. */
  endGrowth(seq: number, cut: boolean): void {
    const message = this.#store.message(seq);
    this.#store.setGrowing(seq, false);
    if (message?.growing === undefined) return;
    const version = this.#next();
    this.#change({ ...message, version, grown: version, growing: undefined, ...(cut && { cut }) });
  }

  /** For everybody, and for good. */
  recall(actor: Actor, seq: number): Changed {
    const found = this.reach(actor, seq);
    if (!found.ok) return found.error.code === "gone" ? ok({}) : found;
    const refused = refuseRecall(found.value, actor, this.rules, this.#now());
    if (refused !== undefined) return err(refused);
    const version = this.#next();
    this.#change(recalledMessage(found.value, version, { by: actor.user, at: this.#now() }));
    if (found.value.growing) this.#store.setGrowing(seq, false);
    if (found.value.grown !== undefined) this.#store.dropPieces(seq);
    this.#store.dropReactions(seq);
    if (this.#store.pins().has(seq)) this.#store.pin(seq, undefined);
    this.recount();
    return ok({ version });
  }

  react(actor: Actor, seq: number, reaction: string, on: boolean): Changed {
    const found = this.reach(actor, seq);
    if (!found.ok) return found;
    const present = this.#store.reactions(seq);
    if (present.some((one) => one.reaction === reaction && one.user === actor.user) === on) return ok({});
    const refused = on ? refuseReaction(found.value, new Set(present.map((one) => one.reaction)), reaction) : undefined;
    if (refused !== undefined) return err(refused);
    if (on) this.#store.addReaction(seq, { reaction, user: actor.user, at: this.#now() });
    else this.#store.dropReaction(seq, reaction, actor.user);
    return this.#changeFace(found.value);
  }

  /** By anybody in it. Pinned again: by whom and when are the newest. */
  pin(actor: Actor, seq: number, on: boolean): Changed {
    const found = this.reach(actor, seq);
    if (!found.ok) return found;
    const pins = this.#store.pins();
    if (!on && !pins.has(seq)) return ok({});
    if (found.value.type === "command") return err(wireError("forbidden", { field: "seq", message: "nobody sees a command" }));
    if (on && !pins.has(seq) && pins.size >= CHAT_LIMITS.chatPins) return err(wireError("limit_exceeded", { field: "seq", limit: CHAT_LIMITS.chatPins }));
    this.#store.pin(seq, on ? { by: actor.user, at: this.#now() } : undefined);
    return this.#changeFace(found.value);
  }

  /** For this user alone. What is not there needs no removal. */
  remove(user: UserId, seqs: readonly number[]): Changed {
    const { cleared } = this.#known(user);
    const gone = this.#store.removed(user);
    let version: number | undefined;
    for (const seq of new Set(seqs)) {
      const message = this.#store.message(seq);
      if (message === undefined || seq <= cleared || gone.has(seq) || !isFor(message, user)) continue;
      version = this.#next();
      this.#store.remove(user, seq, version);
      this.#store.addChange({ version, seq, user });
    }
    if (version !== undefined) this.recount();
    return ok(version === undefined ? {} : { version });
  }

  /** Messages that were counted as unread are not any more. */
  recount(): void {
    this.#unread.recount(this.#newest);
  }

  /** All messages up to `seq`, for this user alone. */
  clear(user: UserId, seq: number): Changed {
    const member = this.#known(user);
    const upTo = Math.min(seq, this.#head);
    if (upTo <= member.cleared) return ok({});
    const version = this.#next();
    this.#save({ ...member, version, cleared: upTo, read: Math.max(member.read, upTo) });
    return ok({ version });
  }

  /** How far the user has read; it never goes back. */
  read(user: UserId, seq: number): Changed {
    const member = this.#known(user);
    const upTo = Math.min(seq, this.#newest);
    if (upTo <= member.read) return ok({});
    const version = this.#next();
    this.#save({ ...member, version, read: upTo, delivered: Math.max(member.delivered, upTo) });
    return ok({ version });
  }

  /** The user has blocked the other, or does so no longer. */
  setRefuses(user: UserId, refuses: boolean): void {
    const member = this.#members.get(user);
    if (member !== undefined && member.refuses !== refuses) this.#save({ ...member, refuses });
  }

  /** Whether another member takes nothing from this actor. Servers speak for the app, which nobody blocks. */
  refusesFrom({ user, server }: Actor): boolean {
    return !server && this.members.some((member) => member.user !== user && member.refuses);
  }

  setHot(user: UserId, hot: boolean): void {
    const member = this.#members.get(user);
    if (member !== undefined && (member.hot !== hot || member.gone)) this.#save({ ...member, hot, gone: false });
  }

  /** The user is deleted. Others are told nothing of it. */
  forget(user: UserId): void {
    const member = this.#members.get(user);
    if (member !== undefined) this.#save({ ...member, hot: false, gone: true, refuses: false, cleared: this.#head });
  }

  /** Messages that count and this user has not read, and the newest of them that mentions it. */
  unread(user: UserId): Unread {
    const { read, cleared } = this.#known(user);
    return this.#unread.of(user, Math.max(read, cleared));
  }

  /** How far a member's devices have the messages, if they have all up to `seq`. */
  deliveredBy(seq: number): number {
    return Math.min(seq, this.#newest);
  }

  /** Delivered marks are no change that has a number: they are told as they come, and written with the next turn of the alarm. */
  keepDelivered(marks: ReadonlyMap<UserId, number>): void {
    const chunks = new Set<number>();
    for (const [user, upTo] of marks) {
      const member = this.#known(user);
      if (upTo <= member.delivered) continue;
      this.#members.set(user, { ...member, delivered: upTo });
      chunks.add(this.#chunkOf(user));
    }
    for (const chunk of chunks) {
      const those = this.members.filter(({ user }) => this.#chunkOf(user) === chunk);
      this.#store.putDelivered(chunk, Object.fromEntries(those.map(({ user, delivered }) => [user, delivered])));
    }
  }

  /** Where a member's delivered mark stands: in one row with all others, or where they are many with those of its chunk. */
  #chunkOf(user: UserId): number {
    return this.#members.size <= MARKS_IN_A_ROW ? 0 : fnv1a(user) % MARK_CHUNKS;
  }

  receipts(): Receipt[] {
    return this.members.map(({ user, delivered, read }) => ({ user, delivered, read }));
  }

  authorOf(seq: number): UserId | undefined {
    return this.#store.message(seq)?.from;
  }

  /** A message that may be acted on. */
  reach(actor: Actor, seq: number): Outcome<StoredMessage> {
    return reachable(this.#store.message(seq), actor, this.#members.get(actor.user)?.cleared ?? 0);
  }

  #sent(from: UserId, { key, again }: Draft): StoredMessage | undefined {
    if (this.#keys === undefined) {
      this.#keys = new Map();
      const newest = this.#store.keysAfter(this.#head - CHAT_LIMITS.chatKeysKnown);
      for (const one of newest) this.#keys.set(nameOf(one.from, one.key), one.seq);
    }
    const seq = this.#keys.get(nameOf(from, key));
    if (seq !== undefined) return this.#store.message(seq);
    return again === true ? this.#store.byKey(from, key) : undefined;
  }

  #remember(from: UserId, key: string, seq: number): void {
    const keys = must(this.#keys, "they were looked at");
    keys.set(nameOf(from, key), seq);
    if (keys.size <= 2 * CHAT_LIMITS.chatKeysKnown) return;
    for (const oldest of keys.keys()) {
      if (keys.size <= CHAT_LIMITS.chatKeysKnown) return;
      keys.delete(oldest);
    }
  }

  #refuseGrowth({ type }: Content): WireError | undefined {
    if (type !== "text") return wireError("bad_request", { field: "growing", message: "texts grow" });
    if (this.#store.growing().length < CHAT_LIMITS.chatGrowing) return undefined;
    return wireError("limit_exceeded", { field: "growing", limit: CHAT_LIMITS.chatGrowing });
  }

  #changeFace(message: StoredMessage): Changed {
    const version = this.#next();
    this.#change({ ...message, version });
    return ok({ version });
  }

  #change(message: StoredMessage): void {
    this.#store.put(message);
    this.#store.addChange({ version: message.version, seq: message.seq });
  }

  #next(): number {
    this.#head += 1;
    return this.#head;
  }

  #known(user: UserId): Member {
    return must(this.#members.get(user), "a member");
  }

  #save(member: Member): void {
    this.#members.set(member.user, member);
    this.#store.putMember(member);
  }
}

const DEFAULT_RULES: ChatRules = {
  recallMs: CHAT_LIMITS.chatRecallMs,
  editMs: CHAT_LIMITS.chatEditMsMax,
  messageBytes: CHAT_LIMITS.chatMessageBytes,
};

/** No name holds a control character. */
const nameOf = (from: UserId, key: string): string => `${key}\n${from}`;
