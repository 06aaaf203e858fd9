import type { WireError } from "../../protocol/errors.ts";
import type { GoAway, Position } from "../../protocol/messages/session.ts";
import type { Result } from "../../util/result.ts";
import type { Published } from "../channel/broadcast.ts";
import type { Presence } from "../channel/members.ts";
import type { Subscriber } from "../channel/ports.ts";
import { type FanOutPlan, leavesInUse, leavesOf, movingUntil, onlyCountsOtherwise, planFanOut } from "../channel/relay-plan.ts";
import type { Page } from "../stream/page.ts";
import { Aside } from "./aside.ts";
import { type ChildName, Children, childOf } from "./children.ts";
import type { HubChannel, HubCounters, HubDeadline, HubPorts } from "./hub-ports.ts";
import type { ChannelState, Control, LeafPublish, LeafState, Missed, PageText, PushAnswer, Up, UpAnswer } from "./messages.ts";
import { Names } from "./names.ts";
import { Rate } from "./rate.ts";
import { Seats } from "./seats.ts";
import { type MembersPage, pageOver } from "./walk.ts";

/** When children that have not confirmed what there is are called again: before an idle object sleeps. */
const SYNC_MS = 5_000;

/**
 * What makes a channel the hub of leaves: the plan, the calls to them, and what they call in. The channel stays the one that
 * decides; without leaves this does nothing but watch for the moment they are needed.
 */
export class Hub<Settings = unknown> {
  readonly counters: HubCounters = { moves: 0, redirects: 0, plans: 0, ups: 0, publishes: 0, changes: 0, rolls: 0 };
  readonly #channel: HubChannel;
  readonly #ports: HubPorts<Settings>;
  readonly #children: Children<Settings>;
  readonly #life: string;
  readonly #seats: Seats;
  readonly #aside: Aside<Settings>;
  readonly #names: Names;
  readonly #rate = new Rate();
  #plan: FanOutPlan;
  /** Undefined: not in this life. */
  #toldNames: string | undefined;
  #lowSince: number | undefined;
  #syncArmed = false;
  #planAt: number | undefined;

