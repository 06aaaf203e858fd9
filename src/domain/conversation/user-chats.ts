import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type ConversationRef, parseRefKey, refKey } from "../../protocol/conversation-name.ts";
import type { ConversationEntry, News } from "../../protocol/messages/conversation.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";
import { type ChatEntries, entryLeft, entryUsed, isOver } from "./entries.ts";
import type { Heard } from "./telling.ts";

/** Which of a user's devices has to ask for which conversations: a row each, however much has come. */
export interface ChatMarks {
  /** Devices that use chat. */
  devices(): readonly DeviceId[];
  addDevice(device: DeviceId): void;
  /** With its marks. */
  dropDevice(device: DeviceId): void;
  of(device: DeviceId): ReadonlySet<string>;
  has(device: DeviceId, key: string): boolean;
  add(device: DeviceId, key: string): void;
  drop(device: DeviceId, key: string): void;
}

export interface UserChatsPorts {
  readonly user: UserId;
  readonly marks: ChatMarks;
  readonly entries: ChatEntries;
  /** A device that has not acknowledged by then has to ask. */
  readonly ackMs: number;
  now(): number;
  connected(): ReadonlySet<DeviceId>;
  push(devices: readonly DeviceId[], news: News): void;
  /** The list has another entry: connected devices are told, others ask. */
  listed(entry: ConversationEntry): void;
  report(conversation: ConversationRef, report: Report): Promise<unknown>;
  background(work: Promise<void>): void;
  /** The timer: `late` is to be called then; undefined: it need not be. */
  arm(at: number | undefined): void;
}

export interface Report {
  readonly delivered: number;
  readonly settled: number;
}

/** What a user's call to a conversation says of its devices besides. */
export interface Asking extends Report {
  /** One at least would hear what is new. */
  readonly there: boolean;
}

/** What was pushed to a device and not acknowledged. */
interface Open {
  readonly upTo: number;
  readonly dueAt: number;
}

interface Followed {
  /** How far this object has heard, in this life: each device was pushed it, or has a mark. */
  heard: number;
  /** How far the conversation is known to reach, though only some device may have asked. */
  reach: number;
  delivered: number;
  /** What the conversation has been told. */
  reported: Report;
  /** It waits for word of what came up to here; that its answers were heard it learns with the next call. */
  awaited: number;
  /** Calls of this user under way there, whose answers bring news. */
  asking: number;
  /** What has overtaken what comes before it. */
  held: { readonly news: News; readonly dueAt: number }[];
  readonly open: Map<DeviceId, Open>;
  readonly acked: Map<DeviceId, number>;
  /** A report is under way. */
  reporting: boolean;
}

/** A user's side of its conversations: which device has to be pushed what, and which has to ask. Content passes through and is kept nowhere. */
export class UserChats {
  readonly #ports: UserChatsPorts;
  /** Caches: a conversation that is not here is as if nothing had been pushed. */
  readonly #followed = new Map<string, Followed>();

  constructor(ports: UserChatsPorts) {
    this.#ports = ports;
  }

  /** Whether a device would hear what is new. */
  get there(): boolean {
    const connected = this.#ports.connected();
    return this.#ports.marks.devices().some((device) => connected.has(device));
  }

