import { CLOSE } from "../../protocol/close-codes.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { encodeFrame, type Frame } from "../../protocol/frame.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ChannelAttribute, Notice } from "../../protocol/messages/notice.ts";
import type { GapReason, Position } from "../../protocol/messages/session.ts";
import { type ChannelRef, channelStream } from "../../protocol/names.ts";
import type { Priority } from "../../protocol/priority.ts";
import { ok, type Result } from "../../util/result.ts";
import type { AttributeChange } from "../attributes.ts";
import { Hub } from "../leaf/hub.ts";
import type { HubChannel } from "../leaf/hub-ports.ts";
import { EVERYBODY } from "../leaf/messages.ts";
import { type MetadataChange, metadataSetOf, type readMetadata, type Writer, type Written } from "../metadata.ts";
import { isOvertaken, OVERTAKEN } from "../overtaken.ts";
import { Log, type Resumed } from "../stream/log.ts";
import { Attendance } from "./attendance.ts";
import { Broadcast, type Outcome, type Published } from "./broadcast.ts";
import { ChannelState } from "./channel-state.ts";
import { CountedMembers } from "./counted.ts";
import { ChannelCounters } from "./counters.ts";
import type { GateCheck } from "./gate.ts";
import { Intake, type Publish } from "./intake.ts";
import { MemberLookup } from "./member-lookup.ts";
import type { Presence } from "./members.ts";
import type { ChannelDeadline, ChannelLimits, ChannelOptions, ChannelPorts, Revocation, Subscriber } from "./ports.ts";
import { Readers } from "./readers.ts";
import { NO_LEAVES } from "./relay-plan.ts";
import { Replays } from "./replays.ts";
import { isRevoked } from "./revocations.ts";
import { Watch } from "./watch.ts";

export interface Joined {
  readonly stream: string;
  readonly epoch: string;
  /** Where event frames for this reader start. */
  readonly seq: number;
  readonly recovered?: boolean;
  readonly reason?: GapReason;
  readonly members: number;
  /** What it missed, oldest first. */
  readonly frames: readonly Frame[];
}

export interface ChannelLoad {
  readonly members: number;
  readonly ownSockets: number;
  readonly sockets: number;
  readonly framesPerSecond: number;
  readonly plan: { readonly version: number; readonly leaves: number; readonly relays: number };
  readonly counters: Record<string, number>;
  readonly leaves: { leaf: number; sockets: number; frames: number; moves: number }[];
}

/** Of a member that only its leaf knows. */
const ANY_GENERATION = Number.MAX_SAFE_INTEGER;
const LEFT = { code: 1000, reason: "left" } as const;

/** One channel: its order, its members, its attributes and metadata. Decides everything, touches nothing but its ports. */
export class Channel {
  readonly ref: ChannelRef;
  readonly stream: string;
  /** The channel's order; history is exported from it. */
  readonly log: Log;
  readonly #ports: ChannelPorts;
  readonly #attendance: Attendance;
  /** Who is in. */
  readonly lookup: MemberLookup;
  readonly counters = new ChannelCounters();
  readonly #readers = new Readers();
  readonly #replays: Replays;
  readonly #broadcast: Broadcast;
  readonly #intake: Intake;
  /** Absent where all of the channel stays in its object. */
  readonly hub: Hub | undefined;
  readonly #state: ChannelState;
  readonly #watch: Watch;
  #limits: ChannelLimits;
  #revocations: Revocation[];

