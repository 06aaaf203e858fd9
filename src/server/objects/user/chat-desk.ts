import { changeEntry, type EntryChange } from "../../../domain/conversation/entries.ts";
import { isForContacts, NO_CONTACT, refuseConversation } from "../../../domain/conversation/rules.ts";
import type { Heard } from "../../../domain/conversation/telling.ts";
import { type Report, UserChats } from "../../../domain/conversation/user-chats.ts";
import type { GroupWord } from "../../../domain/membership/authority.ts";
import { CHAT_LIMITS, CHAT_TIMINGS } from "../../../protocol/chat-limits.ts";
import { type ConversationRef, conversationName, parseRefKey, refKey } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { ConversationEntry, News } from "../../../protocol/messages/conversation.ts";
import type { DeviceId, UserId } from "../../../protocol/names.ts";
import type { InputOf, OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { BroughtSettings } from "../../../protocol/settings.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { ok, type Result } from "../../../util/result.ts";
import { MessageHook } from "../../message-hook.ts";
import { settingsOf } from "../../settings.ts";
import { timeScale } from "../../time-scale.ts";
import type { Call, CallReply } from "../../trust.ts";
import { within } from "../../within.ts";
import type { ConversationCalls } from "../conversation-object.ts";
import type { GroupLeafCalls } from "../group-leaf-object.ts";
import { conversationObject, groupLeafObject } from "../locate.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import { ChatEntryTable, ChatMarkTable } from "./chat-tables.ts";
import { GroupWords, type Invitation } from "./group-words.ts";
import type { Home } from "./home.ts";

/** Stubs that are kept for their order: of what goes over one, nothing overtakes. */
const STUBS = 64;

/** Whom an app lets write to whom is not guessed: not for contacts, who may in any case. */
const SETTINGS_UNKNOWN = wireError("unavailable", { field: "settings", message: "whether this app's users chat with their contacts only cannot be read now" });

/** A user's conversations: takes what its devices ask for to the conversations, and what is new there to its devices. */
export class ChatDesk {
  readonly #home: Home;
  readonly #entries: ChatEntryTable;
  readonly #chats: UserChats;
  readonly #scale: number;
  readonly #isContact: (user: UserId) => boolean;
  readonly #stubs = new Map<string, ConversationCalls>();
  readonly #hook: MessageHook;
  readonly #words: GroupWords;
  /** By which leaf news of a group came last. */
  readonly #leaves = new Map<UserId, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(home: Home, isContact: (user: UserId) => boolean) {
    this.#home = home;
    this.#isContact = isContact;
    this.#hook = new MessageHook({ env: home.env, app: home.app, now: () => home.now() }, CHAT_LIMITS.hookWaiting);
    this.#scale = timeScale(home.env);
    this.#entries = new ChatEntryTable(home.tables);
    this.#words = new GroupWords(home.tables, home.user);
    this.#chats = new UserChats({
      user: home.user,
      marks: new ChatMarkTable(home.tables),
      entries: this.#entries,
      ackMs: CHAT_TIMINGS.chatAckMs * this.#scale,
      now: () => home.now(),
      connected: () => home.sessions.connected(),
      listed: (entry) => this.#listed(entry),
      push: (devices, news) => this.#notify(devices, { name: "conversation.news", ...news }),
      report: (ref, report) => this.#report(ref, report),
      background: (work) => home.ctx.waitUntil(work),
      arm: (at) => this.#arm(at),
    });
  }

  /** From a conversation, or from a leaf of a group, which then hears what devices have. */
  news(news: News, leaf: number | undefined): Heard {
    const { type, id } = news.conversation;
    if (type === "group") this.#leafOf(id, leaf);
    // Whoever is told what is said in a group is its member.
    if (type === "group") this.#words.answered(id);
    return this.#chats.hear(news);
  }

  /** An operation of this user on a conversation. */
  async ask(ref: ConversationRef, call: Call): Promise<CallReply> {
    if (call.caller.kind === "user" && call.caller.user !== this.#home.user) return { error: wireError("forbidden", { field: "user" }) };
    const forContacts = isForContacts(ref, call) && !this.#isContact(ref.id);
    const settings = call.settings.unknown ? await this.#settings(forContacts) : call.settings;
    if (forContacts && settings.unknown) return { error: SETTINGS_UNKNOWN };
    if (forContacts && settings.onlyContacts) return { error: NO_CONTACT };
    const checked = this.#hook.pass({ from: this.#home.user, conversation: ref }, refKey(ref), { ...call, settings }, settings);
    const passed = checked instanceof Promise ? await checked : checked;
    if (!passed.ok) return { error: passed.error };
    const { reply } = await this.#chats.asks(ref, async (asking) => {
      const answer = await this.#repeatedly(ref, (stub) => stub.ask(passed.value.call, asking));
      return answer.ok ? answer.value : { reply: { error: answer.error } };
    });
    if (endsInvitation(call, reply)) this.#words.answered(ref.id);
    const tellReplaced = passed.value.replaced && call.op === "message.send" && "ok" in reply;
    return tellReplaced ? { ok: { ...reply.ok, replaced: true } } : reply;
  }

  /** `device`: of this user, on its session. */
  list({ since = 0 }: InputOf<"conversation.list">, device: DeviceId | undefined): OutputOf<"conversation.list"> {
    const behind = device === undefined ? [] : [...this.#chats.list(device)].map(parseRefKey);
    const newer = this.#entries
      .all()
      .filter(({ revision }) => revision > since)
      .sort((a, b) => a.revision - b.revision);
    const entries = newer.slice(0, CHAT_LIMITS.chatConversationsPage);
    return { entries, revision: entries.at(-1)?.revision ?? since, more: newer.length > entries.length, behind };
  }

  configure(ref: ConversationRef, change: EntryChange): Result<{ entry: ConversationEntry }, WireError> {
    const before = this.#entries.revision();
    const changed = changeEntry(this.#entries, refKey(ref), change, this.#home.now());
    if (!changed.ok) return changed;
    if (changed.value.revision > before) this.#listed(changed.value);
    return ok({ entry: changed.value });
  }

  /** A page of all conversations; the next one goes on behind its last. */
  async clearAll(call: Call, { list = false, next = "" }: InputOf<"conversation.clear-all">): Promise<OutputOf<"conversation.clear-all">> {
    const { user } = this.#home;
    const all = this.#entries.all().flatMap(({ conversation, left }) => (left === undefined ? [refKey(conversation)] : []));
    const beyond = all.filter((key) => key > next).sort((a, b) => (a < b ? -1 : 1));
    const keys = beyond.slice(0, CHAT_LIMITS.chatConversationsPage);
    const failed: ConversationRef[] = [];
    await eachBounded(keys, LIMITS.callsAtOnce, async (key) => {
      const conversation = parseRefKey(key);
      const reply = await this.ask(conversation, { ...call, op: "conversation.clear", input: { conversation, user, seq: Number.MAX_SAFE_INTEGER } });
      if ("error" in reply) failed.push(conversation);
      else if (list) this.configure(conversation, { removed: true });
    });
    return { cleared: keys.length - failed.length, failed, ...(beyond.length > keys.length && { next: keys.at(-1) }) };
  }

  /** The user is deleted: some of its conversations are told, and go off the list. False: there were none. */
  async forgetSome(limit: number): Promise<boolean> {
    const keys = this.#entries
      .all()
      .slice(0, limit)
      .map(({ conversation }) => refKey(conversation));
    await eachBounded(keys, LIMITS.callsAtOnce, async (key) => {
      const told = await this.#repeatedly(parseRefKey(key), (stub) => stub.forget(this.#home.user));
      if (told.ok) this.#entries.drop(key);
      else throw new Error("a conversation could not be told");
    });
    return keys.length > 0;
  }

  async sync(device: DeviceId, { conversations }: InputOf<"conversation.sync">): Promise<OutputOf<"conversation.sync">> {
    const synced: OutputOf<"conversation.sync">["conversations"] = [];
    const failed: ConversationRef[] = [];
    await eachBounded(conversations, LIMITS.callsAtOnce, async ({ conversation, since }) => {
      if (refuseConversation(conversation, this.#home.user) !== undefined) return;
      const answer = await this.#repeatedly(conversation, (stub) => stub.sync(this.#home.user, since));
      if (!answer.ok) failed.push(conversation);
      else if (answer.value.ok) synced.push(answer.value.value);
    });
    for (const { conversation, upTo, more } of synced) this.#chats.handed(device, refKey(conversation), upTo, more === true);
    return { conversations: synced, failed };
  }

  received(device: DeviceId, { conversations }: InputOf<"conversation.received">): void {
    for (const { conversation, upTo } of conversations) this.#chats.received(device, conversation, upTo);
  }

  /** Of a group: told to the devices that are there, or to the next one that comes. Who is a member no more finds the conversation on no list. */
  groupWord(group: string, word: GroupWord): void {
    const { event, gone } = word;
    if (gone !== undefined && !this.#chats.leave(refKey({ type: "group", id: group }), gone)) return;
    const at = this.#home.now();
    this.#words.heard(group, word, at);
    if (event === undefined) return;
    const devices = [...this.#home.sessions.connected()];
    if (devices.length === 0) this.#words.keep({ group, at, word });
    else this.#notify(devices, wordNotice(group, word));
  }

  /** A device is there: what none has heard, it hears now. */
  connected(device: DeviceId): void {
    for (const { group, at, word } of this.#words.takeKept()) this.#notify([device], { ...wordNotice(group, word), at });
  }

  /** Into groups, not answered yet. */
  invitations(): Invitation[] {
    return this.#words.invitations();
  }

  /** Groups and threads that this user is in, used last first. */
  shared(most: number): ConversationRef[] {
    return this.#entries
      .all()
      .filter(({ conversation, left }) => conversation.type !== "single" && left === undefined)
      .sort((a, b) => b.activeAt - a.activeAt)
      .slice(0, most)
      .map(({ conversation }) => conversation);
  }

  /** The user is in a thread no more. */
  threadGone(thread: string, left: number): void {
    this.#chats.leave(refKey({ type: "thread", id: thread }), left);
  }

  /** A page of them by name, each as it says itself. */
  async joined(call: Call, { after = "", limit = GROUP_LIMITS.joinedPage }: InputOf<"group.joined">): Promise<OutputOf<"group.joined">> {
    const all = this.#groupEntries()
      .map(({ conversation }) => conversation.id)
      .sort((a, b) => (a < b ? -1 : 1));
    const beyond = all.filter((id) => id > after);
    const page = beyond.slice(0, limit);
    const groups = new Map<string, OutputOf<"group.get">>();
    const failed: string[] = [];
    const self = { ...call, caller: { kind: "user" as const, app: this.#home.app, user: this.#home.user, rights: "all" as const, device: "" } };
    await eachBounded(page, LIMITS.callsAtOnce, async (group) => {
      const reply = await this.ask({ type: "group", id: group }, { ...self, op: "group.get", input: { group } });
      if ("ok" in reply) groups.set(group, reply.ok as OutputOf<"group.get">);
      else if (reply.error.code !== "not_found") failed.push(group);
    });
    const known = page.flatMap((group) => {
      const { details, members, role, shielded } = groups.get(group) ?? {};
      return details === undefined || members === undefined || role === undefined ? [] : [{ group, details, members, role, shielded: shielded === true }];
    });
    return { groups: known, failed, count: all.length, ...(beyond.length > limit && { next: page.at(-1) }) };
  }

  #groupEntries(): ConversationEntry[] {
    return this.#entries.all().filter(({ conversation, left }) => conversation.type === "group" && left === undefined);
  }

  /** Messages of a conversation as this user sees them now. */
  found(ref: ConversationRef, seqs: readonly number[]): Promise<Result<Awaited<ReturnType<ConversationCalls["found"]>>, WireError>> {
    return this.#repeatedly(ref, (stub) => stub.found(this.#home.user, seqs));
  }

  /** The device's socket is gone, or another one takes its place. */
  lost(device: DeviceId): void {
    this.#chats.lost(device);
  }

  /** The device was logged out or forgotten. */
  ended(device: DeviceId): void {
    this.#chats.ended(device);
  }

  /** The app's, where the caller could not bring them. `needed`: read here; else what is known will do. */
  async #settings(needed: boolean): Promise<BroughtSettings> {
    const { settings, env, app, where } = this.#home;
    if (!settings.unknown || !needed) return settings;
    const { value } = await settingsOf(env, { id: app, ...(where.jurisdiction !== undefined && { jurisdiction: where.jurisdiction }) }, this.#home.now());
    this.#home.learn(value);
    return value;
  }

  #leafOf(group: UserId, leaf: number | undefined): void {
    this.#leaves.delete(group);
    if (leaf === undefined) return;
    for (const [oldest] of this.#leaves) if (this.#leaves.size >= STUBS) this.#leaves.delete(oldest);
    this.#leaves.set(group, leaf);
  }

  /** A leaf joins what its members say; where it does not answer, the group hears it itself. */
  async #report(ref: ConversationRef, report: Report): Promise<unknown> {
    const { user, env, app, where } = this.#home;
    const direct = () => this.#repeatedly(ref, (stub) => stub.report(user, report));
    const leaf = ref.type === "group" ? this.#leaves.get(ref.id) : undefined;
    if (leaf === undefined) return direct();
    const stub = groupLeafObject(env, app, ref.id, leaf, where) as unknown as GroupLeafCalls;
    return within(TIMINGS.requestTimeoutMs * this.#scale, stub.report(user, report)).catch(direct);
  }

  #listed(entry: ConversationEntry): void {
    this.#notify([...this.#home.sessions.connected()], { name: "conversation.entry", entry });
  }

  #notify(devices: readonly DeviceId[], notice: object): void {
    const frame = encodeFrame([{ type: "notice", ...notice }]);
    for (const device of devices) this.#home.sessions.sendFrame(device, frame);
  }

  /** All of these may be repeated. */
  async #repeatedly<Answer>(ref: ConversationRef, work: (stub: ConversationCalls) => Promise<Answer>): Promise<Result<Answer, WireError>> {
    const name = conversationName(ref, this.#home.user);
    return callRepeatedly(async () => {
      try {
        return await within(TIMINGS.requestTimeoutMs * this.#scale, work(this.#stub(name)));
      } catch (error) {
        // One that has thrown stays broken.
        this.#stubs.delete(name);
        throw error;
      }
    });
  }

  #stub(name: string): ConversationCalls {
    const known = this.#stubs.get(name);
    if (known !== undefined) return known;
    if (this.#stubs.size >= STUBS) this.#stubs.clear();
    const { env, app, where } = this.#home;
    const stub = conversationObject(env, app, name, where) as unknown as ConversationCalls;
    this.#stubs.set(name, stub);
    return stub;
  }

  /** One timer, only while a device has something to acknowledge. It may ring early, which is cheaper than moving it each time. */
  #arm(at = Number.POSITIVE_INFINITY): void {
    if (Number.isFinite(at) ? this.#timerAt <= at : this.#timerAt === at) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timerAt = at;
    if (Number.isFinite(at)) this.#timer = setTimeout(() => this.#tick(), Math.max(0, at - this.#home.now()));
  }

  #tick(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#chats.late(this.#home.now());
  }
}

const wordNotice = (group: string, { from, event }: GroupWord): object => ({ name: "group.word", group, ...(from !== undefined && { from }), event });

/** It was answered, or there is nothing to answer. */
function endsInvitation({ op, caller }: Call, reply: CallReply): boolean {
  if (caller.kind !== "user" || (op !== "group.answer" && op !== "group.apply")) return false;
  if ("ok" in reply) return op === "group.answer" || (reply.ok as OutputOf<"group.apply">).state === "member";
  return op === "group.answer" && (reply.error.code === "not_found" || reply.error.code === "gone");
}
