import { Channel, type Joined } from "../../../src/domain/channel/channel.ts";
import type { Publish } from "../../../src/domain/channel/intake.ts";
import { Pace } from "../../../src/domain/channel/pace.ts";
import { type ChannelDeadline, type ChannelLimits, STANDING_DEADLINES, type Subscriber } from "../../../src/domain/channel/ports.ts";
import { type FanOutLimits, type FanOutPlan, HUB, leafOf, NO_LEAVES } from "../../../src/domain/channel/relay-plan.ts";
import type { Seated } from "../../../src/domain/leaf/attendance.ts";
import { Leaf } from "../../../src/domain/leaf/leaf.ts";
import type { Push, PushAnswer } from "../../../src/domain/leaf/messages.ts";
import { Relay } from "../../../src/domain/leaf/relay.ts";
import type { Frame } from "../../../src/protocol/frame.ts";
import type { Position } from "../../../src/protocol/messages/session.ts";
import type { ChannelRef } from "../../../src/protocol/names.ts";
import { LIMITS_OF_A_TEST, MemoryChannelStateStore, MemoryLogStore, MemoryRosterStore } from "../../support/memory-channel.ts";
import type { Scheduler } from "../platform/scheduler.ts";
import type { Member } from "./member.ts";
import { type Seat, SimulatedRoom } from "./room.ts";

const NAME = "lobby";
/** How badly things go. */
export interface Weather {
  /** Of calls between objects: lost before, or after they were carried out. */
  lost: number;
  callMs: number;
  socketMs: number;
}

/** One life of an object: what belongs to one that has ended happens no more. */
export interface Life {
  alive: boolean;
  /** Calls it serves or makes, timers: while there are any it does not sleep. */
  busy: number;
  readonly dies: Set<() => void>;
}

/** The server's end of a socket. */
export class Wire {
  readonly world: World;
  readonly member: Member;
  /** The object it ends in. */
  readonly at: Life;
  open = true;
  closedByServer = false;
  /** Its object no longer lists it. */
  forgotten = (): void => {};
  #downAt = 0;
  #upAt = 0;

  constructor(world: World, member: Member, at: Life) {
    this.world = world;
    this.member = member;
    this.at = at;
    at.dies.add(this.#cut);
  }

  down(frame: Frame): void {
    if (!this.open || this.closedByServer) return;
    this.#downAt = this.#inOrder(this.#downAt, () => this.open && this.member.frame(this, frame));
  }

  closeDown(code: number): void {
    if (!this.open || this.closedByServer) return;
    this.closedByServer = true;
    this.#downAt = this.#inOrder(this.#downAt, () => this.#end(() => this.member.closed(this, code)));
  }

  /** From the client; false: nobody will hear it. */
  up(run: () => void): void {
    this.#upAt = this.#inOrder(this.#upAt, () => this.at.alive && !this.closedByServer && run());
  }

  /** The client closes. */
  closeUp(run: () => void): void {
    this.open = false;
    this.at.dies.delete(this.#cut);
    this.#upAt = this.#inOrder(this.#upAt, () => this.at.alive && run());
  }

  readonly #cut = (): void => {
    if (!this.open) return;
    this.world.scheduler.after(this.world.delay(50), "cut", () => this.#end(() => this.member.closed(this, 1006)));
  };

  #end(told: () => void): void {
    if (!this.open) return;
    this.open = false;
    this.at.dies.delete(this.#cut);
    told();
  }

  #inOrder(last: number, run: () => void): number {
    const { scheduler, weather } = this.world;
    const at = Math.max(last, scheduler.now + this.world.delay(weather.socketMs));
    scheduler.after(at - scheduler.now + 0.001, "frame", run);
    return at + 0.001;
  }
}

interface HubLife extends Life {
  channel: Channel;
  readonly subscribers: Set<Subscriber>;
}
interface LeafLife extends Life {
  leaf: Leaf | undefined;
  relay: Relay | undefined;
  readonly seated: Set<Seated>;
}
/** What of a leaf outlives it. */
interface LeafKept {
  plan: FanOutPlan | undefined;
  alarmAt: number;
  cancelAlarm: () => void;
  life: LeafLife | undefined;
}

/** A channel that grows, its leaves and relays, their calls, and the way of clients to them. */
export class World {
  readonly scheduler: Scheduler;
  readonly weather: Weather = { lost: 0, callMs: 2, socketMs: 2 };
  readonly log = new MemoryLogStore();
  readonly roster = new MemoryRosterStore();
  readonly state = new MemoryChannelStateStore();
  readonly limits: FanOutLimits;
  readonly members = new Map<string, Member>();
  readonly leaves = new Map<string, LeafKept>();
  /** Of a channel that is a chat room. */
  readonly room: SimulatedRoom | undefined;
  plan: FanOutPlan = NO_LEAVES;
  plans = 0;
  calls = 0;
  failures: unknown[] = [];
  /** The entry Worker's map. */
  cached: FanOutPlan = NO_LEAVES;
  readonly #ref: ChannelRef;
  readonly #random: () => number;
  readonly #deadlines = new Map<ChannelDeadline, { readonly at: number; cancel(): void }>();
  #hub: HubLife | undefined;
  #lives = 0;

