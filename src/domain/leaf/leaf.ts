import { CLOSE } from "../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { GoAway, Position } from "../../protocol/messages/session.ts";
import { type ChannelRef, channelStream } from "../../protocol/names.ts";
import { payloadBytes } from "../../protocol/payload.ts";
import type { Joined } from "../channel/channel.ts";
import { Readers } from "../channel/readers.ts";
import { type FanOutPlan, leafOf, movingUntil, NO_LEAVES, onlyCountsOtherwise } from "../channel/relay-plan.ts";
import { isRevoked, mergeRevocations } from "../channel/revocations.ts";
import { isOvertaken, OVERTAKEN } from "../overtaken.ts";
import { LeafAttendance, type Seated } from "./attendance.ts";
import { pageOf, seatsOf } from "./listing.ts";
import {
  type ChannelState,
  type Control,
  EVERYBODY,
  type LeafPublish,
  type LeafState,
  type Listed,
  type Look,
  type Missed,
  type Push,
  type PushAnswer,
  type Saying,
  type Up,
  type UpAnswer,
  type Voucher,
} from "./messages.ts";
import { Passage } from "./passage.ts";
import { ReportClock } from "./report-clock.ts";
import { type Answered, Uplink } from "./uplink.ts";

export interface LeafPorts<Settings> {
  now(): number;
  random(): number;
  /** To the hub. A call that fails may have been carried out. */
  up(call: Up<Settings>): Promise<UpAnswer<Settings>>;
  /** What a member at `position` lacks, from the hub. */
  missed(position: Position): Promise<Missed>;
  background(work: Promise<void>): void;
  pause(ms: number): Promise<void>;
  /** When to look after members that are silent, and after a hub that is; an earlier one stands. */
  deadline(at: number): void;
  /** Writes the plan down. */
  keep(plan: FanOutPlan): void;
  learned(settings: Settings): void;
}

export interface LeafLimits {
  /** How long a hub may be silent until it is asked. */
  readonly silenceMs: number;
}

/** Why a leaf does not take a member in: it belongs elsewhere, or nowhere. */
export type Turned = { readonly moved: FanOutPlan } | { readonly refused: WireError };

/**
 * A share of a channel's sockets. It decides nothing: what the hub hands it goes to everybody here, what they publish goes
 * up, and who comes and goes is reported.
 */
export class Leaf<Settings = unknown> {
  readonly index: number;
  readonly stream: string;
  readonly life: string;
  readonly #ports: LeafPorts<Settings>;
  readonly #limits: LeafLimits;
  readonly #readers = new Readers<Seated>();
  readonly #attendance: LeafAttendance;
  readonly #uplink: Uplink<Settings>;
  readonly #reportClock: ReportClock;
  readonly #passage: Passage;
  #plan: FanOutPlan;
  #heardAt: number;
  #members = 0;
  #revocations: ChannelState["revocations"] = [];
  /** The channel is known as far as members are admitted by it. */
  #registered = false;
  #registering = false;
  readonly #registrations: (() => void)[] = [];
  #newSettings: Settings | undefined;
  #sweepAt: number | undefined;
  #moves = 0;

