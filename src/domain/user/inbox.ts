import type { Events } from "../../protocol/messages/events.ts";
import type { StreamMessage } from "../../protocol/messages/message.ts";
import type { Position } from "../../protocol/messages/session.ts";
import { type DeviceId, INBOX } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import { pagesOf, type Waiting } from "./inbox-pages.ts";
import type { InboxEntry, InboxHead, InboxPage, InboxReader, InboxStore } from "./inbox-store.ts";
import { type MessageName, messageKey } from "./peer-message.ts";

export interface InboxLimits {
  readonly messages: number;
  readonly ageMs: number;
  readonly bytes: number;
}

/** Messages that overflowed before this device had them. */
export interface Truncation {
  readonly device: DeviceId;
  readonly from: number;
  readonly to: number;
}

/**
 * What waits for a user's devices: a stream of pages. Bodies stay in the store; the index of entries is a cache rebuilt
 * on the first touch. One append is one row, one acknowledgement is one row and those of the pages it finishes.
 */
export class Inbox {
  readonly #store: InboxStore;
  readonly #limits: () => InboxLimits;
  readonly #readers = new Map<DeviceId, InboxReader>();
  #head: InboxHead;
  #pages: InboxPage[];
  /** The newest seq that is for a device: with its cursor it says whether anything waits, without a scan. */
  readonly #newest = new Map<DeviceId, number>();
  /** The cursor that stands in the store: it may lag behind where that says the same. */
  readonly #durable = new Map<DeviceId, number>();

