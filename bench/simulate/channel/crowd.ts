import type { Frame } from "../../../src/protocol/frame.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { PRIORITIES, type Priority } from "../../../src/protocol/priority.ts";
import { Histogram } from "../../lib/histogram.ts";
import type { Platform } from "../platform/platform.ts";
import { lastMile, regionFor } from "../platform/regions.ts";
import { encodeSent, FrameReader } from "./frames.ts";
import { type Audience, Member } from "./member.ts";
import type { Place } from "./place.ts";
import type { World } from "./world.ts";

export interface CrowdOptions {
  readonly members: number;
  /** Over which they come. */
  readonly growSeconds: number;
  readonly messagesPerSecond: number;
  /** How long a member stays, on average; as many come as go. */
  readonly staySeconds: number;
  /** Members whose deliveries are timed and checked. */
  readonly sampled: number;
  /** Where a user has to be; undefined: wherever the geography's shares put it. */
  readonly regionOf: (user: string) => number | undefined;
  /** What share of the messages has which priority; undefined: all are normal. */
  readonly shares?: Readonly<Record<Priority, number>> | undefined;
}

const perPriority = <Value>(of: () => Value): Record<Priority, Value> => ({ high: of(), normal: of(), low: of() });

/** First reconnect within this, then full jitter, doubling. */
const RECONNECT_SPREAD_MS = 300;
const RECONNECT_CAP_MS = 30_000;
/** Acknowledgements of a place's members are handed over so often: all that fall into it. */
const ACK_STEP_MS = 250;

/** The members: they come, publish, acknowledge, go, and come back when they are cut off. */
export class Crowd implements Audience {
  readonly latency = new Histogram();
  /** The same by priority, and how many were said. */
  readonly latencyOf = perPriority(() => new Histogram());
  readonly said = perPriority(() => 0);
  readonly counts = { published: 0, delivered: 0, gaps: 0, joins: 0, leaves: 0, moves: 0, reconnects: 0, refusals: 0 };
  readonly #world: World;
  readonly #platform: Platform;
  readonly #options: CrowdOptions;
  readonly #members: Member[] = [];
  readonly #reader = new FrameReader();
  /** Per place: bytes that its members have been taken to acknowledge, the part of a member that is left over, and who is next. */
  readonly #acks = new Map<Place, { bytes: number; rest: number; turn: Iterator<Member> }>();
  #names = 0;
  #messagesPerSecond: number;

  constructor(world: World, options: CrowdOptions) {
    this.#world = world;
    this.#platform = world.platform;
    this.#options = options;
    this.#messagesPerSecond = options.messagesPerSecond;
  }

  get now(): number {
    return this.#world.now;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Begins: they come one after the other, and messages flow all the while. */
  start(): void {
    const { growSeconds, members } = this.#options;
    const comes = (): void => {
      this.#comes();
      if (this.#members.length < members) this.#platform.after((growSeconds * 1000) / members, comes);
    };
    comes();
    this.#publishes();
    this.#acknowledge();
  }

  /** As many go and come as the average stay makes. */
  churn(): void {
    const { members, staySeconds } = this.#options;
    const change = (): void => {
      const index = Math.floor(this.#platform.random() * this.#members.length);
      this.#goes(index);
      this.#comes(index);
      this.#platform.after(this.#exponential((staySeconds * 1000) / members), change);
    };
    if (Number.isFinite(staySeconds)) change();
  }

  /** A leaf dies so often. */
  killLeaves(everySeconds: number): void {
    const kill = (): void => {
      const leaves = [...this.#world.leaves.keys()].filter((name) => !name.startsWith("r"));
      const name = leaves[Math.floor(this.#platform.random() * leaves.length)];
      if (name !== undefined) for (const member of this.#world.killLeaf(name)) this.#cut(member);
      this.#platform.after(everySeconds * 1000, kill);
    };
    if (Number.isFinite(everySeconds)) this.#platform.after(everySeconds * 500, kill);
  }

  setRate(messagesPerSecond: number): void {
    this.#messagesPerSecond = messagesPerSecond;
  }

  /** One message of the member with this number. */
  publishFrom(index: number): void {
    const member = this.#members[index];
    if (member?.place !== undefined) this.#publish(member, member.place);
  }

  /** Begins to measure. */
  reset(): void {
    this.latency.reset();
    for (const priority of PRIORITIES) {
      this.latencyOf[priority].reset();
      this.said[priority] = 0;
    }
    for (const name of Object.keys(this.counts) as (keyof Crowd["counts"])[]) this.counts[name] = 0;
  }

  // ---- what the service does to them

  got(member: Member, frame: Frame, at: number): void {
    const { after, upTo, messages } = this.#reader.read(frame);
    if (upTo < 0) return;
    if (after > member.position) {
      this.counts.gaps += 1;
      // As a client does: it comes back with its place.
      return this.#cut(member);
    }
    const known = Math.max(0, messages.length - Math.max(0, upTo - member.position));
    member.position = Math.max(member.position, upTo);
    const place = member.place;
    if (place === undefined) return;
    const arrives = at + this.#platform.delay(place.thread.region, member.region) + member.lastMileMs;
    for (let index = known; index < messages.length; index++) {
      this.counts.delivered += 1;
      const { at: sentAt = arrives, priority = "normal" } = messages[index] ?? {};
      this.latency.record((arrives - sentAt) * 1000);
      this.latencyOf[priority].record((arrives - sentAt) * 1000);
    }
  }

  moved(member: Member, frame: string): void {
    this.counts.moves += 1;
    const { retryAfterMs } = JSON.parse(frame) as { retryAfterMs: number };
    const { place } = member;
    this.#platform.after(this.#platform.random() * retryAfterMs, () => {
      if (member.place !== place || place === undefined) return;
      this.#hangUp(member, false);
      void this.#connect(member, 0);
    });
  }

  closed(member: Member): void {
    this.#cut(member);
  }

  // ---- what they do

  #comes(index = this.#members.length): void {
    const { members, regionOf, sampled } = this.#options;
    const { geography, random } = this.#platform;
    const number = this.#names++;
    const user = `user-${number}`;
    const region = regionOf(user) ?? regionFor(geography, random());
    const member = new Member(user, region, lastMile(geography, random(), random()), number % Math.ceil(members / sampled) === 0, this);
    this.#members[index] = member;
    this.counts.joins += 1;
    void this.#connect(member, 0);
  }

  #goes(index: number): void {
    const member = this.#members[index];
    if (member?.place === undefined) return;
    this.counts.leaves += 1;
    this.#hangUp(member, true);
  }

  /** Its socket ends, at the other end a little later. */
  #hangUp(member: Member, goodbye: boolean): void {
    const { place } = member;
    if (place === undefined) return;
    member.place = undefined;
    place.members.delete(member);
    this.#platform.after(this.#wayTo(member, place), () => {
      place.thread.arrive(this.#platform.costs.closeUs, () => place.seats.disconnected(member, goodbye));
    });
  }

  /** Cut off: it comes back within the spread. */
  #cut(member: Member): void {
    member.place?.members.delete(member);
    member.place = undefined;
    this.counts.reconnects += 1;
    this.#platform.after(this.#platform.random() * RECONNECT_SPREAD_MS, () => void this.#connect(member, 1));
  }