  constructor(scheduler: Scheduler, limits: Partial<FanOutLimits> = {}, type: "message" | "room" = "message") {
    this.scheduler = scheduler;
    this.#ref = { type, name: NAME };
    this.#random = scheduler.stream("world");
    this.limits = {
      hubMembers: 6,
      leafMembers: 5,
      deliveriesPerSecond: 1_000_000,
      countedMembers: Number.POSITIVE_INFINITY,
      leavesWithoutRelays: 8,
      shrinkAfterMs: 3_000,
      moveGraceMs: 2_000,
      ...limits,
    };
    if (type === "room")
      this.room = new SimulatedRoom(
        () => this.channel,
        () => this.now,
      );
  }

  get now(): number {
    return 1_700_000_000_000 + this.scheduler.now;
  }

  /** Usually about so long, sometimes much longer. */
  delay(ms: number): number {
    return this.#random() < 0.02 ? ms * 20 * this.#random() : ms * 2 * this.#random();
  }

  get channel(): Channel {
    return this.hub().channel;
  }

  hub(): HubLife {
    if (this.#hub !== undefined) return this.#hub;
    const life: Life = { alive: true, busy: 0, dies: new Set() };
    const channel = this.#openChannel(life, []);
    const hub = Object.assign(life, { channel, subscribers: new Set<Subscriber>() });
    this.#hub = hub;
    return hub;
  }

  leafAt(name: string): LeafLife {
    const kept = this.leaves.get(name) ?? { plan: undefined, alarmAt: Number.POSITIVE_INFINITY, cancelAlarm: () => {}, life: undefined };
    this.leaves.set(name, kept);
    if (kept.life !== undefined) return kept.life;
    const life: Life = { alive: true, busy: 0, dies: new Set() };
    const opened = this.#openLeaf(name, life, kept, []);
    kept.life = Object.assign(life, opened, { seated: new Set<Seated>() });
    return kept.life;
  }

  /** Whatever is idle forgets everything but what it has stored; its sockets stay. */
  sleep(): void {
    const hub = this.#hub;
    if (hub !== undefined && hub.busy === 0) hub.channel = this.#openChannel(hub, hub.subscribers);
    for (const [name, kept] of this.leaves) {
      const { life } = kept;
      if (life !== undefined && life.busy === 0) Object.assign(life, this.#openLeaf(name, life, kept, life.seated));
    }
  }

  crashHub(): void {
    const hub = this.#hub;
    this.#hub = undefined;
    this.#die(hub);
  }

  crashLeaf(name: string): void {
    const kept = this.leaves.get(name);
    if (kept === undefined) return;
    const { life } = kept;
    kept.life = undefined;
    this.#die(life);
  }

  /** A call between objects: the called one is woken. */
  call<Answer>(from: Life, to: () => Life, run: (at: Life) => Answer | Promise<Answer>): Promise<Answer> {
    this.calls += 1;
    return new Promise((resolve, reject) => {
      const fail = (): void => void (from.alive && reject(new Error("the call failed")));
      const { callMs, lost } = this.weather;
      if (this.#random() < lost / 2) return void this.scheduler.after(this.delay(callMs * 5), "lost", fail);
      const answerLost = this.#random() < lost / 2;
      this.scheduler.after(this.delay(callMs), "call", () => {
        const called = to();
        const gone = (): void => void this.scheduler.after(this.delay(callMs), "gone", fail);
        called.dies.add(gone);
        this.#while(called, Promise.resolve(run(called))).then(
          (answer) => {
            if (!called.dies.delete(gone)) return;
            // As it goes over the wire: nobody shares an object.
            const copy = structuredClone(answer);
            this.scheduler.after(this.delay(callMs), "answer", () => (answerLost ? fail() : from.alive && resolve(copy)));
          },
          (error: unknown) => {
            if (!called.dies.delete(gone)) return;
            this.failures.push(error);
            this.scheduler.after(this.delay(callMs), "error", fail);
          },
        );
      });
    });
  }

  /** What the entry Worker does with an upgrade. */
  connect(member: Member, position: Position | undefined): void {
    let plan = this.cached;
    const go = (hops: number): void => {
      this.scheduler.after(this.delay(this.weather.callMs), "upgrade", () => {
        const leaf = leafOf(member.name, plan.leaves);
        const place = leaf === HUB ? this.#atHub(member, position) : this.#atLeaf(member, position, String(leaf), plan.version);
        void place.then((answer) => {
          if (answer === "refused") return member.refused();
          if (answer === undefined) return;
          plan = answer;
          this.cached = answer;
          if (hops > 4) member.refused();
          else go(hops + 1);
        });
      });
    };
    go(0);
  }

  /** Everybody who has a socket on a leaf, by the leaf. */
  sockets(): Map<string, number> {
    const sockets = new Map<string, number>();
    for (const [name, { life }] of this.leaves) if (life?.leaf !== undefined) sockets.set(name, life.leaf.sockets);
    return sockets;
  }

  async #while<T>(life: Life, work: Promise<T>): Promise<T> {
    life.busy += 1;
    try {
      return await work;
    } finally {
      life.busy -= 1;
    }
  }

  #die(life: Life | undefined): void {
    if (life === undefined) return;
    life.alive = false;
    for (const dies of [...life.dies]) dies();
    life.dies.clear();
  }