  constructor(ref: ChannelRef, ports: ChannelPorts, limits: ChannelLimits, connected: Iterable<Subscriber>, check?: GateCheck) {
    this.ref = ref;
    this.stream = channelStream(ref);
    this.#replays = new Replays(this.stream);
    this.#ports = ports;
    this.#limits = limits;
    this.log = new Log(ports.log, () => ports.newEpoch());
    this.#attendance = new Attendance(ref, ports.roster, new CountedMembers(ports.state), (change, isNamed) => ports.membersChanged?.(change, isNamed));
    this.#state = new ChannelState(ports.state);
    this.#revocations = ports.state.revocations();
    for (const subscriber of connected) this.#readers.add(subscriber);
    this.#broadcast = new Broadcast({
      stream: this.stream,
      log: this.log,
      readers: this.#readers,
      attendance: this.#attendance,
      counters: this.counters,
      ports,
      window: () => this.#limits,
      options: () => this.#state.options,
      leaves: () => this.hub,
      dropped: (subscriber) => this.disconnected(subscriber, false),
    });
    this.#intake = new Intake(
      {
        log: this.log,
        broadcast: this.#broadcast,
        now: () => ports.now(),
        limits: () => this.#limits,
        // A channel that is only published to has no member whose leaving would arm this: once, not per message.
        accepted: () => this.#watch.stillEmpty(),
      },
      check,
    );
    this.#watch = new Watch({
      log: this.log,
      attendance: this.#attendance,
      readers: this.#readers,
      ports,
      limits: () => this.#limits,
      idle: () => this.#broadcast.idle,
    });
    this.lookup = new MemberLookup({ attendance: this.#attendance, hub: () => this.hub, came: () => this.#watch.came() });
    this.#attendance.reconcile(this.#readers, ports.now());
    this.#watch.leases();
    this.hub = ports.fanOut === undefined ? undefined : new Hub(this.#asHub(), ports.fanOut);
    // Heals an alarm that was dropped.
    if (this.log.hasUnexported) ports.deadline("export", ports.now() + limits.exportDelayMs);
  }

  get members(): number {
    return this.#attendance.users;
  }

  /** Settings travel with every connect and call; the newest count. */
  configure(limits: ChannelLimits): void {
    this.#limits = limits;
  }

  // ---- joining and leaving

  /** Why a ticket of this generation is not honoured. */
  refusal(user: string, device: string, generation: number, attempt?: number): WireError | undefined {
    const revoked = isRevoked(this.#revocations, { user, device, generation });
    if (revoked) return wireError("token_revoked");
    if (this.#readers.size >= LIMITS.socketsPerObject) return wireError("overloaded", { limit: LIMITS.socketsPerObject, message: "the channel is full" });
    const present = this.#readers.get(user, device);
    if (present?.generation === generation && isOvertaken(attempt, present.attempt)) return wireError("overloaded", { message: OVERTAKEN });
    return undefined;
  }

  join(subscriber: Subscriber, position: Position | undefined): Joined {
    this.log.begin();
    const resumed = position === undefined ? undefined : this.log.resume(position, this.#limits);
    // Before anything is flushed, which may take away what is replayed.
    const frames = this.#replay(resumed, position, subscriber.brief === true);
    const replayed = resumed?.recovered === true ? resumed.bytes : 0;
    const earlier = this.#readers.add(subscriber, replayed);
    earlier?.close(CLOSE.goAway.code, "replaced by the same device");
    const { user, device, generation, via } = subscriber;
    const now = this.#ports.now();
    this.#attendance.members.join({ user, device, generation, joinedAt: now, via });
    // A socket outlives the object's memory. What is answered for a rider has nothing but its row, so it is not for the next flush.
    if (via === "rider") this.#attendance.members.save();
    this.#watch.came();
    this.#watch.silence();
    this.hub?.evaluate();
    this.#broadcast.settle();
    return this.#start(resumed, position, frames);
  }

  /** A subscriber's connection ended; on purpose or not. */
  disconnected(subscriber: Subscriber, goodbye: boolean): void {
    if (!this.#readers.remove(subscriber)) return;
    // One that goes to a leaf where members are counted is counted there: with a lease here it would be in twice.
    const isCountedElsewhere = subscriber.via === "socket" && this.hub?.isCounting === true && this.#ports.names?.().includes(subscriber.user) !== true;
    if (goodbye || isCountedElsewhere) this.#end(subscriber.user, subscriber.device);
    else this.#lose(subscriber.user, subscriber.device);
    this.#broadcast.settle();
  }

  /** What it returns resolves when leaves have heard of it, too: whether they have. */
  leave(user: string, device: string): Promise<boolean> | undefined {
    const member = this.#attendance.members.get(user, device);
    this.#unsubscribe(user, device)?.close(LEFT.code, LEFT.reason);
    this.#end(user, device);
    this.#broadcast.settle();
    const isOnLeaf = member?.via === "leaf" || (member === undefined && this.hub?.isCounting === true);
    return isOnLeaf ? this.hub?.control({ user, device, generation: member?.generation ?? ANY_GENERATION, ...LEFT, comesBack: false }) : undefined;
  }

  /** A rider's user object no longer knows it. */
  lose(user: string, device: string): void {
    this.#unsubscribe(user, device);
    this.#lose(user, device);
    this.#broadcast.settle();
  }

  /** Ends the subscriptions of a user's devices up to a generation, and refuses their tickets from now on. `comesBack`: they keep their lease. False: a leaf could not be told. */
  revoke(revocation: Revocation, close: { readonly code: number; readonly reason: string }, comesBack = false): Promise<boolean> | undefined {
    this.#ports.state.dropRevocations(this.#ports.now());
    this.#ports.state.addRevocation(revocation);
    this.#revocations = this.#ports.state.revocations();
    for (const { user, device, generation } of this.#attendance.members.ofUser(revocation.user)) {
      if ((revocation.device !== "" && device !== revocation.device) || generation > revocation.generation) continue;
      this.#unsubscribe(user, device)?.close(close.code, close.reason);
      if (comesBack) this.#lose(user, device);
      else this.#end(user, device);
    }
    // Told when nobody is there, it would otherwise stay for ever.
    this.#watch.stillEmpty();
    this.#broadcast.settle();
    const { user, device, generation, until } = revocation;
    return this.hub?.control({ user, device, generation, code: close.code, reason: close.reason, comesBack, refuseUntil: until });
  }

  /** Ends all that a user has here, as it stands: it may come again. What it returns resolves when leaves have heard of it, too. */
  expel(user: string, close: { readonly code: number; readonly reason: string }): Promise<boolean> | undefined {
    return this.#sendOut(user, this.#attendance.members.ofUser(user), close);
  }

  /** Ends everything that anybody has here. */
  expelAll(close: { readonly code: number; readonly reason: string }): Promise<boolean> | undefined {
    return this.#sendOut(EVERYBODY, [...this.#attendance.members], close);
  }

  /** Tells everybody something that has no place in the order. Call `settle` after it, but for where presence is being settled. */
  tell(notice: Notice): void {
    if (this.members > 0) this.#broadcast.tell(notice);
  }

  /**
   * Tells some users something that has no place in the order, and that nobody gets later: on all of their devices that are here.
   * Who of them is. `uncounted`: where those are who stand in no list.
   */
  tellUsers(users: readonly string[], notice: Notice, uncounted: (user: string) => readonly Presence[] = () => []): string[] {
    const frame = encodeFrame([notice]);
    const elsewhere: Presence[] = [];
    const reached = users.filter((user) => {
      const listed = this.#attendance.members.ofUser(user).filter(({ goneAt }) => goneAt === undefined);
      const here = listed.length > 0 ? listed : uncounted(user);
      for (const presence of here) {
        const reader = this.#readers.get(user, presence.device);
        if (reader !== undefined) reader.send(frame, this.log.head);
        else if (presence.via === "leaf") elsewhere.push(presence);
      }
      return here.length > 0;
    });
    if (elsewhere.length > 0) this.hub?.say(elsewhere, JSON.stringify(notice));
    return reached;
  }

  /** Counts a message that was left out before it came here. */
  leaveOut(priority: Priority): Published {
    return this.#broadcast.leaveOut({ priority });
  }

  /** How the channel is spread, and what that has cost in this life of its object. */
  get load(): ChannelLoad {
    const report = this.hub?.report;
    const { version, leaves, relays } = report?.plan ?? NO_LEAVES;
    return {
      members: this.members,
      ownSockets: this.#readers.sockets,
      sockets: report?.sockets ?? 0,
      framesPerSecond: report?.framesPerSecond ?? 0,
      plan: { version, leaves, relays },
      counters: { ...report?.counters },
      leaves: (report?.leaves ?? []).map(({ leaf, sockets, frames, moves }) => ({ leaf, sockets, frames, moves })),
    };
  }

  // ---- publishing

  /**
   * Accepts a message, or answers at once: refused, or a duplicate. An accepted one of a member is answered by its echo;
   * `outcome` is for those who get none. Call `settle` after the last of a frame.
   */
  publish(publish: Publish, outcome: Outcome = {}): Result<Published, WireError> | undefined {
    return this.#intake.publish(publish, outcome);
  }

  /** An id for a server's message: it has no counter of its own. */
  serverId(from: string, device: string): number {
    return this.#intake.serverId(from, device);
  }

  /** Sends what was accepted: now if the channel is quiet, with what follows if it is not. */
  settle(): void {
    this.#broadcast.settle();
  }

  acknowledge(subscriber: Subscriber, upTo: number): void {
    this.#readers.acknowledge(subscriber, upTo);
  }

  // ---- attributes, metadata and options

  attributes(keys: readonly string[] | undefined): ChannelAttribute[] {
    return this.#state.attributes(keys);
  }

  changeAttributes(change: AttributeChange, by: string, notify: boolean): Result<void, WireError> {
    const changed = this.#state.changeAttributes(change, by, this.#ports.now());
    if (!changed.ok) return changed;
    if (this.members === 0) this.#watch.emptied();
    if (notify) {
      this.#broadcast.tell({ type: "notice", name: "channel.attributes", channel: this.ref, attributes: this.attributes(undefined) });
      this.#broadcast.settle();
    }
    return changed;
  }

  metadata(known: number | undefined): ReturnType<typeof readMetadata> {
    return this.#state.metadata(known);
  }

  /** Every member hears of a change: the whole set. It outlives the channel's members, so nothing has to be watched. */
  changeMetadata(change: MetadataChange, writer: Omit<Writer, "now">): Result<Written, WireError> {
    const changed = this.#state.changeMetadata(change, { ...writer, now: this.#ports.now() });
    if (!changed.ok) return changed;
    const { after, written } = changed.value;
    if (after === undefined || this.members === 0) return ok(written);
    this.#broadcast.tell({ type: "notice", name: "channel.metadata", channel: this.ref, by: after.by, ...metadataSetOf(after) });
    this.#broadcast.settle();
    return ok(written);
  }

  /** Changes some options; the answer is all of them. */
  setOptions(change: Partial<ChannelOptions>): ChannelOptions {
    const options = this.#state.changed(change);
    if (options === undefined) return this.#state.options;
    const now = this.#ports.now();
    this.#broadcast.flushAll(now);
    this.#broadcast.commitMemory(now);
    this.#state.setOptions(options);
    return options;
  }

  // ---- time

  /** Deadlines were set by a clock that has been set back since: they may be a long way off. */
  clockSetBack(): void {
    this.#watch.clockSetBack();
  }

  /** The timer that `wakeIn` set. */
  wake(): void {
    this.#broadcast.wake();
  }

  /** A deadline has come. `empty`: nothing is left of the channel, and its storage may go. */
  due(name: ChannelDeadline): { empty: boolean } {
    if (name === "lease") {
      this.#watch.endLeases();
      this.#broadcast.settle();
    }
    if (name === "sweep") this.#sweep();
    if (name === "sync" || name === "plan" || name === "names") this.hub?.due(name);
    return { empty: name === "empty" && this.#watch.isOver() };
  }

  // ---- inside

  #asHub(): HubChannel {
    const { counted, members } = this.#attendance;
    return {
      log: this.log,
      window: () => this.#limits,
      members: () => members,
      member: (user, device) => members.get(user, device),
      counted,
      leaseMs: () => this.#limits.leaseMs,
      membersOf: (user) => members.ofUser(user),
      users: () => this.members,
      revocations: () => this.#revocations,
      readers: () => this.#readers,
      reader: (user, device) => this.#readers.get(user, device),
      seat: (presence) => {
        // Asked of one that is not in yet: who is in gets in.
        const refused = this.hub?.isCounting === true ? this.#ports.bars?.(presence.user) : this.#ports.refuses?.(presence.user);
        members.join(presence);
        this.#watch.came();
        if (refused !== undefined) this.#turnAway(presence.user, refused);
      },
      lose: (user, device, unclean) => {
        if (unclean) this.#attendance.unclean();
        this.#lose(user, device);
      },
      leave: (user, device) => this.#end(user, device),
      names: () => this.#ports.names?.() ?? [],
      bars: (user) => this.#ports.bars?.(user)?.message,
      forget: (user, device) => members.forget(user, device),
      name: () => this.#attendance.name(),
      replaced: (subscriber) => {
        if (this.#readers.remove(subscriber)) subscriber.close(CLOSE.goAway.code, "replaced by the same device");
      },
      drop: (subscriber) => {
        subscriber.close(CLOSE.goAway.code, CLOSE.goAway.reason);
        this.disconnected(subscriber, false);
      },
      publish: (publish, done) => this.publish(publish, { done }),
      settle: () => this.#broadcast.settle(),
    };
  }

  /** A leaf takes who has a ticket; whoever is not let in any more is sent out again, once it sits. */
  #turnAway(user: string, { message }: WireError): void {
    void Promise.resolve().then(() => this.expel(user, { code: CLOSE.forbidden.code, reason: message }));
  }

  #replay(resumed: Resumed | undefined, position: Position | undefined, brief: boolean): readonly Frame[] {
    if (resumed?.recovered !== true || position === undefined) return [];
    const { upTo, read } = resumed;
    return this.#replays.frames({ epoch: position.epoch, after: position.seq, upTo, brief }, read);
  }

  #start(resumed: Resumed | undefined, position: Position | undefined, frames: readonly Frame[]): Joined {
    const base = { stream: this.stream, epoch: this.log.epoch, members: this.members };
    if (resumed === undefined || position === undefined) return { ...base, seq: this.log.head, frames };
    if (!resumed.recovered) return { ...base, seq: this.log.head, recovered: false, reason: resumed.reason, frames };
    return { ...base, seq: position.seq, recovered: true, frames };
  }

  #unsubscribe(user: string, device: string): Subscriber | undefined {
    const subscriber = this.#readers.get(user, device);
    if (subscriber !== undefined) this.#readers.remove(subscriber);
    return subscriber;
  }

  /** `user`: whom leaves are told to send out; `listed`: those of them who stand in the list. */
  #sendOut(user: string, listed: readonly Presence[], close: { readonly code: number; readonly reason: string }): Promise<boolean> | undefined {
    for (const { user: one, device } of listed) {
      this.#unsubscribe(one, device)?.close(close.code, close.reason);
      this.#end(one, device);
    }
    this.#broadcast.settle();
    return this.hub?.control({ user, device: "", generation: ANY_GENERATION, ...close, comesBack: false });
  }

  #end(user: string, device: string): void {
    if (this.#attendance.members.leave(user, device) && this.members === 0) this.#watch.emptied();
  }

  #lose(user: string, device: string): void {
    if (this.#attendance.members.lose(user, device, this.#ports.now())) this.#watch.lost();
  }

  /** Closes sockets that have been silent for their whole lease. */
  #sweep(): void {
    for (const { user, device } of this.#watch.silent()) {
      this.#unsubscribe(user, device)?.close(CLOSE.idle.code, CLOSE.idle.reason);
      this.#end(user, device);
    }
    this.#watch.silence();
    this.#broadcast.settle();
  }
}
