import { LIMITS } from "../../protocol/limits.ts";
import { ByteScale } from "../stream/byte-scale.ts";
import { Behind } from "./behind.ts";
import type { Sheet } from "./event-frame.ts";
import { deviceKey } from "./members.ts";
import type { Subscriber } from "./ports.ts";

interface Reader<One extends Subscriber> {
  readonly subscriber: One;
  /** Bytes of the stream it has acknowledged, on the scale of bytes sent. */
  acknowledged: number;
  /** What it was spared of what counts as sent, until it has acknowledged that far. */
  spared: { bytes: number; upTo: number } | undefined;
  behind: Behind | undefined;
}

export interface Sent<One extends Subscriber> {
  /** Frames sent, and messages that readers who are behind will do without. */
  readonly sent: number;
  readonly spared: number;
  readonly tooSlow: readonly One[];
}

const NOBODY: readonly never[] = [];
/** Who is behind gets what it was not sent once so much or less is under way. */
const CAUGHT_UP_BYTES = LIMITS.behindReaderBytes / 2;

/**
 * The subscribers of a stream and how far behind each is. Nothing is counted per send: the stream counts its bytes once,
 * as they stand in full, and an acknowledged seq is looked up on that scale. Forgotten on eviction, when nobody is behind.
 */
export class Readers<One extends Subscriber = Subscriber> {
  readonly #readers = new Map<string, Reader<One>>();
  readonly #scale = new ByteScale();
  /** The same readers, to go through with every flush; undefined: somebody came or went. */
  #list: readonly Reader<One>[] | undefined;
  /** Nobody has acknowledged less than this. */
  #least = 0;
  #sockets = 0;

  get size(): number {
    return this.#readers.size;
  }

  /** Those with a socket of their own. */
  get sockets(): number {
    return this.#sockets;
  }

  get(user: string, device: string): One | undefined {
    return this.#readers.get(deviceKey(user, device))?.subscriber;
  }

  /** Takes the place of the device's earlier subscriber, which is returned. `replayed`: bytes it is being sent to catch up. */
  add(subscriber: One, replayed = 0): One | undefined {
    const key = deviceKey(subscriber.user, subscriber.device);
    const earlier = this.#readers.get(key)?.subscriber;
    const acknowledged = this.#scale.sent - replayed;
    this.#readers.set(key, { subscriber, acknowledged, spared: undefined, behind: undefined });
    this.#least = Math.min(this.#least, acknowledged);
    this.#list = undefined;
    this.#sockets += socketsOf(subscriber) - socketsOf(earlier);
    return earlier === subscriber ? undefined : earlier;
  }

  /** Whether it was there: a late close of a replaced socket must not end its successor. */
  remove(subscriber: Subscriber): boolean {
    const key = deviceKey(subscriber.user, subscriber.device);
    if (this.#readers.get(key)?.subscriber !== subscriber) return false;
    this.#list = undefined;
    this.#sockets -= socketsOf(subscriber);
    return this.#readers.delete(key);
  }

  /** The subscribers of a user's devices. */
  ofUser(user: string): One[] {
    return [...this].filter((subscriber) => subscriber.user === user);
  }

  *[Symbol.iterator](): IterableIterator<One> {
    for (const { subscriber } of this.#readers.values()) yield subscriber;
  }

  /** To everybody; who is behind is spared what may be. */
  send(sheet: Sheet): Sent<One> {
    this.#list ??= [...this.#readers.values()];
    const list = this.#list;
    const bytes = sheet.frame.length;
    const mayBeBehind = this.#scale.sent - this.#least > LIMITS.behindReaderBytes && this.#isAnybodyBehind(list);
    this.#scale.add(bytes, sheet.upTo);
    if (mayBeBehind) return this.#sendEach(list, sheet);
    for (const { subscriber } of list) subscriber.send(subscriber.brief === true ? sheet.brief() : sheet.frame, sheet.upTo);
    return { sent: list.length, spared: 0, tooSlow: NOBODY };
  }

  acknowledge(subscriber: Subscriber, upTo: number): void {
    const reader = this.#readers.get(subscriber.key ?? deviceKey(subscriber.user, subscriber.device));
    if (reader?.subscriber !== subscriber) return;
    reader.acknowledged = Math.max(reader.acknowledged, this.#scale.at(upTo));
    if (reader.spared !== undefined && upTo >= reader.spared.upTo) reader.spared = undefined;
    if (reader.behind !== undefined && this.#underWay(reader) <= CAUGHT_UP_BYTES) this.#catchUp(reader, reader.behind);
  }

  #sendEach(list: readonly Reader<One>[], sheet: Sheet): Sent<One> {
    const tooSlow: One[] = [];
    const bytes = sheet.frame.length;
    let sent = 0;
    let spared = 0;
    for (const reader of list) {
      const { subscriber } = reader;
      // What is on its way without this frame, which is on the scale already.
      if (subscriber.via === "socket" && sheet.conflatable && this.#underWay(reader) - bytes > LIMITS.behindReaderBytes) reader.behind ??= new Behind(sheet);
      if (reader.behind === undefined) {
        subscriber.send(subscriber.brief === true ? sheet.brief() : sheet.frame, sheet.upTo);
        sent += 1;
      } else {
        spared += reader.behind.add(sheet);
        this.#spare(reader, bytes, sheet.upTo);
      }
      // Riders acknowledge elsewhere, and their carriage has a bound of its own.
      if (subscriber.via === "socket" && this.#underWay(reader) + (reader.behind?.bytes ?? 0) > LIMITS.slowReaderBytes) tooSlow.push(subscriber);
    }
    return { sent, spared, tooSlow };
  }

  /** Looks only when somebody may be: the least that is known only rises when it is looked up. */
  #isAnybodyBehind(list: readonly Reader<One>[]): boolean {
    let least = this.#scale.sent;
    for (const { subscriber, acknowledged } of list) if (subscriber.via === "socket" && acknowledged < least) least = acknowledged;
    this.#least = least;
    return this.#scale.sent - least > LIMITS.behindReaderBytes;
  }

  #underWay({ acknowledged, spared }: Reader<One>): number {
    return this.#scale.sent - acknowledged - (spared?.bytes ?? 0);
  }

  #spare(reader: Reader<One>, bytes: number, upTo: number): void {
    reader.spared = { bytes: (reader.spared?.bytes ?? 0) + bytes, upTo };
  }

  #catchUp(reader: Reader<One>, behind: Behind): void {
    reader.behind = undefined;
    for (const frame of behind.frames()) {
      this.#spare(reader, -frame.length, behind.upTo);
      reader.subscriber.send(frame, behind.upTo);
    }
  }
}

const socketsOf = (subscriber: Subscriber | undefined): number => (subscriber?.via === "socket" ? 1 : 0);