  /** `registered`: the devices that are there. One without a reader in the store has come before anything ever waited. */
  constructor(store: InboxStore, limits: () => InboxLimits, newEpoch: () => string, registered: readonly DeviceId[]) {
    this.#store = store;
    this.#limits = limits;
    this.#pages = store.pages();
    const head = store.head() ?? { epoch: newEpoch(), seq: 0, floor: 0 };
    this.#head = { ...head, seq: Math.max(head.seq, this.#pages.at(-1)?.last ?? 0) };
    for (const reader of store.readers()) {
      this.#durable.set(reader.device, reader.cursor);
      this.#addReader(reader);
    }
    for (const device of registered) if (!this.#readers.has(device)) this.#addReader(firstReader(device));
  }

  /** When the oldest of what is kept is too old; undefined: nothing is. */
  get expiresAt(): number | undefined {
    const oldest = this.#pages[0];
    return oldest === undefined ? undefined : oldest.at + this.#limits().ageMs;
  }

  /** The stream's head. */
  get position(): Position {
    return { epoch: this.#head.epoch, seq: this.#head.seq };
  }

  /** A new device gets whatever is still there. As long as nothing has ever waited, it is as good as written down. False: it is not new. */
  register(device: DeviceId): boolean {
    if (this.#readers.has(device)) return false;
    if (this.#store.head() === undefined) this.#addReader(firstReader(device));
    else this.#addLateReader(device);
    return true;
  }

  /** What waited for this device alone goes on waiting, for the next one to register. */
  forget(device: DeviceId): void {
    const reader = this.#readers.get(device);
    if (reader === undefined) return;
    this.#readers.delete(device);
    this.#newest.delete(device);
    this.#durable.delete(device);
    this.#store.removeReader(device);
    if (this.#readers.size === 0) this.#raiseFloor(reader.cursor);
    else this.#prune();
  }

  /** Appends in order. `dropped`: so many of these, from the first, that the bounds left no room for. */
  add(waiting: readonly Waiting[], now: number): { dropped: number; truncations: Truncation[] } {
    const before = this.#head.seq;
    for (const { page, messages } of pagesOf(waiting, this.#head.seq, now)) {
      if (this.#store.head() === undefined) this.#store.setHead(this.#head);
      this.#store.addPage(page, messages);
      this.#pages.push(page);
      this.#head = { ...this.#head, seq: page.last };
      for (const reader of this.#readers.values()) this.#note(reader, page);
    }
    const truncations = this.#trim(now);
    return { dropped: Math.min(waiting.length, Math.max(0, this.#head.floor - before)), truncations };
  }

  /** Drops what is too old. */
  expire(now: number): Truncation[] {
    return this.#trim(now);
  }

  /** Which devices have the message of this name here, read or not, and how many copies are unread; undefined when it is not here. */
  copies(name: MessageName): { devices: Set<DeviceId>; waiting: number } | undefined {
    if (this.#pages.length === 0) return undefined;
    const key = messageKey(name);
    const entries = this.#pages.flatMap((page) =>
      page.entries.filter((entry) => entry.id === name.id && entry.seq > this.#head.floor && messageKey(entry) === key),
    );
    if (entries.length === 0) return undefined;
    const readers = [...this.#readers.values()].filter(({ device }) => entries.some((entry) => this.#isFor(entry, device)));
    if (readers.length === 0 && entries.every(({ ahead }) => ahead)) return undefined;
    const unread = readers.filter(({ cursor, device }) => entries.some((entry) => entry.seq > cursor && this.#isFor(entry, device)));
    return {
      devices: new Set(readers.map(({ device }) => device)),
      waiting: readers.length === 0 && entries.some((entry) => !entry.bridged) ? 1 : unread.length,
    };
  }

  /** Nothing waits for this device, so a message may go straight to it. */
  isClear(device: DeviceId): boolean {
    return (this.#newest.get(device) ?? 0) <= this.#cursor(device);
  }

  /** Messages this device has not acknowledged. */
  waiting(device: DeviceId): number {
    return this.#entriesFor(device, this.#cursor(device)).length;
  }

  /** Bytes handed to this device up to `sent` and not acknowledged. */
  outstanding(device: DeviceId, sent: number): number {
    let bytes = 0;
    for (const entry of this.#entriesFor(device, this.#cursor(device))) if (entry.seq <= sent) bytes += entry.bytes;
    return bytes;
  }

  /** The device was away for too long, or is another client by now: what was bridged meanwhile is not for it. */
  unbridge(device: DeviceId): void {
    const reader = this.#readers.get(device);
    if (reader === undefined || !this.#entriesFor(device, this.#cursor(device)).some(({ bridged }) => bridged)) return;
    const moved = { ...reader, unbridged: this.#head.seq };
    this.#mark(moved);
    this.#newest.delete(device);
    this.#addReader(moved);
    this.#prune();
  }

  /** What was bridged to this device after `since`, has not been acknowledged, and stands up to here. */
  bridgedTo(device: DeviceId, upTo: number, since: number): MessageName[] {
    const cursor = this.#cursor(device);
    return this.#pages.flatMap(({ at, entries }) =>
      at < since ? [] : entries.filter((entry) => entry.bridged && entry.seq > cursor && entry.seq <= upTo && this.#isFor(entry, device)),
    );
  }

  /** Where a connecting device starts: behind what it has; at the head when nothing waits. */
  start(device: DeviceId): { position: Position; truncation?: Truncation } {
    const reader = must(this.#readers.get(device), "a registered device");
    const cursor = this.#cursor(device);
    const position = { epoch: this.#head.epoch, seq: this.isClear(device) ? this.#head.seq : cursor };
    return reader.lost > reader.cursor ? { position, truncation: { device, from: reader.cursor + 1, to: reader.lost } } : { position };
  }

  /** The next frame for a device that stands at `after`; undefined when nothing is for it. */
  next(device: DeviceId, after: number, maxBytes: number): Events | undefined {
    const items: StreamMessage[] = [];
    let bytes = 0;
    let upTo = this.#head.seq;
    for (const page of this.#pages) {
      if (page.last <= after) continue;
      const wanted = page.entries.filter((entry) => entry.seq > after && this.#isFor(entry, device));
      if (wanted.length === 0) continue;
      const messages = this.#store.messages(page.first);
      for (const entry of wanted) {
        if (items.length > 0 && bytes + entry.bytes > maxBytes) {
          upTo = must(items.at(-1), "a frame of some items").seq;
          return { type: "events", stream: INBOX, epoch: this.#head.epoch, after, upTo, items };
        }
        const message = must(messages[entry.seq - page.first], "an entry has its message");
        items.push({ ...message, seq: entry.seq, ...(entry.bridged && { bridged: entry.bridged }) });
        bytes += entry.bytes;
      }
    }
    return items.length === 0 ? undefined : { type: "events", stream: INBOX, epoch: this.#head.epoch, after, upTo, items };
  }

  /** Moves a device's cursor. Beyond the head counts as the head. */
  acknowledge(device: DeviceId, upTo: number): void {
    const reader = this.#readers.get(device);
    const cursor = Math.min(upTo, this.#head.seq);
    if (reader === undefined || cursor <= reader.cursor) return;
    // Nothing was waiting: the mark would cost a row and say nothing.
    if (this.isClear(device) && reader.lost <= reader.cursor) return;
    const moved = { ...reader, cursor };
    this.#readers.set(device, moved);
    this.#prune();
    // Where everything it has read is deleted, an older mark says the same: nothing of what is left lies between the two.
    const between = this.#pages.some(({ entries }) =>
      entries.some((entry) => entry.seq <= cursor && entry.seq > this.#marked(device) && this.#isFor(entry, device)),
    );
    if (between || reader.lost > this.#marked(device)) this.#mark(moved);
  }

  #mark(reader: InboxReader): void {
    this.#durable.set(reader.device, reader.cursor);
    this.#store.setReader(reader);
  }

  #marked(device: DeviceId): number {
    return this.#durable.get(device) ?? 0;
  }

  #cursor(device: DeviceId): number {
    return Math.max(this.#readers.get(device)?.cursor ?? 0, this.#head.floor);
  }

  #addReader(reader: InboxReader): void {
    this.#readers.set(reader.device, reader);
    for (const page of this.#pages) this.#note(reader, page);
  }

  #addLateReader(device: DeviceId): void {
    // One of that name may have been here before.
    const missed = this.#pages.flatMap(({ entries }) => entries.filter(({ bridged, devices }) => bridged && devices.includes(device)));
    const reader = { device, cursor: this.#head.floor, since: this.#head.seq, lost: 0, unbridged: missed.at(-1)?.seq ?? 0 };
    this.#mark(reader);
    this.#addReader(reader);
  }

  #note({ device }: InboxReader, { entries }: InboxPage): void {
    for (const entry of entries) if (this.#isFor(entry, device)) this.#newest.set(device, entry.seq);
  }

  #isFor(entry: InboxEntry, device: DeviceId): boolean {
    if (entry.seq <= this.#head.floor) return false;
    const reader = this.#readers.get(device);
    if (entry.bridged) return entry.devices.includes(device) && entry.seq > (reader?.unbridged ?? 0);
    return entry.devices.includes(device) || entry.seq <= (reader?.since ?? 0);
  }

  #entriesFor(device: DeviceId, after: number): InboxEntry[] {
    return this.#pages.flatMap(({ last, entries }) => (last <= after ? [] : entries.filter((entry) => entry.seq > after && this.#isFor(entry, device))));
  }

  #trim(now: number): Truncation[] {
    const { messages, ageMs, bytes } = this.#limits();
    let floor = Math.max(this.#head.floor, this.#head.seq - messages);
    for (const page of this.#pages) if (page.at <= now - ageMs) floor = Math.max(floor, page.last);
    let total = 0;
    for (const page of this.#pages.toReversed()) {
      total += page.entries.reduce((sum, entry) => sum + entry.bytes, 0);
      if (total > bytes) floor = Math.max(floor, page.last);
    }
    if (floor <= this.#head.floor) return [];
    const truncations = this.#losses(floor);
    this.#raiseFloor(floor);
    return truncations;
  }

  #losses(floor: number): Truncation[] {
    return [...this.#readers.values()].flatMap((reader) => {
      const lost = this.#entriesFor(reader.device, this.#cursor(reader.device)).filter((entry) => entry.seq <= floor);
      const first = lost[0]?.seq;
      const to = lost.at(-1)?.seq;
      if (first === undefined || to === undefined) return [];
      const marked = { ...reader, lost: to };
      this.#readers.set(reader.device, marked);
      this.#mark(marked);
      return [{ device: reader.device, from: first, to }];
    });
  }

  #raiseFloor(floor: number): void {
    if (floor <= this.#head.floor) return this.#prune();
    this.#head = { ...this.#head, floor };
    // Where no page reaches down to it, nobody can tell.
    if (this.#pages.some(({ first }) => first <= floor)) this.#store.setHead(this.#head);
    this.#prune();
  }

  /** Deletes pages that nobody waits for any more. */
  #prune(): void {
    const done = this.#pages.filter((page) => page.entries.every((entry) => this.#isDone(entry)));
    if (done.length === 0) return;
    // The newest page carries the seq: without it the head must.
    if (done.at(-1) === this.#pages.at(-1)) this.#store.setHead(this.#head);
    for (const { first } of done) this.#store.removePage(first);
    this.#pages = this.#pages.filter((page) => !done.includes(page));
  }

  #isDone(entry: InboxEntry): boolean {
    if (entry.seq <= this.#head.floor) return true;
    let holders = 0;
    for (const reader of this.#readers.values()) {
      if (!this.#isFor(entry, reader.device)) continue;
      if (reader.cursor < entry.seq) return false;
      holders += 1;
    }
    if (entry.ahead === true) return !this.#isFollowed(entry);
    return holders > 0 || entry.bridged === true;
  }

  /** Whether a later message of the same sender waits. */
  #isFollowed({ seq, from, device }: InboxEntry): boolean {
    const follows = (entry: InboxEntry): boolean => entry.seq > seq && entry.from === from && entry.device === device && entry.ahead !== true;
    return this.#pages.some(({ last, entries }) => last > seq && entries.some((entry) => follows(entry) && !this.#isDone(entry)));
  }
}

/** A device that is there before anything has waited. */
const firstReader = (device: DeviceId): InboxReader => ({ device, cursor: 0, since: 0, lost: 0, unbridged: 0 });
