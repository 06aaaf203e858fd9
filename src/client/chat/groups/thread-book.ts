import { type ConversationRef, numberOfId, refKey } from "../../../protocol/conversation-name.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { MessageRecord } from "../message.ts";
import type { ModulePort } from "../module-port.ts";
import { isShown } from "../records.ts";
import type { LocalConversation } from "../store.ts";
import type { GroupNews, ThreadInfo, ThreadLast, ThreadNews, ThreadState } from "./types.ts";

const THREAD = "thread ";
/** All of them are read when the program begins; what nobody has asked or heard of for longest makes room, what one has joined last. */
const KEPT_MAX = 500;
/** Threads that are known to have ended: an answer from before may still come. */
const ENDED_MAX = 1_000;

/** What is kept of a thread. */
interface Kept {
  readonly group: UserId;
  readonly info: ThreadInfo;
  readonly joined: boolean;
  readonly messages?: number;
  readonly last?: MessageRecord;
}

/** How far knowledge had come when something was asked. */
export type Moment = number;

/** What this device knows of threads: kept, and changed by what is heard of them. It asks for nothing. */
export class ThreadBook {
  readonly #port: ModulePort;
  readonly #threads = new Map<string, Kept>();
  /** As they were last given out: the same object until something changes. */
  readonly #states = new Map<string, ThreadState>();
  readonly #ended = new Set<string>();
  /** When each was last heard of, in this life. */
  readonly #heard = new Map<string, Moment>();
  #moment: Moment = 0;

