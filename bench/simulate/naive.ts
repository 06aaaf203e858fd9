import { Histogram } from "../lib/histogram.ts";
import type { SimulationOptions } from "./elastic.ts";
import { type Design, NOTHING, type Outcome, outcomeOf } from "./outcome.ts";
import { SOCKETS_MAX } from "./platform/costs.ts";
import { Platform } from "./platform/platform.ts";
import { billFor, type Usage } from "./platform/prices.ts";
import { lastMile, regionFor } from "./platform/regions.ts";
import type { Thread } from "./platform/thread.ts";

type Options = Pick<SimulationOptions, "members" | "messagesPerSecond" | "seed" | "seconds" | "geography" | "costs">;

/** From a socket, and into a row. */
const ONE_MESSAGE: Usage = { ...NOTHING, socketMessages: 1, rowsWritten: 1 };
/** Of a message as JSON, with who sent it. */
const MESSAGE_BYTES = 230;
/** Deliveries that are looked at, of each message and object. */
const LOOKED_AT = 16;
/** Backlogs grow; what is measured begins after this. */
const BEFORE_SECONDS = 2;

/** What there would be to do without thinking, on the same platform at the same prices. Nothing of the product is in these. */
abstract class Naive {
  readonly platform: Platform;
  readonly latency = new Histogram();
  readonly options: Options;
  protected readonly order: Thread;
  published = 0;

  constructor(options: Options) {
    this.options = options;
    this.platform = new Platform(options.costs, options.geography, options.seed);
    this.order = this.platform.object("hub", "hub", 0);
  }

  abstract readonly design: Design;
  abstract readonly shape: { readonly leaves: number; readonly relays: number };
  /** Spreads one message that was sent at `sentAt`, within an event of the object that gives the order. */
  protected abstract spread(sentAt: number): void;
  /** Share of the ordering object's time that would be needed. */
  protected abstract get offered(): number;
  protected abstract get perMessage(): Usage;
  protected troubles(): string[] {
    return [];
  }

  async run(): Promise<Outcome> {
    const { costs, members, messagesPerSecond, seconds } = this.options;
    const { order, platform } = this;
    const publish = (): void => {
      const sentAt = platform.now;
      const from = this.#place();
      platform.after(from.lastMileMs + platform.delay(from.region, order.region), () => {
        order.tally.socketMessages += 1;
        order.arrive(
          costs.frameInUs,
          () => {
            this.published += 1;
            order.wrote(MESSAGE_BYTES);
            this.spread(sentAt);
          },
          false,
        );
      });
      platform.after((-Math.log(1 - platform.random()) * 1000) / messagesPerSecond, publish);
    };
    publish();
    await platform.run(BEFORE_SECONDS * 1000);
    for (const thread of platform.threads) thread.reset();
    this.latency.reset();
    await platform.run((BEFORE_SECONDS + seconds) * 1000);
    for (const thread of platform.threads) thread.close();
    const outcome = outcomeOf({
      design: this.design,
      members,
      messagesPerSecond,
      seconds,
      ...this.shape,
      platform,
      latency: this.latency,
      counts: { published: this.published },
      troubles: this.troubles(),
    });
    return this.offered <= 1 ? outcome : overloaded(outcome, this.offered, this.perMessage);
  }

  /** A frame to each of so many sockets of an object, one after the other; some of them are timed. */
  protected sendAll(thread: Thread, sockets: number, sentAt: number): void {
    const { manySockets, sendManyUs, sendUs } = this.options.costs;
    const each = sockets > manySockets ? sendManyUs : sendUs;
    const begin = thread.time;
    thread.spend(sockets * each);
    thread.tally.framesOut += sockets;
    for (let looked = 0; looked < LOOKED_AT; looked++) {
      const leavesAt = begin + (this.platform.random() * sockets * each) / 1000 + this.options.costs.commitMs;
      this.arrives(leavesAt, thread.region, sentAt);
    }
  }

  protected arrives(leavesAt: number, from: number, sentAt: number): void {
    const to = this.#place();
    this.latency.record((leavesAt + this.platform.delay(from, to.region) + to.lastMileMs - sentAt) * 1000);
  }

  #place(): { region: number; lastMileMs: number } {
    const { geography, random } = this.platform;
    return { region: regionFor(geography, random()), lastMileMs: lastMile(geography, random(), random()) };
  }
}

const ENDLESS = {
  p50: Number.POSITIVE_INFINITY,
  p90: Number.POSITIVE_INFINITY,
  p99: Number.POSITIVE_INFINITY,
  p999: Number.POSITIVE_INFINITY,
  max: Number.POSITIVE_INFINITY,
};
const HOUR_SECONDS = 3_600;

/** More to do than there is time: whoever waits, waits longer and longer. The bill is that of doing it all, if it could be done. */
function overloaded(outcome: Outcome, offered: number, perMessage: Usage): Outcome {
  const hour = billFor(perMessage, HOUR_SECONDS * outcome.messagesPerSecond);
  return {
    ...outcome,
    latencyMs: ENDLESS,
    distribution: [],
    hottest: { ...outcome.hottest, busy: offered, busiestSecond: offered },
    bills: { ...outcome.bills, hour, twoHours: 2 * hour.total },
    troubles: [...outcome.troubles, `the object that gives the order would need ${Math.round(offered * 100)} % of its time`],
  };
}