  /** News from a conversation. What overtakes the answer to a call of this user waits for it: devices get all in order. */
  hear(news: News): Heard {
    const { there } = this;
    if (this.#isOver(news)) return { there };
    const followed = this.#follow(refKey(news.conversation));
    if (isNew(news)) followed.awaited = Math.max(followed.awaited, news.upTo);
    if (!there || followed.asking === 0 || !this.#hold(news, followed)) return this.#inOrder(news, followed);
    return { there };
  }

  /** A call of this user to a conversation, whose answer may bring news. */
  async asks<Answer extends { readonly news?: News }>(conversation: ConversationRef, call: (asking: Asking) => Promise<Answer>): Promise<Answer> {
    const followed = this.#follow(refKey(conversation));
    followed.asking += 1;
    let answered = false;
    try {
      const answer = await call({ there: this.there, ...reportOf(followed) });
      answered = answer.news !== undefined;
      if (answer.news !== undefined && !this.#isOver(answer.news)) this.#answered(answer.news, followed);
      return answer;
    } finally {
      followed.asking -= 1;
      // What is still missing does not come with an answer.
      if (followed.asking === 0 && !answered) this.#release(followed, Number.POSITIVE_INFINITY);
    }
  }

  #isOver({ conversation, entered }: News): boolean {
    return isOver(this.#ports.entries.get(refKey(conversation)), entered);
  }

  /** Of what others have said, the conversation waits to hear that it is delivered. */
  #answered(news: News, followed: Followed): void {
    if (news.records.some(({ from }) => from !== this.#ports.user)) followed.awaited = Math.max(followed.awaited, news.upTo);
    // What it has overtaken is on its way.
    if (!this.#hold(news, followed)) this.#inOrder(news, followed);
  }

  /** False: nothing is missing before it, as far as can be known. */
  #hold(news: News, followed: Followed): boolean {
    if (followed.heard === 0 || news.after <= followed.heard || followed.held.length >= CHAT_LIMITS.chatPassing) return false;
    followed.held.push({ news, dueAt: this.#ports.now() + this.#ports.ackMs });
    this.#arm();
    return true;
  }

  #inOrder(news: News, followed: Followed): Heard {
    const heard = this.#hear(news);
    this.#release(followed, 0);
    return followed.open.size === 0 ? heard : { there: heard.there };
  }

  /** What was held and now follows, or has been for too long. */
  #release(followed: Followed, now: number): void {
    const waiting = followed.held.sort((a, b) => a.news.after - b.news.after);
    followed.held = [];
    for (const one of waiting) {
      if (one.news.after <= followed.heard || one.dueAt <= now) this.#hear(one.news);
      else followed.held.push(one);
    }
  }

  #hear(news: News): Heard {
    const { marks, entries } = this.#ports;
    // It may have waited here, and the stay have ended meanwhile.
    if (this.#isOver(news)) return { there: this.there };
    const key = refKey(news.conversation);
    const { revision } = entries.get(key) ?? { revision: 0 };
    const entry = entryUsed(entries, key, this.#ports.now(), news.records.length > 0, news.entered);
    if (entry.revision > revision) this.#ports.listed(entry);
    const followed = this.#follow(key);
    followed.heard = Math.max(followed.heard, news.upTo);
    const connected = this.#ports.connected();
    const there: DeviceId[] = [];
    for (const device of marks.devices()) {
      if (!connected.has(device)) {
        if (isNew(news)) this.#mark(device, key);
        continue;
      }
      there.push(device);
      if (isNew(news) && news.upTo > (followed.acked.get(device) ?? 0))
        followed.open.set(device, { upTo: news.upTo, dueAt: this.#ports.now() + this.#ports.ackMs });
    }
    if (there.length > 0) this.#ports.push(there, news);
    this.#arm();
    return { there: there.length > 0, ...(followed.open.size === 0 && isNew(news) && { settled: followed.heard, delivered: followed.delivered }) };
  }

  /** A device asks for its list: from here on it is told what is new. What it has to ask for. */
  list(device: DeviceId): ReadonlySet<string> {
    const { marks, entries } = this.#ports;
    if (marks.devices().includes(device)) return marks.of(device);
    marks.addDevice(device);
    return new Set(entries.all().flatMap(({ conversation, removed }) => (removed ? [] : [refKey(conversation)])));
  }

  /** A device was handed a conversation up to `upTo`; with `more` it does not end there. */
  handed(device: DeviceId, key: string, upTo: number, more: boolean): void {
    const followed = this.#follow(key);
    followed.reach = Math.max(followed.reach, more ? upTo + 1 : upTo);
    // It was told of as away: that it has it now is news.
    followed.awaited = Math.max(followed.awaited, upTo);
    if (upTo > (followed.acked.get(device) ?? 0)) followed.open.set(device, { upTo, dueAt: this.#ports.now() + this.#ports.ackMs });
    this.#arm();
  }

  /** The user is in a group no more, in which it was up to `left`: no device has to ask for it. False: that is no news. */
  leave(key: string, left: number): boolean {
    const { marks, entries } = this.#ports;
    const entry = entryLeft(entries, key, this.#ports.now(), left);
    if (entry === undefined) return false;
    this.#followed.delete(key);
    for (const device of marks.devices()) marks.drop(device, key);
    this.#ports.listed(entry);
    this.#arm();
    return true;
  }

  /** A device has all of a conversation up to `upTo`. */
  received(device: DeviceId, conversation: ConversationRef, upTo: number): void {
    const key = refKey(conversation);
    const followed = this.#followed.get(key);
    if (followed === undefined || !this.#ports.marks.devices().includes(device)) return;
    const reach = Math.max(followed.heard, followed.reach);
    const acked = Math.max(followed.acked.get(device) ?? 0, Math.min(upTo, reach));
    followed.acked.set(device, acked);
    if ((followed.open.get(device)?.upTo ?? 0) <= acked) followed.open.delete(device);
    if (acked >= reach) this.#ports.marks.drop(device, key);
    followed.delivered = Math.max(followed.delivered, acked);
    this.#report(conversation, followed);
    this.#arm();
  }

  /** The device's socket is gone: what it has not acknowledged it has to ask for. */
  lost(device: DeviceId): void {
    for (const [key, followed] of this.#followed) {
      if (!followed.open.delete(device)) continue;
      this.#mark(device, key);
      if (followed.open.size === 0) this.#report(parseRefKey(key), followed);
    }
    this.#arm();
  }

  /** It is out for good. */
  ended(device: DeviceId): void {
    for (const { open, acked } of this.#followed.values()) {
      open.delete(device);
      acked.delete(device);
    }
    this.#ports.marks.dropDevice(device);
    this.#arm();
  }

  /** The timer's turn. */
  late(now: number): void {
    for (const [key, followed] of this.#followed) {
      this.#release(followed, now);
      for (const [device, { dueAt }] of followed.open) {
        if (dueAt > now) continue;
        followed.open.delete(device);
        this.#mark(device, key);
        if (followed.open.size === 0) this.#report(parseRefKey(key), followed);
      }
    }
    this.#arm();
  }

  #mark(device: DeviceId, key: string): void {
    if (!this.#ports.marks.has(device, key)) this.#ports.marks.add(device, key);
  }

  /** One report under way per conversation; a lost one is made good by the next, or by the conversation's asking. */
  #report(conversation: ConversationRef, followed: Followed): void {
    if (followed.reporting || !this.#isToReport(followed)) return;
    followed.reporting = true;
    const run = async (): Promise<void> => {
      while (this.#isToReport(followed)) {
        followed.reported = reportOf(followed);
        await this.#ports.report(conversation, followed.reported).catch(() => {});
      }
      followed.reporting = false;
    };
    this.#ports.background(run());
  }

  #isToReport(followed: Followed): boolean {
    const { delivered, settled } = reportOf(followed);
    const { reported, awaited } = followed;
    return Math.min(delivered, awaited) > reported.delivered || Math.min(settled, awaited) > reported.settled;
  }

  #arm(): void {
    let at: number | undefined;
    for (const { open, held } of this.#followed.values()) {
      for (const { dueAt } of [...open.values(), ...held]) at = Math.min(at ?? dueAt, dueAt);
    }
    this.#ports.arm(at);
  }

  #follow(key: string): Followed {
    const known = this.#followed.get(key);
    if (known !== undefined) return known;
    if (this.#followed.size >= CHAT_LIMITS.chatConversations) this.#forgetOne();
    const followed: Followed = {
      heard: 0,
      reach: 0,
      delivered: 0,
      reported: { delivered: 0, settled: 0 },
      awaited: 0,
      asking: 0,
      held: [],
      open: new Map(),
      acked: new Map(),
      reporting: false,
    };
    this.#followed.set(key, followed);
    return followed;
  }

  /** One for which nobody waits. */
  #forgetOne(): void {
    for (const [key, { open, reporting, asking, held }] of this.#followed) {
      if (open.size > 0 || reporting || asking > 0 || held.length > 0) continue;
      this.#followed.delete(key);
      return;
    }
  }
}

const reportOf = ({ delivered, heard, open, acked }: Followed): Report => ({
  delivered,
  settled: Math.min(heard, ...[...open.keys()].map((device) => acked.get(device) ?? 0)),
});

/** Passing things alone are for who is there. */
const isNew = ({ after, upTo, passing }: News): boolean => upTo > after || passing === undefined;