  constructor(port: ModulePort) {
    this.#port = port;
    for (const [name, value] of port.engine().values) if (name.startsWith(THREAD)) this.#threads.set(name.slice(THREAD.length), value as Kept);
    port.on("thread", (news) => this.#hear(news));
    port.on("group", (news) => this.#hearGroup(news));
    port.on("conversation", (one) => this.#follow(one));
  }

  /** From here on what is heard is newer than what is asked for now. */
  get now(): Moment {
    return this.#moment;
  }

  of(thread: string): ThreadState | undefined {
    const kept = this.#threads.get(thread);
    const known = this.#states.get(thread);
    if (kept === undefined || known !== undefined) return known;
    const { group, info, joined, messages } = kept;
    const local = joined ? this.#conversation(thread) : undefined;
    const state = { ...info, group, joined, messages, last: newer(kept.last, local?.last), unread: local?.unread ?? 0 };
    this.#states.set(thread, state);
    return state;
  }

  /** The newest word first. */
  inGroup(group: UserId): readonly ThreadState[] {
    return this.#some((kept) => kept.group === group);
  }

  get joined(): readonly ThreadState[] {
    return this.#some((kept) => kept.joined);
  }

  /** The group whose thread it is, also where nothing else is known of the thread: the number of its group stands in its id. */
  groupOf(thread: string): UserId | undefined {
    const kept = this.#threads.get(thread);
    if (kept !== undefined) return kept.group;
    const number = numberOfId(thread);
    const isIt = ({ conversation, number: own }: LocalConversation): boolean => own > 0 && own === number && conversation.type === "group";
    return this.#port.engine().all().find(isIt)?.conversation.id;
  }

  /** Threads that this user has joined and of which nothing else is known here. */
  unknownOf(group: UserId): readonly string[] {
    return this.#unknown().filter((thread) => this.groupOf(thread) === group);
  }

  groupsOfUnknown(): ReadonlySet<UserId> {
    return new Set(this.#unknown().flatMap((thread) => this.groupOf(thread) ?? []));
  }

  /** What an answer says that was asked for at `asked`: what was heard since is newer. */
  learn(group: UserId, info: ThreadInfo, asked: Moment, joined?: boolean): void {
    const { thread } = info;
    if (this.#ended.has(thread) || (this.#heard.get(thread) ?? 0) > asked) return;
    const kept = this.#threads.get(thread);
    this.#keep(thread, { ...kept, group, info, joined: joined ?? isIn(this.#conversation(thread)?.entry) ?? kept?.joined ?? false });
  }

  learnLast({ thread, messages, last }: ThreadLast, asked: Moment): void {
    const kept = this.#threads.get(thread);
    if (kept === undefined) return;
    const { last: _, ...rest } = kept;
    const heard = (this.#heard.get(thread) ?? 0) > asked;
    this.#keep(thread, { ...rest, ...(!heard && { messages }), ...(last !== undefined && { last }) });
  }

  setJoined(thread: string, joined: boolean): void {
    const kept = this.#threads.get(thread);
    if (kept !== undefined && kept.joined !== joined) this.#keep(thread, { ...kept, joined });
  }

  /** The service has these, and no others, of the messages from `from` up to, and without, `before`. */
  only(group: UserId, threads: readonly string[], from: number, before: number, asked: Moment): void {
    const there = new Set(threads);
    for (const [thread, { group: own, info }] of this.#threads)
      if (own === group && info.seq >= from && info.seq < before && !there.has(thread) && (this.#heard.get(thread) ?? 0) <= asked) this.forget(thread);
  }

  forget(thread: string): void {
    const kept = this.#threads.get(thread);
    if (!this.#threads.delete(thread)) return;
    this.#states.delete(thread);
    this.#heard.delete(thread);
    void this.#port
      .engine()
      .keep(THREAD + thread, undefined)
      .catch(() => {});
    if (kept !== undefined) this.#port.emit("threads", { group: kept.group });
  }

  /** It is out of the group, or the group has ended: there are no threads in it. */
  forgetGroup(group: UserId): void {
    for (const [thread, kept] of [...this.#threads]) if (kept.group === group) this.forget(thread);
  }

  #hear({ group, event }: ThreadNews): void {
    const thread = event.kind === "threadCreated" ? event.thread.thread : event.thread;
    this.#moment += 1;
    this.#heard.set(thread, this.#moment);
    const kept = this.#threads.get(thread);
    switch (event.kind) {
      case "threadCreated":
        if (!this.#ended.has(thread)) this.#keep(thread, { joined: event.thread.creator === this.#port.user, messages: 0, ...kept, group, info: event.thread });
        return;
      case "threadRenamed":
        return kept && this.#keep(thread, { ...kept, info: { ...kept.info, name: event.name } });
      case "threadChanged":
        return kept && this.#keep(thread, { ...kept, messages: event.messages });
      case "threadRemoved":
        return event.users.includes(this.#port.user) ? this.setJoined(thread, false) : undefined;
      case "threadDismissed":
        this.#ended.add(thread);
        for (const oldest of this.#ended) {
          if (this.#ended.size <= ENDED_MAX) break;
          this.#ended.delete(oldest);
        }
        return this.forget(thread);
    }
  }

  #hearGroup({ group, event }: GroupNews): void {
    const { user } = this.#port;
    const out = event.kind === "dismissed" || ((event.kind === "left" || event.kind === "removed") && event.users.includes(user));
    if (out) this.forgetGroup(group);
  }

  /** Of a thread: whether one is in it, what is unread, the last word. Of a group that one has left: it has no threads any more. */
  #follow({ conversation: { type, id }, entry }: LocalConversation): void {
    if (type === "group" && entry?.left !== undefined) return this.forgetGroup(id);
    const kept = type === "thread" ? this.#threads.get(id) : undefined;
    if (kept === undefined) return;
    this.#states.delete(id);
    const joined = isIn(entry) ?? kept.joined;
    if (joined !== kept.joined) this.#keep(id, { ...kept, joined });
    else if (joined) this.#port.emit("threads", { group: kept.group });
  }

  #keep(thread: string, kept: Kept): void {
    // In the order of the last word on each.
    this.#threads.delete(thread);
    this.#threads.set(thread, kept);
    this.#states.delete(thread);
    void this.#port
      .engine()
      .keep(THREAD + thread, kept)
      .catch(() => {});
    if (this.#threads.size > KEPT_MAX) this.#makeRoom(thread);
    this.#port.emit("threads", { group: kept.group });
  }

  #unknown(): readonly string[] {
    const isUnknown = ({ conversation: { type, id }, entry }: LocalConversation): boolean =>
      type === "thread" && isIn(entry) === true && !this.#threads.has(id);
    return this.#port
      .engine()
      .all()
      .flatMap((one) => (isUnknown(one) ? [one.conversation.id] : []));
  }

  #makeRoom(but: string): void {
    const [first] = [...this.#threads].find(([thread, { joined }]) => thread !== but && !joined) ?? [...this.#threads.keys()];
    if (first !== undefined && first !== but) this.forget(first);
  }

  #some(wanted: (kept: Kept) => boolean): readonly ThreadState[] {
    const states = [...this.#threads].flatMap(([thread, kept]) => (wanted(kept) ? (this.of(thread) ?? []) : []));
    return states.sort((a, b) => (b.last?.ts ?? b.createdAt) - (a.last?.ts ?? a.createdAt));
  }

  #conversation(thread: string): LocalConversation | undefined {
    const ref: ConversationRef = { type: "thread", id: thread };
    return this.#port.engine().get(refKey(ref));
  }
}

/** Undefined: the list does not say. */
const isIn = (entry: LocalConversation["entry"]): boolean | undefined => (entry?.left !== undefined ? false : entry?.entered !== undefined ? true : undefined);

const newer = (told: MessageRecord | undefined, local: MessageRecord | undefined): MessageRecord | undefined =>
  local !== undefined && isShown(local) && local.seq >= (told?.seq ?? 0) ? local : told;