/** All sockets at the object that gives the order; each message by itself. */
class OneObject extends Naive {
  readonly design = "one object";
  readonly shape = { leaves: 0, relays: 0 };
  protected spread(sentAt: number): void {
    this.sendAll(this.order, this.options.members, sentAt);
  }
  protected get offered(): number {
    const { costs, members, messagesPerSecond } = this.options;
    const each = members > costs.manySockets ? costs.sendManyUs : costs.sendUs;
    return (messagesPerSecond * (members * each + costs.frameInUs)) / 1e6;
  }
  protected get perMessage(): Usage {
    return { ...ONE_MESSAGE, awakeSeconds: this.offered / this.options.messagesPerSecond };
  }
  protected override troubles(): string[] {
    return this.options.members > SOCKETS_MAX ? [`${this.options.members} sockets at one object: the platform takes ${SOCKETS_MAX}`] : [];
  }
}

/** Each member has an object of its own, which is called for each message. */
class CallPerMember extends Naive {
  readonly design = "a call per member";
  readonly shape = { leaves: 0, relays: 0 };
  protected get offered(): number {
    const { costs, members, messagesPerSecond } = this.options;
    return (messagesPerSecond * (members * (costs.callOutUs + costs.answerUs) + costs.frameInUs)) / 1e6;
  }
  protected get perMessage(): Usage {
    const { costs, members, messagesPerSecond } = this.options;
    const theirsUs = members * (costs.callInUs + costs.sendUs + costs.replyUs);
    return { ...ONE_MESSAGE, objectRequests: members, awakeSeconds: this.offered / messagesPerSecond + theirsUs / 1e6 };
  }
  protected spread(sentAt: number): void {
    const { callInUs, callOutUs, answerUs, replyUs, sendUs } = this.options.costs;
    const { members } = this.options;
    const { order, platform } = this;
    const begin = order.time;
    order.spend(members * (callOutUs + answerUs));
    order.tally.callsOut += members;
    order.tally.framesOut += members;
    // The members' own objects, all together: what they are billed is what they do.
    order.tally.requests += members;
    order.tally.awakeMs += (members * (callInUs + sendUs + replyUs)) / 1000;
    for (let looked = 0; looked < LOOKED_AT; looked++) {
      const calledAt = begin + (platform.random() * members * callOutUs) / 1000 + this.options.costs.commitMs;
      const region = regionFor(platform.geography, platform.random());
      this.arrives(calledAt + platform.delay(order.region, region) + (callInUs + sendUs) / 1000, region, sentAt);
    }
  }
}

const MEMBERS_PER_LEAF = 1_000;
const LEAVES_WITHOUT_RELAYS = 64;

/** Leaves and relays, but each message goes by itself. */
class NoJoining extends Naive {
  readonly design = "no joining";
  readonly shape: { readonly leaves: number; readonly relays: number };
  readonly #leaves: readonly Thread[];
  readonly #relays: readonly Thread[];

  constructor(options: Options) {
    super(options);
    const leaves = Math.max(2, Math.ceil(options.members / MEMBERS_PER_LEAF));
    const relays = leaves > LEAVES_WITHOUT_RELAYS ? Math.ceil(Math.sqrt(leaves)) : 0;
    this.shape = { leaves, relays };
    const { geography, random } = this.platform;
    this.#leaves = Array.from({ length: leaves }, (_, index) => this.platform.object(`leaf ${index}`, "leaf", regionFor(geography, random())));
    this.#relays = Array.from({ length: relays }, (_, index) => this.platform.object(`relay r${index}`, "relay", this.order.region));
  }

  protected get offered(): number {
    const { costs, messagesPerSecond } = this.options;
    const children = this.shape.relays > 0 ? this.shape.relays : this.shape.leaves;
    return (messagesPerSecond * (children * (costs.callOutUs + costs.answerUs) + costs.frameInUs)) / 1e6;
  }
  protected get perMessage(): Usage {
    const { costs, members } = this.options;
    const { leaves, relays } = this.shape;
    return { ...ONE_MESSAGE, objectRequests: leaves + relays, awakeSeconds: (members * costs.sendUs) / 1e6 };
  }
  protected spread(sentAt: number): void {
    const send = (leaf: Thread) => () => this.sendAll(leaf, this.options.members / this.#leaves.length, sentAt);
    if (this.#relays.length === 0) return this.#callAll(this.order, this.#leaves, send);
    this.#callAll(this.order, this.#relays, (relay) => () => this.#callAll(relay, this.#leavesOf(relay), send));
  }

  #leavesOf(relay: Thread): Thread[] {
    const index = this.#relays.indexOf(relay);
    return this.#leaves.filter((_, leaf) => leaf % this.#relays.length === index);
  }

  #callAll(from: Thread, children: readonly Thread[], run: (child: Thread) => () => void): void {
    const { answerUs, callInUs, callOutUs, replyUs } = this.options.costs;
    for (const child of children) {
      from.spend(callOutUs + answerUs);
      from.tally.callsOut += 1;
      this.platform.at(from.time + this.platform.delay(from.region, child.region), () => {
        child.requested();
        child.arrive(callInUs + replyUs, run(child), false);
      });
    }
  }
}

export const NAIVE_DESIGNS: readonly ((options: Options) => Promise<Outcome>)[] = [
  (options) => new OneObject(options).run(),
  (options) => new CallPerMember(options).run(),
  (options) => new NoJoining(options).run(),
];