  async #atHub(member: Member, position: Position | undefined): Promise<FanOutPlan | "refused" | undefined> {
    const hub = this.hub();
    if (this.room?.refuses(member.name) !== undefined) return "refused";
    const moved = hub.channel.hub?.placement();
    if (moved !== undefined) return structuredClone(moved);
    if (hub.channel.refusal(member.name, "d", 1) !== undefined) return "refused";
    const wire = new Wire(this, member, hub);
    const subscriber: Subscriber = { ...this.#subscriber(member, wire), via: "socket" };
    const joined = hub.channel.join(subscriber, position);
    hub.subscribers.add(subscriber);
    wire.forgotten = () => hub.subscribers.delete(subscriber);
    this.#welcome(wire, joined);
    member.connected(wire, {
      publish: (publish) => {
        const answer = hub.channel.publish(publish, { done: (result) => !result.ok && wire.down(replyText(publish.id, result)) });
        if (answer !== undefined) wire.down(replyText(publish.id, answer));
        hub.channel.settle();
      },
      take: (id, seat) =>
        void this.room
          ?.take(member.name, seat)
          .catch(() => "unavailable")
          .then((refused) => wire.down(takenText(id, refused))),
      gone: (goodbye) => hub.subscribers.delete(subscriber) && hub.channel.disconnected(subscriber, goodbye),
    });
    return undefined;
  }