  async #connect(member: Member, tries: number): Promise<void> {
    const seating = await this.#world.connect(member);
    if (seating !== "refused") return;
    this.counts.refusals += 1;
    const spread = Math.min(RECONNECT_CAP_MS, RECONNECT_SPREAD_MS * 2 ** (tries + 1));
    this.#platform.after(this.#platform.random() * spread, () => void this.#connect(member, tries + 1));
  }

  #publishes(): void {
    const publish = (): void => {
      const member = this.#members[Math.floor(this.#platform.random() * this.#members.length)];
      if (member?.place !== undefined) this.#publish(member, member.place);
      this.#platform.after(this.#exponential(1000 / this.#messagesPerSecond), publish);
    };
    publish();
  }

  #publish(member: Member, place: Place): void {
    this.counts.published += 1;
    const priority = this.#priority();
    this.said[priority] += 1;
    const data = encodeSent({ at: this.#platform.now, region: member.region, priority }, this.#world.isRoom);
    const id = member.nextId++;
    this.#platform.after(this.#wayTo(member, place), () => {
      place.thread.tally.socketMessages += 1;
      place.thread.arrive(this.#platform.costs.frameInUs, () => place.seats.publish(member, { from: member.user, device: member.device, id, data, priority }));
    });
  }

  /**
   * Each member acknowledges after so many bytes, or so long after the first that is not acknowledged. They came one after the other, so
   * their turns are spread over the period: in each step the share of them whose turn it is.
   */
  #acknowledge(): void {
    const step = (): void => {
      for (const place of this.#places()) this.#acknowledgeAt(place);
      this.#platform.after(ACK_STEP_MS, step);
    };
    step();
  }

  #places(): Set<Place> {
    const places = new Set<Place>();
    for (const { life } of this.#world.leaves.values()) if (life?.place !== undefined) places.add(life.place);
    places.add(this.#world.hubPlace);
    return places;
  }

  #acknowledgeAt(place: Place): void {
    if (place.members.size === 0 || !place.thread.alive) return;
    const known = this.#acks.get(place) ?? { bytes: place.broadcastBytes, rest: 0, turn: place.members.values() };
    this.#acks.set(place, known);
    const bytes = place.broadcastBytes - known.bytes;
    if (bytes === 0) return;
    known.bytes = place.broadcastBytes;
    const due = known.rest + place.members.size * Math.max(bytes / LIMITS.ackBytes, ACK_STEP_MS / LIMITS.ackMs);
    const count = Math.floor(due);
    known.rest = due - count;
    if (count === 0) return;
    place.thread.tally.socketMessages += count;
    const { frameInUs } = this.#platform.costs;
    place.thread.arrive(
      count * frameInUs,
      () => {
        for (let taken = 0; taken < count; taken++) {
          let next = known.turn.next();
          if (next.done === true) {
            known.turn = place.members.values();
            next = known.turn.next();
          }
          if (next.done !== true) place.seats.acknowledge(next.value, place.upTo);
        }
      },
      false,
    );
  }

  #priority(): Priority {
    const { shares } = this.#options;
    if (shares === undefined) return "normal";
    let rest = this.#platform.random();
    for (const priority of PRIORITIES) {
      rest -= shares[priority];
      if (rest < 0) return priority;
    }
    return "low";
  }

  #wayTo(member: Member, place: Place): number {
    return member.lastMileMs + this.#platform.delay(member.region, place.thread.region);
  }

  #exponential(meanMs: number): number {
    return -Math.log(1 - this.#platform.random()) * meanMs;
  }
}
