import { Channel, type Joined } from "../../../src/domain/channel/channel.ts";
import { Pace } from "../../../src/domain/channel/pace.ts";
import { type ChannelDeadline, type ChannelLimits, DEFAULT_OPTIONS } from "../../../src/domain/channel/ports.ts";
import { type FanOutLimits, type FanOutPlan, HUB, leafOf, NO_LEAVES } from "../../../src/domain/channel/relay-plan.ts";
import { Leaf } from "../../../src/domain/leaf/leaf.ts";
import type { LeafPublish, Push, PushAnswer } from "../../../src/domain/leaf/messages.ts";
import { Relay } from "../../../src/domain/leaf/relay.ts";
import { RoomPace } from "../../../src/domain/room/pace.ts";
import type { ChannelRef } from "../../../src/protocol/names.ts";
import { ROOM_MESSAGE } from "../../../src/protocol/room-payload.ts";
import { must } from "../../../src/util/assert.ts";
import type { Platform } from "../platform/platform.ts";
import type { Thread } from "../platform/thread.ts";
import { SimulatedDeadlines } from "./deadlines.ts";
import type { Member } from "./member.ts";
import { Place, type Seating } from "./place.ts";
import { CountingLogStore, CountingRosterStore, CountingStateStore, type RowTrouble } from "./stores.ts";
import { ASK_BYTES, callBytes } from "./wire-size.ts";

const NAME = "lobby";
/** What `Date.now` says at the begin: plans have times for versions. */
const EPOCH_MS = 1_700_000_000_000;
const SILENCE_MS = 90_000;
const PLAN_ROW_BYTES = 200;

export interface WorldOptions {
  readonly limits: FanOutLimits;
  readonly channel: ChannelLimits;
  readonly log: "durable" | "memory";
  /** A chat room, which takes so many messages a second; absent: a channel. */
  readonly room?: { readonly messagesPerSecond: number } | undefined;
  /** Where the hub, and each leaf that nobody has placed, lives. */
  readonly hubRegion: number;
  /** Leaves stand where their first member is; or each is given a region's members alone. */
  readonly leafRegion: (leaf: number, first: Member | undefined) => number;
}

interface HubAt {
  readonly thread: Thread;
  readonly channel: Channel;
  readonly place: Place;
}

interface LeafAt {
  readonly thread: Thread;
  readonly leaf: Leaf | undefined;
  readonly relay: Relay | undefined;
  readonly place: Place | undefined;
}

/** What of a leaf outlives it. */
interface LeafKept {
  plan: FanOutPlan | undefined;
  life: LeafAt | undefined;
  readonly region: number;
}

/** A channel with its hub, relays and leaves: the product's own classes on objects of the platform. */
export class World {
  readonly platform: Platform;
  readonly rowTrouble: RowTrouble = { tooLarge: 0, largest: 0 };
  readonly leaves = new Map<string, LeafKept>();
  plans = 0;
  redirects = 0;
  /** Members who came back and were told that something is lost. */
  unrecovered = 0;
  /** The entry Workers' map. */
  cached: FanOutPlan = NO_LEAVES;
  readonly #options: WorldOptions;
  readonly #ref: ChannelRef;
  readonly #pace = new RoomPace();
  readonly #hub: HubAt;
  #plan: FanOutPlan = NO_LEAVES;
  #lives = 0;

  constructor(platform: Platform, options: WorldOptions) {
    this.platform = platform;
    this.#options = options;
    this.#ref = { type: options.room === undefined ? "message" : "room", name: NAME };
    this.#hub = this.#openHub();
  }

  get now(): number {
    return EPOCH_MS + this.platform.now;
  }

  get isRoom(): boolean {
    return this.#options.room !== undefined;
  }

  get hub(): Thread {
    return this.#hub.thread;
  }

  get hubPlace(): Place {
    return this.#hub.place;
  }

  get channel(): Channel {
    return this.#hub.channel;
  }

  get plan(): FanOutPlan {
    return this.channel.hub?.plan ?? NO_LEAVES;
  }