  async #atLeaf(member: Member, position: Position | undefined, name: string, version: number): Promise<FanOutPlan | "refused" | undefined> {
    const life = this.leafAt(name);
    const { promise: died, resolve } = Promise.withResolvers<"refused">();
    const dies = (): void => resolve("refused");
    life.dies.add(dies);
    try {
      return await Promise.race([this.#while(life, this.#inLeaf(member, position, life, version)), died]);
    } finally {
      life.dies.delete(dies);
    }
  }

  async #inLeaf(member: Member, position: Position | undefined, life: LeafLife, version: number): Promise<FanOutPlan | "refused" | undefined> {
    const { leaf } = life;
    if (leaf === undefined) return "refused";
    if (!leaf.knows(version)) {
      const waited = leaf.register();
      const late = new Promise<void>((resolve) => this.scheduler.after(3_000, "late", resolve));
      await Promise.race([waited, late]);
    }
    const lacking = position !== undefined && leaf.knows(0) && leaf.lacks(position);
    const missed = lacking ? await leaf.missed(position).catch(() => "unknown" as const) : undefined;
    if (!life.alive) return "refused";
    const turned = leaf.turns(member.name, "d", 1);
    if (turned !== undefined) return "moved" in turned ? structuredClone(turned.moved) : "refused";
    if (missed === "unknown") return "refused";
    const wire = new Wire(this, member, life);
    const seated: Seated = { ...this.#subscriber(member, wire), via: "socket" };
    this.#welcome(wire, leaf.join(seated, position, missed));
    life.seated.add(seated);
    wire.forgotten = () => life.seated.delete(seated);
    member.connected(wire, {
      publish: (publish) => {
        const refused = life.leaf?.publish(publish, (result) => wire.down(replyText(publish.id, result)));
        if (refused !== undefined) wire.down(replyText(publish.id, { ok: false, error: refused }));
      },
      take: (id, seat) => void this.#while(life, this.#ask(life, seated, wire, { id, seat })),
      gone: (goodbye) => life.leaf?.disconnected(seated, goodbye) ?? life.seated.delete(seated),
    });
    return undefined;
  }

  /** As a leaf hands a request on: with its word that who asks is here. */
  async #ask(life: LeafLife, seated: Seated, wire: Wire, { id, seat }: { id: number; seat: Seat }): Promise<void> {
    const { user } = seated;
    const asked = life.leaf?.vouch(seated, (voucher) =>
      this.call(
        life,
        () => this.hub(),
        () => this.room?.take(user, seat, { user, joinedAt: this.now, via: "leaf", ...voucher }),
      ),
    );
    // A call that got lost has no answer: it is asked again.
    await asked?.then((refused) => wire.down(takenText(id, refused))).catch(() => wire.down(takenText(id, "unavailable")));
  }

  #subscriber(member: Member, wire: Wire): Omit<Seated, "via"> {
    return {
      user: member.name,
      device: "d",
      generation: 1,
      write: true,
      brief: member.brief,
      send: (frame) => wire.down(frame),
      close: (code) => {
        wire.closeDown(code);
        wire.forgotten();
      },
      expiresAt: () => this.now + 90_000,
    };
  }