  constructor(channel: HubChannel, ports: HubPorts<Settings>) {
    this.#channel = channel;
    this.#ports = ports;
    this.#plan = this.#planOfStream(ports.plan());
    this.#life = ports.life();
    this.#children = new Children<Settings>(
      {
        call: (child, push) => ports.call(child, push),
        pagesAfter: (seq) => this.#pagesAfter(seq),
        state: () => this.#state(),
        members: () => channel.users(),
        heard: (_child, answer) => this.#heardFrom(answer),
        unreachable: (child) => this.#unreachable(child),
        background: (work) => ports.background(work),
        pause: (ms) => ports.pause(ms),
        random: () => ports.random(),
      },
      { life: this.#life, plan: this.#plan, epoch: channel.log.epoch, head: channel.log.head },
    );
    // Nobody is called for a mere wake-up; the deadline `sync` stands if somebody has to be.
    this.#children.follow(this.#plan, this.#childNames());
    this.#seats = new Seats(
      channel,
      this.counters,
      () => this.#plan,
      () => ports.now(),
    );
    this.#names = new Names(channel, ports);
    this.#aside = new Aside<Settings>({
      ports,
      children: this.#children,
      plan: () => this.#plan,
      membersOf: (user) => channel.membersOf(user),
      about: () => ({ plan: this.#plan, life: this.#life, epoch: channel.log.epoch, members: channel.users() }),
    });
    this.#names.watch(this.#plan);
    this.#moveOwn();
    this.#armPlan();
  }

  get plan(): FanOutPlan {
    return this.#plan;
  }

  get hasLeaves(): boolean {
    return this.#children.size > 0;
  }

  /** Sockets on all leaves. */
  get sockets(): number {
    return this.#seats.sockets;
  }

  /** Leaves that everything is sent to. */
  get count(): number {
    return leavesInUse(this.#plan, this.#ports.now());
  }

  /** Sockets of the fullest leaf: so many sends follow each flush, one after the other. */
  get largest(): number {
    return this.#seats.largest;
  }

  /** The map for a user who has no place here. */
  placement(): FanOutPlan | undefined {
    if (this.#plan.leaves === 0) return undefined;
    this.counters.redirects += 1;
    return this.#plan;
  }

  get report(): { plan: FanOutPlan; sockets: number; framesPerSecond: number; counters: Record<string, number>; leaves: readonly LeafState[] } {
    return {
      plan: this.#plan,
      sockets: this.sockets,
      framesPerSecond: this.#rate.value(this.#ports.now()),
      counters: { ...this.counters, ...this.#children.counters },
      leaves: this.#seats.states,
    };
  }

  // ---- who is there, where the list does not say it

  /** Whether some members are only counted: their leaves know them. */
  get isCounting(): boolean {
    return this.#plan.leaves > 0 && (this.#plan.counted === true || this.#channel.counted.some);
  }

  /** A page of the members in the order of their leaves. */
  page(after: string | undefined, limit: number): Promise<MembersPage> {
    return pageOver((leaf, look) => this.#ports.look(String(leaf), look), this.#channel.members(), this.#plan.leaves, after, limit);
  }

  async has(user: string): Promise<boolean> {
    return (await this.find([user])).length > 0;
  }

  /** Where these users sit on leaves: one call for each leaf that may have one of them. */
  async find(users: readonly string[]): Promise<Presence[]> {
    const asked = new Map<number, string[]>();
    for (const user of users) for (const leaf of leavesOf(user, this.#plan, this.#ports.now())) asked.set(leaf, [...(asked.get(leaf) ?? []), user]);
    const answers = [...asked].map(async ([leaf, some]) => {
      const found = await this.#ports.look(String(leaf), { users: some });
      return found.flatMap(({ user, joinedAt, seats = [] }) => seats.map((seat): Presence => ({ user, ...seat, joinedAt, via: "leaf", leaf })));
    });
    return (await Promise.all(answers)).flat();
  }

  /** Others than before are to be known by name: where members are counted their leaves are told, by a newer plan. */
  renamed(): void {
    if (this.#plan.counted !== true) return;
    const names = JSON.stringify([...this.#channel.names()].sort());
    if (names === this.#toldNames) return;
    this.#toldNames = names;
    const version = Math.max(this.#plan.version + 1, this.#ports.now());
    this.#follow({ ...this.#plan, version, named: version });
  }

  // ---- down

  /** What everybody is being sent. */
  flushed(page: Page | undefined, notices: readonly string[], skipped: number): void {
    const now = this.#ports.now();
    this.#rate.happened(now);
    if (this.#children.size > 0) {
      this.#children.push(page === undefined ? undefined : textOf(page), notices, skipped);
      this.#armSync();
    } else if (page !== undefined) this.#children.advance(page.last);
    this.evaluate();
  }

  /** Ends subscriptions on leaves. Whether those that may hold them have closed them; false: one does not answer in time. */
  control(control: Control): Promise<boolean> {
    if (this.#children.size === 0) return Promise.resolve(true);
    this.#armSync();
    return this.#aside.control(control);
  }

  /** Tells members of leaves something that has no place in the stream; who cannot be reached soon does not get it. */
  say(members: readonly Pick<Presence, "user" | "leaf">[], notice: string): void {
    this.#aside.say(members, notice);
  }

  // ---- up

  async up(call: Up<Settings>): Promise<UpAnswer<Settings>> {
    this.counters.ups += 1;
    this.#channel.log.begin();
    this.#adopt(call);
    this.#seats.has(call.leaf, call.sockets);
    const roll = call.report !== undefined && !this.#seats.take(call.leaf, call.life, call.report);
    if (roll) this.counters.rolls += 1;
    // Taken, and not written yet: should this object die before it is, its next life calls its leaves, and hears that they know more.
    if (call.report !== undefined) this.#armSync();
    this.#names.watch(this.#plan);
    this.counters.publishes += call.publishes.length;
    const answers = this.#publish(call.publishes);
    const out = this.#barred(call);
    this.#channel.settle();
    this.evaluate();
    return { ...this.#about(call), answers: await answers, roll, ...(out.length > 0 && { out }) };
  }

  /** Also of a report that comes again: its answer may have got lost. */
  #barred({ report }: Up<Settings>): NonNullable<UpAnswer["out"]> {
    const came = report !== undefined && "came" in report ? (report.came ?? []) : [];
    return came.flatMap((user) => {
      const reason = this.#channel.bars(user);
      return reason === undefined ? [] : [{ user, reason }];
    });
  }

  missed({ epoch, seq }: Position): Missed {
    const { log } = this.#channel;
    const resumed = log.resume({ epoch, seq }, this.#channel.window());
    const at = { epoch: log.epoch, head: log.head };
    return resumed.recovered ? { ...at, pages: resumed.read().map(textOf) } : { ...at, reason: resumed.reason };
  }

  // ---- plan and time

  /** Looks whether there are too many here for the objects there are, or too few. Cheap: whatever comes or goes may be the last for long. */
  evaluate(): void {
    const now = this.#ports.now();
    const load = { sockets: this.#channel.readers().sockets + this.sockets, users: this.#channel.users(), framesPerSecond: this.#rate.value(now) };
    const { plan, lowSince } = planFanOut(load, this.#plan, this.#ports.limits(), now, this.#lowSince);
    this.#lowSince = lowSince;
    if (plan === this.#plan) this.#armPlan();
    else this.#follow(plan);
  }

  due(name: HubDeadline): void {
    if (name === "names") return this.#names.due(this.#plan);
    if (name === "plan") {
      this.#planAt = undefined;
      if (movingUntil(this.#plan, this.#ports.now()) === undefined) for (const subscriber of this.#astray()) this.#channel.drop(subscriber);
      this.#children.follow(this.#plan, this.#childNames());
      this.evaluate();
      return;
    }
    this.#syncArmed = false;
    if (this.#children.settled) return;
    this.#children.sync();
    this.#armSync();
  }

  /** Who has leaves, and a stream that has begun anew, tells them so by a newer plan. */
  #planOfStream(plan: FanOutPlan): FanOutPlan {
    const { epoch } = this.#channel.log;
    if (plan.version === 0 || plan.epoch === epoch || leavesInUse(plan, this.#ports.now()) === 0) return plan;
    const anew = { ...plan, version: plan.version + 1, epoch };
    this.#channel.log.begin();
    this.#ports.keepPlan(anew);
    return anew;
  }

  #follow(plan: FanOutPlan): void {
    this.#channel.log.begin();
    const movesNobody = onlyCountsOtherwise(plan, this.#plan);
    this.#plan = { ...plan, epoch: this.#channel.log.epoch };
    this.counters.plans += 1;
    this.#ports.keepPlan(this.#plan);
    this.#children.follow(this.#plan, this.#childNames());
    this.#children.tell();
    this.#names.watch(this.#plan);
    if (!movesNobody) this.#moveOwn();
    this.#armPlan();
    this.#armSync();
  }

  #childNames(): ChildName[] {
    const leaves = leavesInUse(this.#plan, this.#ports.now());
    return [...new Set(Array.from({ length: leaves }, (_, leaf) => childOf(leaf, this.#plan)))];
  }

  /** Leaves that are left stay children until nobody can be there any more. */
  #armPlan(): void {
    const { former } = this.#plan;
    const now = this.#ports.now();
    const ends = former.flatMap(({ until }) => (until > now ? [until] : []));
    // Sockets that slept through the time they had.
    if (ends.length === 0 && this.#astray().length > 0) ends.push(now);
    const low = this.#lowSince === undefined ? undefined : this.#lowSince + this.#ports.limits().shrinkAfterMs;
    const at = Math.min(...ends, low ?? Number.POSITIVE_INFINITY);
    if (at === Number.POSITIVE_INFINITY || this.#planAt === at) return;
    this.#planAt = at;
    this.#ports.deadline("plan", at + 1);
  }

  #armSync(): void {
    if (this.#syncArmed || this.#children.size === 0) return;
    this.#syncArmed = true;
    this.#ports.deadline("sync", this.#ports.now() + SYNC_MS);
  }

  /** Sockets here, while there are leaves, go there. */
  #moveOwn(): void {
    const moving = this.#astray();
    if (moving.length === 0) return;
    const word = JSON.stringify({ type: "goaway", reason: "channel moved", retryAfterMs: Math.round(this.#plan.spreadMs) } satisfies GoAway);
    for (const subscriber of moving) subscriber.send(word, this.#channel.log.head);
    this.counters.moves += moving.length;
  }

  #astray(): Subscriber[] {
    const readers = this.#channel.readers();
    return this.#plan.leaves === 0 || readers.sockets === 0 ? [] : [...readers].filter(({ via }) => via === "socket");
  }

  // ---- what leaves say

  /** A leaf that follows a newer plan than the hub, or has members though it is in no plan: the hub's memory is the older one. */
  #adopt({ leaf, version, sockets }: Pick<Up, "leaf" | "version" | "sockets">): void {
    const now = this.#ports.now();
    const stray = sockets > 0 && leaf >= leavesInUse(this.#plan, now);
    if (version <= this.#plan.version && !stray) return;
    const spreadMs = Math.max(this.#plan.spreadMs, 300);
    const former = stray ? [...this.#plan.former, { leaves: leaf + 1, until: now + spreadMs + this.#ports.limits().moveGraceMs }] : this.#plan.former;
    this.#follow({ ...this.#plan, version: Math.max(this.#plan.version, version) + 1, spreadMs, former: former.slice(-16) });
  }

  #about(call: Pick<Up<Settings>, "register" | "version" | "leaf">): Pick<UpAnswer<Settings>, "plan" | "life" | "members" | "registered"> {
    const about = { plan: this.#plan, life: this.#life, members: this.#channel.users() };
    // One that learns of a plan by this answer takes in whom it brings, and has to know what was taken from them.
    if (!call.register && call.version >= this.#plan.version) return about;
    const stand = this.#children.standOf(String(call.leaf));
    const at = { epoch: this.#channel.log.epoch, seq: stand ?? this.#children.head };
    return { ...about, registered: { state: this.#state(), at, sure: stand !== undefined } };
  }

  #publish(publishes: readonly LeafPublish[]): Promise<UpAnswer["answers"]> {
    const results = publishes.map(
      (publish) =>
        new Promise<Result<Published, WireError> | undefined>((resolve) => {
          const answer = this.#channel.publish(publish, (result) => resolve(result.ok && result.value.skipped === undefined ? undefined : result));
          if (answer !== undefined) resolve(answer);
        }),
    );
    return Promise.all(results).then((all) =>
      all.flatMap((result, index): UpAnswer["answers"][number][] =>
        result === undefined ? [] : [{ index, answer: result.ok ? { ok: result.value } : { error: result.error } }],
      ),
    );
  }

  #heardFrom({ leaves, version }: PushAnswer): number[] {
    const different = this.#seats.heard(leaves);
    if (version > this.#plan.version) this.#adopt({ leaf: 0, version, sockets: 0 });
    return different;
  }

  #unreachable(child: ChildName): void {
    this.#seats.lost((leaf) => childOf(leaf, this.#plan) === child);
    this.#names.watch(this.#plan);
  }

  #state(): ChannelState<Settings> {
    const names = this.#plan.counted === true ? this.#channel.names() : [];
    return { revocations: this.#channel.revocations(), settings: this.#ports.settings(), ...(names.length > 0 && { names }) };
  }

  #pagesAfter(seq: number): PageText[] | undefined {
    const { log } = this.#channel;
    const resumed = log.resume({ epoch: log.epoch, seq: Math.min(seq, log.head) }, this.#channel.window());
    // Not what is written and not durable yet: it comes by itself.
    return resumed.recovered
      ? resumed
          .read()
          .filter((page) => page.last <= this.#children.head)
          .map(textOf)
      : undefined;
  }
}

const textOf = ({ first, last, items, bin, bytes }: Page): PageText => ({ first, last, items, bin, bytes });