  /** What the entry Worker does with an upgrade: the place it knows of, and where that one sends it. */
  async connect(member: Member): Promise<Seating> {
    this.platform.workerRequests += 1;
    let plan = this.cached;
    for (let hops = 0; hops < 5; hops++) {
      const leaf = leafOf(member.user, plan.leaves);
      const seating = await (leaf === HUB ? this.#atHub(member) : this.#atLeaf(member, String(leaf), plan.version));
      if (seating === "refused" || !("leaves" in seating)) return seating;
      this.redirects += 1;
      this.cached = seating;
      plan = seating;
    }
    return "refused";
  }

  /** A leaf is gone with its sockets, and starts anew when somebody calls it. */
  killLeaf(name: string): readonly Member[] {
    const kept = this.leaves.get(name);
    const life = kept?.life;
    if (kept === undefined || life === undefined) return [];
    kept.life = undefined;
    this.platform.end(life.thread);
    return [...(life.place?.members ?? [])];
  }

  /** What a room does with a message, as its desk has it: first its rate, then the channel's lanes. Resolves with the sender's answer. */
  #say({ from, device, data, priority = "normal" }: LeafPublish): Promise<void> {
    const { channel } = this.#hub;
    const { messagesPerSecond } = must(this.#options.room, "it is a room");
    if (!this.#pace.take(priority, { messagesPerSecond, slowMs: 0 }, this.now)) {
      channel.leaveOut(priority);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const publish = { from, device, id: channel.serverId(from, device), data, customType: ROOM_MESSAGE, priority };
      if (channel.publish(publish, { done: () => resolve() }) !== undefined) resolve();
      else channel.settle();
    });
  }

  // ---- sockets

