import { PRIORITIES } from "../../protocol/priority.ts";
import { must } from "../../util/assert.ts";
import { type Accepted, writerOf } from "../stream/page.ts";
import { laneIndex } from "./counters.ts";
import { keyOf } from "./event-frame.ts";
import { Sampler } from "./sampler.ts";

/** An accepted message that waits to be given its place. */
export interface Pending<Outcome> {
  readonly message: Accepted;
  readonly outcome: Outcome;
  /** Those of the same key whose place it has taken: they are answered when it is. */
  readonly replaced: readonly Pending<Outcome>[];
}

interface Entry<Outcome> extends Pending<Outcome> {
  replaced: Entry<Outcome>[];
  /** Another took its place, or it was dropped. */
  gone: boolean;
}

interface Writer {
  last: number;
  count: number;
}

const LOWEST = PRIORITIES.length - 1;

/** What JSON may make of a character, and what stands around a message. */
const BYTES_PER_CHARACTER = 6;
const AROUND_BYTES = 512;
const rowBytes = ({ data }: Accepted): number => (typeof data === "string" ? data.length * BYTES_PER_CHARACTER : data.byteLength) + AROUND_BYTES;

/**
 * What a channel has accepted and not yet flushed: lane by lane, each writer's in order, of each key the latest. With sampling,
 * updates are held until their time has come.
 */
export class Waiting<Outcome> {
  readonly #lanes: Entry<Outcome>[][] = PRIORITIES.map(() => []);
  readonly #writers = new Map<string, Writer>();
  /** The latest of each key that may go, and that is held. */
  readonly #keys = new Map<string, Entry<Outcome>>();
  readonly #held = new Map<string, Entry<Outcome>>();
  readonly #sampler = new Sampler();
  #unanswered = 0;
  #bytes = 0;
  #ready = 0;
  #readyBytes = 0;

  /** All that has no answer yet, held ones and those whose place was taken among them, and the bytes of their payloads. */
  get count(): number {
    return this.#unanswered;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** Those that may go, and the bytes of their payloads. */
  get ready(): number {
    return this.#ready;
  }
  get readyBytes(): number {
    return this.#readyBytes;
  }

  /** When held updates may go; undefined: there are none. */
  get heldUntil(): number | undefined {
    return this.#held.size > 0 ? this.#sampler.endsAt : undefined;
  }

  /** The last id of a writer that waits here; 0 if none does. */
  lastId(writer: string): number {
    return this.#writers.get(writer)?.last ?? 0;
  }

  /** `everyMs`: how often a key may be updated; 0: as often as it is. */
  add(message: Accepted, outcome: Outcome, now: number, everyMs: number): void {
    const entry: Entry<Outcome> = { message, outcome, replaced: [], gone: false };
    this.#count(message);
    // History keeps every stored message, so none takes another's place.
    const key = keyOf(message);
    if (key === undefined) return this.#push(entry);
    if (everyMs === 0 || this.#sampler.pass(key, now, everyMs)) return this.#update(key, entry);
    this.#replace(this.#held.get(key), entry);
    this.#held.set(key, entry);
  }

  /** Lets held updates go: those whose time has come, or all. */
  release(now: number, everyMs: number, all = false): void {
    if (this.#held.size === 0 || !(all || this.#sampler.isOver(now, everyMs))) return;
    this.#sampler.begin(now, everyMs);
    const held = [...this.#held];
    this.#held.clear();
    for (const [key, entry] of held) {
      this.#sampler.pass(key, now, everyMs);
      this.#update(key, entry);
    }
  }

  /** Takes out what is flushed next: the first lanes first, and as many as `bytesMax` of a row hold. */
  take(bytesMax: number): Pending<Outcome>[] {
    const taken: Entry<Outcome>[] = [];
    let bytes = 0;
    for (const lane of this.#lanes) {
      let end = 0;
      for (; end < lane.length; end++) {
        const entry = must(lane[end], "within the lane");
        if (entry.gone) continue;
        bytes += rowBytes(entry.message);
        if (bytes > bytesMax && taken.length > 0) break;
        taken.push(entry);
      }
      lane.splice(0, end);
      if (lane.length > 0) break;
    }
    for (const entry of taken) this.#leave(entry);
    return taken;
  }

  /** Takes out the oldest of the lowest lane: where there is too much, it goes first. */
  drop(): Pending<Outcome> | undefined {
    const lane = must(this.#lanes[LOWEST], "there is a lowest lane");
    for (let entry = lane.shift(); entry !== undefined; entry = lane.shift()) {
      if (entry.gone) continue;
      this.#leave(entry);
      return entry;
    }
    return undefined;
  }

  #count(message: Accepted): void {
    this.#unanswered += 1;
    this.#bytes += message.data.length;
    const key = writerOf(message);
    const writer = this.#writers.get(key);
    if (writer === undefined) this.#writers.set(key, { last: message.id, count: 1 });
    else {
      writer.last = message.id;
      writer.count += 1;
    }
  }

  #update(key: string, entry: Entry<Outcome>): void {
    const earlier = this.#keys.get(key);
    if (earlier !== undefined) this.#unready(earlier);
    this.#replace(earlier, entry);
    this.#keys.set(key, entry);
    this.#push(entry);
  }

  #push(entry: Entry<Outcome>): void {
    const { message } = entry;
    const lane = laneIndex(message.priority);
    // Its earlier ones come along: no message overtakes another of its writer.
    for (let lower = lane + 1; lower <= LOWEST; lower++) this.#raise(message, lower, lane);
    this.#lane(lane).push(entry);
    this.#ready += 1;
    this.#readyBytes += message.data.length;
  }

  #raise({ from, device }: Accepted, lower: number, lane: number): void {
    const all = this.#lane(lower);
    if (all.length === 0) return;
    const isIts = ({ message }: Entry<Outcome>): boolean => message.device === device && message.from === from;
    this.#lane(lane).push(...all.filter(isIts));
    this.#lanes[lower] = all.filter((entry) => !isIts(entry));
  }

  #replace(earlier: Entry<Outcome> | undefined, entry: Entry<Outcome>): void {
    if (earlier === undefined) return;
    earlier.gone = true;
    entry.replaced = earlier.replaced;
    entry.replaced.push(earlier);
    earlier.replaced = [];
  }

  #unready({ message }: Entry<Outcome>): void {
    this.#ready -= 1;
    this.#readyBytes -= message.data.length;
  }

  /** It, and those whose place it took, wait no longer. */
  #leave(entry: Entry<Outcome>): void {
    const { message, replaced } = entry;
    entry.gone = true;
    this.#unready(entry);
    if (message.key !== undefined && this.#keys.get(message.key) === entry) this.#keys.delete(message.key);
    this.#uncount(message);
    for (const earlier of replaced) this.#uncount(earlier.message);
  }

  #uncount(message: Accepted): void {
    this.#unanswered -= 1;
    this.#bytes -= message.data.length;
    const key = writerOf(message);
    const writer = must(this.#writers.get(key), "who waits is counted");
    writer.count -= 1;
    if (writer.count === 0) this.#writers.delete(key);
  }

  #lane(index: number): Entry<Outcome>[] {
    return must(this.#lanes[index], `there is a lane ${index}`);
  }
}