  #welcome(wire: Wire, { frames, ...joined }: Joined): void {
    wire.down(JSON.stringify({ type: "welcome", ...joined }));
    for (const frame of frames) wire.down(frame);
  }

  #openChannel(life: Life, connected: Iterable<Subscriber>): Channel {
    const { scheduler } = this;
    const later = (ms: number, label: string, run: () => void) => scheduler.after(ms, label, () => life.alive && run());
    const holder: { channel?: Channel } = {};
    let cancelWake = (): void => {};
    let wakeAt = Number.POSITIVE_INFINITY;
    const deadline = (name: ChannelDeadline, at: number | undefined): void => {
      const earlier = this.#deadlines.get(name);
      if (at !== undefined && STANDING_DEADLINES.has(name) && (earlier?.at ?? Number.POSITIVE_INFINITY) <= at) return;
      earlier?.cancel();
      this.#deadlines.delete(name);
      if (at === undefined) return;
      // An alarm wakes whatever life there is.
      const cancel = scheduler.after(at - this.now, `deadline ${name}`, () => {
        this.#deadlines.delete(name);
        this.channel.due(name);
      });
      this.#deadlines.set(name, { at, cancel });
    };
    const limits: ChannelLimits = { ...LIMITS_OF_A_TEST, leaseMs: 15_000 };
    holder.channel = new Channel(
      this.#ref,
      {
        log: this.log,
        roster: this.roster,
        state: this.state,
        now: () => this.now,
        refuses: (user) => this.room?.refuses(user),
        bars: (user) => this.room?.bars(user),
        names: () => this.room?.names() ?? [],
        membersChanged: ({ gone }) => this.room?.left(gone),
        newEpoch: () => (++this.#lives).toString(16).padStart(16, "0"),
        afterCommit: (done) => {
          const committed = new Promise<void>((resolve) => void later(1 + this.#random(), "commit", resolve));
          void this.#while(life, committed).then(done);
        },
        wakeIn: (ms) => {
          if (scheduler.now + ms >= wakeAt) return;
          if (wakeAt === Number.POSITIVE_INFINITY) life.busy += 1;
          cancelWake();
          wakeAt = scheduler.now + ms;
          cancelWake = later(ms, "wake", () => {
            wakeAt = Number.POSITIVE_INFINITY;
            life.busy -= 1;
            holder.channel?.wake();
          });
        },
        deadline,
        pace: new Pace(),
        fanOut: {
          now: () => this.now,
          random: this.#random,
          call: (child, push) =>
            this.call(
              life,
              () => this.leafAt(child),
              (at) => receive(at as LeafLife, structuredClone(push)),
            ),
          look: (child, look) =>
            this.call(
              life,
              () => this.leafAt(child),
              (at) => (at as LeafLife).leaf?.look(look) ?? [],
            ),
          background: (work) => void this.#while(life, work).catch((error: unknown) => this.failures.push(error)),
          pause: (ms) => new Promise((resolve) => void later(ms, "pause", resolve)),
          plan: () => this.plan,
          keepPlan: (plan) => {
            this.plans += 1;
            this.plan = structuredClone(plan);
          },
          settings: () => ({}),
          life: () => `hub${++this.#lives}`,
          limits: () => this.limits,
          deadline,
        },
      },
      limits,
      connected,
    );
    return holder.channel;
  }

  #openLeaf(name: string, life: Life, kept: LeafKept, seated: Iterable<Seated>): Pick<LeafLife, "leaf" | "relay"> {
    const { scheduler } = this;
    const toHub = <Answer>(run: (channel: Channel) => Answer | Promise<Answer>) =>
      this.call(
        life,
        () => this.hub(),
        (hub) => run((hub as HubLife).channel),
      );
    const hubOf = (channel: Channel) => {
      if (channel.hub === undefined) throw new Error("no hub");
      return channel.hub;
    };
    const ports = {
      now: () => this.now,
      random: this.#random,
      up: (call: Parameters<NonNullable<Channel["hub"]>["up"]>[0]) => toHub((channel) => hubOf(channel).up(structuredClone(call))),
      missed: (position: Position) => toHub((channel) => hubOf(channel).missed(position)),
      background: (work: Promise<void>) => void this.#while(life, work).catch((error: unknown) => this.failures.push(error)),
      pause: (ms: number) => new Promise<void>((resolve) => void scheduler.after(ms, "pause", () => life.alive && resolve())),
      deadline: (at: number) => {
        if (kept.alarmAt <= at) return;
        kept.cancelAlarm();
        kept.alarmAt = at;
        kept.cancelAlarm = scheduler.after(at - this.now, `alarm ${name}`, () => {
          kept.alarmAt = Number.POSITIVE_INFINITY;
          this.leafAt(name).leaf?.due();
        });
      },
      keep: (plan: FanOutPlan) => {
        kept.plan = structuredClone(plan);
      },
      learned: () => {},
    };
    const id = `${name}#${++this.#lives}`;
    if (name.startsWith("r")) {
      const call = (leaf: string, push: Push) =>
        this.call(
          life,
          () => this.leafAt(leaf),
          (at) => receive(at as LeafLife, structuredClone(push)),
        );
      return { leaf: undefined, relay: new Relay(Number(name.slice(1)), id, { ...ports, call }) };
    }
    return { leaf: new Leaf(this.#ref, Number(name), id, ports, { silenceMs: 10_000 }, kept.plan, seated), relay: undefined };
  }
}

function receive({ leaf, relay }: LeafLife, push: Push): PushAnswer {
  const answer = leaf?.receive(push) ?? relay?.receive(push);
  if (answer === undefined) throw new Error("neither leaf nor relay");
  return answer;
}

const takenText = (id: number, refused: string | undefined): string => JSON.stringify({ type: "taken", id, refused });

const replyText = (id: Publish["id"], result: { ok: boolean; value?: object; error?: object }): string =>
  JSON.stringify({ type: "reply", id, ...(result.ok ? { ok: result.value } : { error: result.error }) });