  #atHub(member: Member): Promise<Seating | FanOutPlan> {
    const { channel, place, thread } = this.#hub;
    return this.#upgrade(thread, member, async () => {
      const moved = channel.hub?.placement();
      if (moved !== undefined) return moved;
      if (channel.refusal(member.user, member.device, member.generation) !== undefined) return "refused";
      this.#seat(member, place);
      return this.#welcome(member, place, channel.join(member, positionOf(member)));
    });
  }

  #atLeaf(member: Member, name: string, version: number): Promise<Seating | FanOutPlan> {
    const life = this.#leafAt(name, member);
    const leaf = must(life.leaf, "a relay takes no sockets");
    const place = must(life.place, "a leaf has a place");
    return this.#upgrade(life.thread, member, async () => {
      if (!leaf.knows(version)) await leaf.register();
      const position = positionOf(member);
      const lacking = position !== undefined && leaf.knows(0) && leaf.lacks(position);
      const missed = lacking ? await leaf.missed(position).catch(() => "unknown" as const) : undefined;
      if (!life.thread.alive) return "refused";
      const turned = leaf.turns(member.user, member.device, member.generation);
      if (turned !== undefined) return "moved" in turned ? turned.moved : "refused";
      if (missed === "unknown") return "refused";
      this.#seat(member, place);
      return this.#welcome(member, place, leaf.join(member, position, missed));
    });
  }

  /** The request travels from the member's own region to the object, and its answer back. */
  #upgrade(thread: Thread, member: Member, take: () => Promise<Seating | FanOutPlan>): Promise<Seating | FanOutPlan> {
    const { platform } = this;
    const delay = platform.delay(member.region, thread.region);
    return new Promise((resolve) => {
      const answer = (seating: Seating | FanOutPlan): void => {
        platform.promised();
        resolve(seating);
      };
      const gone = (): void => {
        thread.callers.delete(gone);
        platform.after(delay, () => answer("refused"));
      };
      platform.after(delay, () => {
        if (!thread.alive) return gone();
        thread.callers.add(gone);
        thread.requested();
        thread.arrive(platform.costs.upgradeUs, () => {
          void take().then((seating) => {
            if (thread.callers.delete(gone)) platform.at(platform.time + delay, () => answer(seating));
          });
        });
      });
    });
  }

  #seat(member: Member, place: Place): void {
    member.place?.members.delete(member);
    member.place = place;
    member.since = this.now;
    place.members.add(member);
  }

  #welcome(member: Member, place: Place, { epoch, seq, frames, recovered }: Joined): Seating {
    if (member.epoch !== undefined && recovered !== true) this.unrecovered += 1;
    member.epoch = epoch;
    member.position = seq;
    for (const frame of frames) member.send(frame, seq);
    return { place };
  }

  // ---- objects

  #openHub(): HubAt {
    const { platform } = this;
    const { channel: limits, hubRegion, limits: fanOutLimits, log } = this.#options;
    const thread = platform.object("hub", "hub", hubRegion);
    const ours = (): Thread => thread;
    const later = (ms: number, run: () => void): void => {
      thread.pin();
      platform.after(ms, () => {
        thread.unpin();
        thread.arrive(platform.costs.timerUs, run);
      });
    };
    const holder: { channel?: Channel } = {};
    const channelOf = (): Channel => must(holder.channel, "the channel is open");
    const deadlines = new SimulatedDeadlines(platform, ours, (name) => void channelOf().due(name as ChannelDeadline));
    const state = new CountingStateStore(ours);
    if (log === "memory") state.setOptions({ ...DEFAULT_OPTIONS, log });
    const deadline = (name: string, at: number | undefined): void => deadlines.set(name, at === undefined ? undefined : at - EPOCH_MS);
    let wakeAt = Number.POSITIVE_INFINITY;
    let turn = 0;
    const wakeIn = (ms: number): void => {
      const at = platform.time + ms;
      if (at >= wakeAt) return;
      wakeAt = at;
      turn += 1;
      const mine = turn;
      later(ms, () => {
        if (mine !== turn) return;
        wakeAt = Number.POSITIVE_INFINITY;
        channelOf().wake();
      });
    };
    holder.channel = new Channel(
      this.#ref,
      {
        log: new CountingLogStore(ours, this.rowTrouble),
        roster: new CountingRosterStore(ours, this.rowTrouble),
        state,
        now: () => this.now,
        newEpoch: () => (++this.#lives).toString(16).padStart(16, "0"),
        afterCommit: (done) => {
          const { commitMs } = platform.costs;
          platform.at(thread.time + commitMs, () => thread.arrive(0, done));
        },
        // Each object of a large channel has a processor of its own.
        pace: new Pace(),
        wakeIn,
        deadline,
        fanOut: {
          now: () => this.now,
          random: platform.random,
          call: (child, push) =>
            platform.call(
              thread,
              () => this.#leafAt(child).thread,
              callBytes(push),
              () => receive(this.#leafAt(child), push),
            ),
          look: (child, look) =>
            platform.call(
              thread,
              () => this.#leafAt(child).thread,
              callBytes(look),
              () => must(this.#leafAt(child).leaf, "a relay has no members").look(look),
            ),
          background: (work) => platform.background(work),
          pause: (ms) => new Promise((resolve) => later(ms, resolve)),
          plan: () => this.#plan,
          keepPlan: (plan) => {
            thread.wrote(PLAN_ROW_BYTES);
            this.plans += 1;
            this.#plan = plan;
          },
          settings: () => ({}),
          life: () => `hub${++this.#lives}`,
          limits: () => fanOutLimits,
          deadline,
        },
      },
      limits,
      [],
    );
    const channel = holder.channel;
    const place = new Place(
      thread,
      {
        publish: (_member, publish) => {
          if (this.isRoom) return void this.#say(publish).then(() => replied(thread, platform));
          channel.publish(publish);
          channel.settle();
        },
        acknowledge: (member, upTo) => channel.acknowledge(member, upTo),
        disconnected: (member, goodbye) => channel.disconnected(member, goodbye),
      },
      platform.costs,
    );
    return { thread, channel, place };
  }

  /** A room's message is a request, which the leaf hands on: a call each. */
  async #ask(thread: Thread, leaf: Leaf, member: Member, publish: LeafPublish): Promise<void> {
    const { platform } = this;
    await leaf.vouch(member, () =>
      platform.call(
        thread,
        () => this.hub,
        ASK_BYTES,
        () => this.#say(publish),
      ),
    );
    replied(thread, platform);
  }

  #leafAt(name: string, first?: Member): LeafAt {
    const known = this.leaves.get(name);
    const kept = known ?? {
      plan: undefined,
      life: undefined,
      region: name.startsWith("r") ? this.#options.hubRegion : this.#options.leafRegion(Number(name), first),
    };
    this.leaves.set(name, kept);
    kept.life ??= this.#openLeaf(name, kept);
    return kept.life;
  }

  #openLeaf(name: string, kept: LeafKept): LeafAt {
    const { platform } = this;
    const kind = name.startsWith("r") ? "relay" : "leaf";
    const thread = platform.object(`${kind} ${name}`, kind, kept.region);
    const pause = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        thread.pin();
        platform.after(ms, () => {
          thread.unpin();
          thread.arrive(platform.costs.timerUs, resolve);
        });
      });
    let alarmAt = Number.POSITIVE_INFINITY;
    const hubOf = () => must(this.channel.hub, "a hub has called its leaves");
    const ports = {
      now: () => this.now,
      random: platform.random,
      up: (call: Parameters<ReturnType<typeof hubOf>["up"]>[0]) =>
        platform.call(
          thread,
          () => this.hub,
          callBytes(call),
          () => hubOf().up(call),
        ),
      missed: (position: Parameters<ReturnType<typeof hubOf>["missed"]>[0]) =>
        platform.call(
          thread,
          () => this.hub,
          100,
          () => hubOf().missed(position),
        ),
      background: (work: Promise<void>) => platform.background(work),
      pause,
      deadline: (at: number | undefined) => {
        if (at === undefined || alarmAt <= at) return;
        alarmAt = at;
        thread.wrote(PLAN_ROW_BYTES);
        thread.spend(platform.costs.alarmUs);
        platform.at(at - EPOCH_MS, () => {
          if (!thread.alive) return;
          alarmAt = Number.POSITIVE_INFINITY;
          thread.requested();
          thread.arrive(platform.costs.alarmUs, () => life.leaf?.due());
        });
      },
      keep: (plan: FanOutPlan) => {
        thread.wrote(PLAN_ROW_BYTES);
        kept.plan = plan;
      },
      learned: () => {},
    };
    const id = `${name}#${++this.#lives}`;
    const life: { thread: Thread; leaf: Leaf | undefined; relay: Relay | undefined; place: Place | undefined } = {
      thread,
      leaf: undefined,
      relay: undefined,
      place: undefined,
    };
    if (kind === "relay") {
      const call = (leaf: string, push: Push) =>
        platform.call(
          thread,
          () => this.#leafAt(leaf).thread,
          callBytes(push),
          () => receive(this.#leafAt(leaf), push),
        );
      life.relay = new Relay(Number(name.slice(1)), id, { ...ports, call });
      return life;
    }
    const leaf = new Leaf(this.#ref, Number(name), id, ports, { silenceMs: SILENCE_MS }, kept.plan, []);
    life.leaf = leaf;
    life.place = new Place(
      thread,
      {
        publish: (member, publish) => {
          if (!this.isRoom) return void leaf.publish(publish, () => undefined);
          // A leaf that dies takes its members' requests along; their clients ask again.
          platform.background(this.#ask(thread, leaf, member, publish).catch(() => undefined));
        },
        acknowledge: (member, upTo) => leaf.acknowledge(member, upTo),
        disconnected: (member, goodbye) => leaf.disconnected(member, goodbye),
      },
      platform.costs,
    );
    return life;
  }
}

/** One frame to who asked. */
function replied(thread: Thread, { costs }: Platform): void {
  thread.spend(costs.sendUs);
  thread.tally.framesOut += 1;
}

const positionOf = ({ epoch, position }: Member) => (epoch === undefined ? undefined : { epoch, seq: position });

const receive = ({ leaf, relay }: LeafAt, push: Push): PushAnswer => must(leaf?.receive(push) ?? relay?.receive(push), "it is a leaf or a relay");