  constructor(
    ref: ChannelRef,
    index: number,
    life: string,
    ports: LeafPorts<Settings>,
    limits: LeafLimits,
    plan: FanOutPlan | undefined,
    connected: Iterable<Seated>,
  ) {
    this.index = index;
    this.life = life;
    this.stream = channelStream(ref);
    this.#passage = new Passage(this.stream, this.#readers, (seated, close) => this.#drop(seated, "lost", close));
    this.#ports = ports;
    this.#limits = limits;
    this.#plan = plan ?? NO_LEAVES;
    this.#heardAt = ports.now();
    for (const seated of connected) this.#readers.add(seated);
    this.#attendance = new LeafAttendance(
      (user, device) => this.#readers.get(user, device),
      () => this.#readers,
      { counted: this.#plan.counted === true, looksAtWhoComes: ref.type === "room" },
    );
    this.#reportClock = new ReportClock(() => ports.now());
    this.#uplink = new Uplink({
      up: (call) => ports.up(call),
      about: () => this.#about(),
      owes: () => this.#registering || this.#newSettings !== undefined || this.#owesReport,
      answered: (answer, call) => this.#answered(answer, call),
      background: (work) => ports.background(work),
      pause: (ms) => ports.pause(ms),
      random: () => ports.random(),
    });
  }

  get sockets(): number {
    return this.#readers.size;
  }

  get plan(): FanOutPlan {
    return this.#plan;
  }

  get counters(): { readonly calls: number; readonly failedCalls: number } {
    const { calls, failedCalls } = this.#uplink;
    return { calls, failedCalls };
  }

  // ---- members

  /** Whether the channel is known well enough to admit a member that was sent here by a plan of that version. */
  knows(version: number): boolean {
    return this.#registered && this.#passage.at !== undefined && this.#plan.version >= version;
  }

  /** Resolves when it is, as far as the hub answers. */
  register(): Promise<void> {
    return new Promise((resolve) => {
      this.#registrations.push(resolve);
      this.#registering = true;
      this.#tell();
    });
  }

  /** Why a member is not taken in here. */
  turns(user: string, device: string, generation: number, attempt?: number): Turned | undefined {
    if (leafOf(user, this.#plan.leaves) !== this.index) return { moved: this.#plan };
    if (!this.knows(0)) return { refused: wireError("unavailable", { message: "the channel does not answer its leaf" }) };
    if (isRevoked(this.#revocations, { user, device, generation })) return { refused: wireError("token_revoked") };
    if (this.#readers.size >= LIMITS.socketsPerObject)
      return { refused: wireError("overloaded", { limit: LIMITS.socketsPerObject, message: "the leaf is full" }) };
    const present = this.#readers.get(user, device);
    if (present?.generation === generation && isOvertaken(attempt, present.attempt)) return { refused: wireError("overloaded", { message: OVERTAKEN }) };
    return undefined;
  }

  /** Whether only the hub knows what a member has missed. */
  lacks(position: Position): boolean {
    return this.#passage.lacks(position);
  }

  missed(position: Position): Promise<Missed> {
    return this.#ports.missed(position);
  }

  join(seated: Seated, position: Position | undefined, missed: Missed | undefined): Joined {
    const started = this.#passage.start(position, missed, seated.brief === true);
    const replayed = started.frames.reduce((sum, frame) => sum + frame.length, 0);
    const earlier = this.#readers.add(seated, replayed);
    earlier?.close(CLOSE.goAway.code, "replaced by the same device");
    this.#attendance.came(seated);
    this.#tell();
    this.#armSweep();
    return { stream: this.stream, members: Math.max(1, this.#members), ...started };
  }

  disconnected(seated: Seated, goodbye: boolean): void {
    if (!this.#readers.remove(seated)) return;
    this.#attendance.went(seated, goodbye ? "left" : "lost");
    this.#tell();
  }

  leave(seated: Seated): void {
    this.#drop(seated, "left", { code: 1000, reason: "left" });
    this.#tell();
  }

  acknowledge(seated: Seated, upTo: number): void {
    this.#readers.acknowledge(seated, upTo);
  }

  /** Asks the hub something for a member, with this leaf's word that it is here, which overtakes the report of its coming, and of its going. */
  async vouch<Answer>(seated: Seated, ask: (voucher: Voucher) => Promise<Answer>): Promise<Answer> {
    const answered = this.#attendance.vouch(seated);
    try {
      return await ask({ leaf: this.index, device: seated.device, generation: seated.generation });
    } finally {
      answered();
      this.#tell();
    }
  }

  /** A page of the users whose place is here, by name; or these, wherever their place is. */
  look(look: Look): Listed[] {
    const now = this.#ports.now();
    if ("users" in look) return seatsOf(this.#readers, look.users, now);
    const own = [...this.#readers].filter(({ user }) => leafOf(user, this.#plan.leaves) === this.index);
    return pageOf(own, look.after, look.limit, now);
  }

  /** Hands a message up; `answered` hears what gets no echo. */
  publish(publish: LeafPublish, answered: Answered): WireError | undefined {
    if (payloadBytes(publish.data) > LIMITS.payloadBytes) {
      return wireError("too_large", { field: "data", limit: LIMITS.payloadBytes, message: `a message has at most ${LIMITS.payloadBytes} bytes` });
    }
    return this.#uplink.publish(publish, answered);
  }

  /** Settings that came with a member: the hub may not have heard of them. */
  learn(settings: Settings): void {
    this.#newSettings = settings;
    this.#tell();
  }

  // ---- the hub's word

  receive(push: Push<Settings>): PushAnswer {
    // Whoever says so: what was taken is not given back by a newer plan.
    for (const control of push.controls) this.#obey(control);
    for (const saying of push.sayings ?? []) this.#say(saying);
    if (push.controls.length > 0) this.#tell();
    if (push.aside === true || push.plan.version < this.#plan.version) return this.#answer();
    this.#heard();
    this.#members = push.members;
    if (push.state !== undefined) this.#know(push.state, push.plan);
    this.#follow(push.plan);
    if (push.roll.includes(this.index)) this.#attendance.wantWhole();
    this.#passage.take(push);
    this.#armSweep();
    this.#tell();
    return this.#answer();
  }

  /** The deadline has come: ends who is silent, and asks a hub that is. */
  due(): void {
    this.#sweepAt = undefined;
    const now = this.#ports.now();
    for (const seated of [...this.#readers]) {
      const expires = seated.expiresAt();
      if (expires !== undefined && expires <= now) this.#drop(seated, "left", CLOSE.idle);
    }
    if (movingUntil(this.#plan, now) === undefined) for (const seated of this.#astray()) this.#drop(seated, "lost", CLOSE.goAway);
    // Also where nobody is left: the hub may know of some that went with an earlier life of this leaf.
    if (this.#heardAt + this.#limits.silenceMs <= now || this.#readers.size === 0) this.#attendance.wantCheck();
    this.#armSweep();
    this.#tell();
  }

  // ---- inside

  get #owesReport(): boolean {
    const { isAwaited, owes } = this.#attendance;
    return isAwaited || (owes && (this.#readers.size === 0 || this.#reportClock.waitMs(this.#plan) === 0));
  }

  /** Calls the hub, with what is due; who came and went may have to wait for others. */
  #tell(): void {
    this.#uplink.kick();
    if (!this.#attendance.owes || this.#owesReport) return;
    const waitMs = this.#reportClock.begin(this.#plan);
    if (waitMs === undefined) return;
    const told = this.#ports.pause(waitMs).then(() => {
      this.#reportClock.end();
      this.#tell();
    });
    this.#ports.background(told);
  }

  #about(): Omit<Up<Settings>, "publishes"> {
    const report = this.#attendance.report();
    if (report !== undefined) this.#reportClock.reported();
    return {
      leaf: this.index,
      life: this.life,
      version: this.#plan.version,
      sockets: this.#readers.size,
      ...(report !== undefined && { report }),
      register: this.#registering,
      ...(this.#newSettings !== undefined && { settings: this.#newSettings }),
    };
  }

  #answered(answer: UpAnswer<Settings>, call: Up<Settings>): void {
    this.#heard();
    this.#members = answer.members;
    if (call.settings === this.#newSettings) this.#newSettings = undefined;
    if (call.report !== undefined) this.#attendance.answered(answer.roll);
    const { plan, registered } = answer;
    // Not the word of a hub that has died since.
    if (registered !== undefined && plan.version >= this.#plan.version) {
      this.#know(registered.state, plan);
      this.#passage.registered(registered.at, registered.sure);
    }
    this.#follow(plan);
    for (const { user, reason } of answer.out ?? []) this.#sendOut(user, reason);
    // Who came and went while the call was under way.
    this.#tell();
    if (!call.register) return;
    this.#registering = false;
    for (const resolve of this.#registrations.splice(0)) resolve();
  }

  #heard(): void {
    this.#heardAt = this.#ports.now();
  }

  #know({ revocations, settings, names = [] }: ChannelState<Settings>, { named }: FanOutPlan): void {
    this.#attendance.name(names, named);
    this.#revocations = mergeRevocations(this.#revocations, revocations, this.#ports.now());
    // Told elsewhere, before their users' place was here. Whoever may come back does.
    for (const seated of [...this.#readers]) if (isRevoked(this.#revocations, seated)) this.#drop(seated, "lost", CLOSE.goAway);
    this.#registered = true;
    this.#ports.learned(settings);
  }

  #follow(plan: FanOutPlan): void {
    if (plan.version <= this.#plan.version) return;
    const movesNobody = onlyCountsOtherwise(plan, this.#plan);
    this.#plan = plan;
    this.#ports.keep(plan);
    this.#attendance.follow(plan.counted === true);
    if (!movesNobody) this.#move();
  }

  /** Who belongs elsewhere by now is asked to go there, one after the other; and made to, in the end. */
  #move(): void {
    const moving = this.#astray();
    if (moving.length === 0) return;
    const { spreadMs } = this.#plan;
    const word = JSON.stringify({ type: "goaway", reason: "channel moved", retryAfterMs: Math.round(spreadMs) } satisfies GoAway);
    const upTo = this.#passage.at?.seq ?? 0;
    for (const seated of moving) seated.send(word, upTo);
    this.#moves += moving.length;
    this.#sweepAt = undefined;
    this.#armSweep();
  }

  #astray(): Seated[] {
    return [...this.#readers].filter(({ user }) => leafOf(user, this.#plan.leaves) !== this.index);
  }

  #obey({ user, device, generation, code, reason, comesBack, refuseUntil }: Control): void {
    if (refuseUntil !== undefined) {
      this.#revocations = mergeRevocations(this.#revocations, [{ user, device, generation, until: refuseUntil }], this.#ports.now());
    }
    for (const seated of user === EVERYBODY ? [...this.#readers] : this.#readers.ofUser(user)) {
      if ((device !== "" && seated.device !== device) || seated.generation > generation) continue;
      this.#drop(seated, comesBack ? "lost" : "left", { code, reason });
    }
  }

  #sendOut(user: string, reason: string): void {
    for (const seated of this.#readers.ofUser(user)) this.#drop(seated, "left", { code: CLOSE.forbidden.code, reason });
  }

  #say({ users, notice }: Saying): void {
    const upTo = this.#passage.at?.seq ?? 0;
    for (const user of users) for (const seated of this.#readers.ofUser(user)) seated.send(notice, upTo);
  }

  #drop(seated: Seated, gone: "lost" | "left", close: { readonly code: number; readonly reason: string }): void {
    if (!this.#readers.remove(seated)) return;
    this.#attendance.went(seated, gone);
    seated.close(close.code, close.reason);
  }

  #armSweep(): void {
    const now = this.#ports.now();
    // One that is further off was set by a clock that has been set back since.
    const stands = this.#sweepAt !== undefined && this.#sweepAt <= now + this.#limits.silenceMs;
    if (stands || this.#readers.size === 0) return;
    const moving = movingUntil(this.#plan, now) ?? Number.POSITIVE_INFINITY;
    let next = Math.min(now + this.#limits.silenceMs, moving + 1);
    for (const seated of this.#readers) next = Math.min(next, seated.expiresAt() ?? next);
    this.#sweepAt = Math.max(next, now + 1);
    this.#ports.deadline(this.#sweepAt);
  }

  #answer(): PushAnswer {
    const { roll } = this.#attendance;
    const state: LeafState = {
      leaf: this.index,
      life: this.life,
      sockets: this.#readers.size,
      ...(roll !== undefined && { roll }),
      frames: this.#passage.frames,
      moves: this.#moves,
    };
    return {
      life: this.life,
      epoch: this.#passage.at?.epoch ?? "",
      seq: this.#passage.at?.seq ?? 0,
      no: this.#passage.no,
      settled: true,
      version: this.#plan.version,
      leaves: [state],
    };
  }
}
