import { Awaiting, type Word } from "../../../domain/user/awaiting.ts";
import { Delivery, type Effects } from "../../../domain/user/delivery.ts";
import { Handover } from "../../../domain/user/handover.ts";
import { Inbox, type Truncation } from "../../../domain/user/inbox.ts";
import { Lanes } from "../../../domain/user/lanes.ts";
import { Outcomes } from "../../../domain/user/outcomes.ts";
import {
  type DeliveryAnswer,
  type DeliveryReply,
  type MessageName,
  messageBytes,
  messageKey,
  type Outcome,
  type Parcel,
  type PeerDelivery,
  type Settlement,
} from "../../../domain/user/peer-message.ts";
import { RecentMap } from "../../../domain/user/recent-map.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { Message } from "../../../protocol/messages/message.ts";
import { type DeviceId, SERVER_DEVICE, type UserId } from "../../../protocol/names.ts";
import type { InputOf } from "../../../protocol/operations/catalogue.ts";
import { must } from "../../../util/assert.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { userObject } from "../locate.ts";
import { randomHex } from "../shell/random-hex.ts";
import { classifyRpcError, pauseBeforeRetry } from "../shell/rpc.ts";
import type { HistoryDesk } from "./history-desk.ts";
import type { Home } from "./home.ts";
import { inboxTable } from "./inbox-table.ts";
import { PackedSettings, packParcel, unpackReply } from "./parcel.ts";
import type { PresenceDesk } from "./presence-desk.ts";
import { pump, pushAll } from "./push.ts";

const LANE_BOUNDS = { queuedItems: LIMITS.pendingMessages, queuedBytes: LIMITS.pendingBytes, batchItems: 1024, batchBytes: 4 * 1024 * 1024 };
/** Outcomes kept for a device that submits again because it did not hear the first answer. */
const ANSWERS_REMEMBERED = 4096;
/** Users with whom this one is talking; making a stub is a tenth of a call. */
const STUBS_KEPT = 64;

export const INBOX_DEADLINE = "inbox";

/** Who sends, and under which name the message goes. */
export interface Sender extends MessageName {
  /** A copy for the other devices leaves this one out; nobody, for a server. */
  readonly own?: DeviceId;
}

/** A message of this user that is under way. */
interface Sending {
  readonly key: string;
  readonly to: UserId;
  readonly delivery: PeerDelivery;
  readonly done: (outcome: Result<Outcome, WireError>) => void;
  /** What is known of one that waits for a device that comes back. */
  returning?: Outcome;
}

/** Both ends of peer messages at one user: what its devices send, and what comes for them. */
export class PeerDesk {
  readonly inbox: Inbox;
  readonly #home: Home;
  readonly #history: HistoryDesk;
  readonly #delivery: Delivery;
  readonly #awaiting = new Awaiting();
  readonly #answered = new Outcomes(ANSWERS_REMEMBERED);
  /** Of this life of the object: what it has pushed goes with it. */
  readonly #life = randomHex();
  readonly #handover: Handover;
  readonly #settings = new PackedSettings();
  readonly #stubs = new RecentMap<UserId, ReturnType<typeof userObject>>(STUBS_KEPT);
  /** What goes to other users' objects: messages, and words on theirs, which go along. */
  readonly #outgoing: Lanes<PeerDelivery, DeliveryAnswer, Settlement>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #presence: PresenceDesk;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(home: Home, history: HistoryDesk, presence: PresenceDesk) {
    this.#home = home;
    this.#presence = presence;
    this.#history = history;
    const limits = () => ({ messages: home.settings.inboxMessages, ageMs: home.settings.inboxAgeMs, bytes: LIMITS.inboxBytes });
    this.inbox = new Inbox(inboxTable(home.tables), limits, () => home.devices.inboxEpoch, home.registered());
    this.#delivery = new Delivery(this.inbox, home.times.ackMs);
    this.#handover = new Handover({
      call: (to, deliveries, settlements, life) =>
        this.#call(to, { from: home.user, deliveries, ...(settlements.length > 0 && { settlements }), ...(life !== undefined && { life }) }),
      awaited: (key) => this.#awaiting.has(key),
      again: (to, { message }, answer) => this.#handedAgain(to, message, answer),
    });
    this.#outgoing = new Lanes(
      {
        classify: classifyDelivery,
        pause: pauseBeforeRetry,
        send: (user, deliveries, settlements) => this.#handover.hand(user, deliveries, settlements),
        refused: ({ state }) => state === "refused",
        ended: () => this.#arm(),
      },
      LANE_BOUNDS,
    );
  }

  /** A message of one of this user's devices. `done` is not called where the same id is under way: its answer will do for both. */
  send(sender: Sender, input: InputOf<"peer.send">, done: (outcome: Result<Outcome, WireError>) => void): void {
    const key = messageKey(sender);
    if (this.#awaiting.has(key)) return;
    const before = this.#answered.get(sender);
    if (before !== undefined) return done(ok({ ...before, duplicate: true }));
    if (input.follows !== undefined && !this.#hasCome({ ...sender, id: input.follows })) return done(err(wireError("out_of_turn")));
    if (this.#awaiting.size >= LIMITS.awaitedMessages || this.#handover.full) return done(err(tooManyAwaited()));
    const sending: Sending = {
      key,
      to: input.to,
      delivery: deliveryOf(sender, input, this.#home.now()),
      done: (outcome) => {
        this.#handover.release(input.to, key);
        if (outcome.ok) this.#answered.set(sender, outcome.value);
        done(outcome);
      },
    };
    const { delivery, to } = sending;
    this.#awaiting.open(key, to, (word) => this.#worded(sending, word));
    if (to === this.#home.user) return this.#handed(sending, this.#acceptOne(delivery, sender.own));
    this.#outgoing.put(to, delivery, messageBytes(delivery.message), (answer) => {
      if (input.sync === true && answer.ok && answer.value.state !== "refused") this.#copyToOwnDevices(delivery, to, sender.own);
      this.#handed(sending, answer);
    });
  }

  /** A message that a server sends in somebody's name straight to this user's object. */
  sendHere(sender: Sender, input: InputOf<"peer.send">): Promise<Result<Outcome, WireError>> {
    return new Promise((done) => {
      const key = messageKey(sender);
      const delivery = deliveryOf(sender, input, this.#home.now());
      if (this.#awaiting.has(key)) return this.#awaiting.join(key, (word) => done(outcomeOf(word, delivery)));
      if (this.#awaiting.size >= LIMITS.awaitedMessages) return done(err(tooManyAwaited()));
      const sending: Sending = { key, to: this.#home.user, delivery, done };
      this.#awaiting.open(key, sending.to, (word) => this.#worded(sending, word));
      this.#handed(sending, this.#acceptOne(delivery));
    });
  }

  /**
   * From another user: words on messages of this user's devices, and messages for them. A word that nobody waits for was answered already, or its
   * socket went with the object: an object does not sleep while messages are under way. Those who send messages to another life than this one have
   * something unsettled there, which has to come first.
   */
  take({ from, deliveries, settlements = [], life }: Parcel, settings?: string): DeliveryReply {
    if (settings !== undefined) this.#home.learn(this.#settings.unpack(settings));
    for (const settlement of settlements) this.#awaiting.settle(messageKey(settlement), from, settlement);
    const answers = deliveries.length > 0 && (life === undefined || life === this.#life) ? this.accept(deliveries) : undefined;
    if (answers === undefined) this.#arm();
    if (answers !== undefined || deliveries.length === 0) return { life: this.#life, answers: answers ?? [] };
    return { life: this.#life };
  }

  /** Messages for this user, in order. History first: what is delivered and called stored is stored. */
  accept(deliveries: readonly PeerDelivery[], except?: DeviceId, quiet = false): DeliveryAnswer[] {
    const now = this.#home.now();
    const stores = deliveries.some(({ store }) => store === true);
    const refusal = stores ? this.#history.refusal() : undefined;
    // What comes behind one that is refused must not overtake it.
    const taken =
      refusal === undefined
        ? deliveries
        : deliveries.slice(
            0,
            deliveries.findIndex(({ store }) => store === true),
          );
    const everyone = this.#home.registered();
    const audience = {
      registered: except === undefined ? everyone : everyone.filter((device) => device !== except),
      connected: { has: (device: DeviceId) => this.#home.sessions.socket(device) !== undefined },
      expects: (device: DeviceId) => this.#presence.expects(device),
      quiet,
    };
    const { answers, effects } = this.#delivery.accept(stores ? this.#keep(taken, now) : taken, audience, now);
    this.#follow(effects);
    if (refusal === undefined) return answers;
    return deliveries.map(({ store }, at) => answers[at] ?? { state: "refused", error: store === true ? refusal : wireError("out_of_turn") });
  }

  received(device: DeviceId, names: readonly MessageName[]): void {
    this.#report(this.#delivery.received(device, names));
    this.#arm();
  }

  acknowledge(device: DeviceId, upTo: number): void {
    const since = this.#home.now() - this.#home.times.outcomeMs;
    this.#report(this.inbox.bridgedTo(device, upTo, since).map(({ from, device, id }) => ({ from, device, id, delivered: 1, waiting: 0, final: false })));
    this.inbox.acknowledge(device, upTo);
    pump(this.#home, this.inbox, device);
  }

  /** The device's socket is gone. `returns`: not for good, and not to be followed by another client of that name. */
  lost(device: DeviceId, returns = true): void {
    this.#follow(this.#delivery.giveUp(device, this.#home.now(), returns));
  }

  /** A device is there from now on, if it was not before. */
  register(device: DeviceId): void {
    if (this.inbox.register(device)) this.#follow(this.#delivery.introduce(device, this.#home.now()));
  }

  /** After a connect, from the position its welcome named. */
  replay(device: DeviceId): void {
    pump(this.#home, this.inbox, device);
  }

  /** What waits grows too old, also where nobody comes to get it. */
  expire(): void {
    this.truncated(this.inbox.expire(this.#home.now()));
    this.#watchAge();
  }

  truncated(truncations: readonly Truncation[]): void {
    for (const { device, from, to } of truncations) this.#home.sessions.send(device, [{ type: "notice", name: "inbox.truncated", from, to }]);
  }

  /** Under way, or through. One that failed comes again. */
  #hasCome(name: MessageName): boolean {
    return this.#awaiting.has(messageKey(name)) || this.#answered.get(name) !== undefined;
  }

  #call(to: UserId, parcel: Parcel): Promise<DeliveryReply> {
    const settings = parcel.deliveries.length === 0 ? undefined : this.#settings.pack(this.#home.settings);
    return this.#stubOf(to)
      .deliver(packParcel(parcel), settings)
      .then(unpackReply, (error: unknown) => {
        // After an error a stub is broken for good.
        this.#stubs.delete(to);
        throw error;
      });
  }

  #stubOf(user: UserId): ReturnType<typeof userObject> {
    const known = this.#stubs.get(user);
    if (known !== undefined) return known;
    const { env, app, where } = this.#home;
    const stub = userObject(env, app, user, where);
    this.#stubs.set(user, stub);
    return stub;
  }

  #handedAgain(to: UserId, message: Message, answer: DeliveryAnswer): void {
    const key = messageKey(message);
    if (answer.state === "pending") this.#awaiting.pending(key, answer.copies, answer.waiting, this.#home.now());
    else if (answer.state === "settled") this.#awaiting.settle(key, to, { ...message, ...answer.outcome, final: true });
    this.#arm();
  }

  #acceptOne(delivery: PeerDelivery, own?: DeviceId): Result<DeliveryAnswer, WireError> {
    return ok(must(this.accept([delivery], own)[0], "an answer for each delivery"));
  }

  /** A repeat of what was delivered is not kept again, even where the log has forgotten it. */
  #keep(deliveries: readonly PeerDelivery[], now: number): PeerDelivery[] {
    const fresh = deliveries.filter(({ store, message }) => store === true && !this.#delivery.knows(message));
    if (fresh.length === 0) return [...deliveries];
    const kept = this.#history.keep(
      fresh.map(({ message }) => message),
      now,
    );
    const messages = new Map(fresh.map((delivery, index) => [delivery, must(kept[index], "each message comes back")]));
    return deliveries.map((delivery) => ({ ...delivery, message: messages.get(delivery) ?? delivery.message }));
  }

  #copyToOwnDevices({ message, ifAbsent, store }: PeerDelivery, to: UserId, own: DeviceId | undefined): void {
    this.accept([{ message: { ...message, to, ...(store === true ? { stored: true } : {}) }, ifAbsent }], own, true);
  }

  /** What the receiver's object says at once. */
  #handed(sending: Sending, answer: Result<DeliveryAnswer, WireError>): void {
    const { key, delivery, done } = sending;
    const first = answer.ok ? answer.value : ({ state: "refused", error: answer.error } as const);
    if (first.state === "pending") {
      this.#awaiting.pending(key, first.copies, first.waiting, this.#home.now());
      return this.#arm();
    }
    // Its last word may have overtaken this one.
    if (!this.#awaiting.has(key)) return;
    if (first.state === "settled" && waitsForReturn(first.outcome, delivery)) return this.#waitForReturn(sending, first.outcome);
    this.#awaiting.close(key);
    done(first.state === "refused" ? err(first.error) : outcomeOf(first.outcome, delivery));
  }

  /** Its last word, or that there was none in time. */
  #worded(sending: Sending, word: Word): void {
    const { key, to, delivery, returning, done } = sending;
    if (returning === undefined && waitsForReturn(word, delivery)) {
      this.#awaiting.open(key, to, (later) => this.#worded(sending, later));
      return this.#waitForReturn(sending, word);
    }
    done(outcomeOf(word === "timeout" ? (returning ?? word) : word, delivery));
  }

  /** What only waits for a return has for as long to be there as any other: then its sender is told that it is. */
  #waitForReturn(sending: Sending, outcome: Outcome): void {
    sending.returning = outcome;
    this.#awaiting.pending(sending.key, 1, outcome.waiting - 1, this.#home.now());
    this.#arm();
  }

  #follow({ pushes, settlements, truncations, inboxGrew }: Effects): void {
    pushAll(this.#home, pushes);
    this.truncated(truncations);
    if (inboxGrew) this.#watchAge();
    if (inboxGrew) for (const device of this.#home.sessions.connected()) pump(this.#home, this.inbox, device);
    this.#report(settlements);
    this.#arm();
  }

  /** One row for as long as messages wait. Ringing for what was read meanwhile is cheaper than moving it each time. */
  #watchAge(): void {
    const at = this.inbox.expiresAt;
    if (at === undefined) return;
    this.#home.keepInboxAge();
    this.#home.deadlines.setNoLater(INBOX_DEADLINE, at);
  }

  #report(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) {
      // A message to oneself, or a server's call.
      if (settlement.from === this.#home.user || settlement.device === SERVER_DEVICE)
        this.#awaiting.settle(messageKey(settlement), this.#home.user, settlement);
      // A report that is lost costs its sender one more submission.
      else this.#outgoing.ride(settlement.from, settlement);
    }
  }

  /** One timer, only while something is unsettled: it keeps the object awake for as long. It may ring early, which is cheaper than moving it each time. */
  #arm(): void {
    const oldest = this.#awaiting.oldest();
    const at = Math.min(
      this.#delivery.nextLateAt() ?? Number.POSITIVE_INFINITY,
      oldest === undefined ? Number.POSITIVE_INFINITY : oldest + this.#home.times.outcomeMs,
    );
    if (Number.isFinite(at) ? this.#timerAt <= at : this.#timerAt === at) return;
    // A call is under way, which keeps the object awake by itself, and brings something to wait for more often than not.
    if (!Number.isFinite(at) && this.#outgoing.busy) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timerAt = at;
    if (Number.isFinite(at)) this.#timer = setTimeout(() => this.#tick(), Math.max(0, at - this.#home.now()));
  }

  #tick(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#home.now();
    for (const device of this.#delivery.late(now)) {
      this.#follow(this.#delivery.giveUp(device, now));
      this.#presence.unanswered(device);
    }
    this.#awaiting.expire(now - this.#home.times.outcomeMs);
    this.#arm();
  }
}

function deliveryOf({ from, device, id }: Sender, { data, customType, ifAbsent = "keep", store }: InputOf<"peer.send">, ts: number): PeerDelivery {
  const message: Message = customType === undefined ? { from, device, id, ts, data } : { from, device, id, ts, data, customType };
  return store === true ? { message, ifAbsent, store } : { message, ifAbsent };
}

/** No device has it, and all that waits is bridged: a device that comes back may yet have it in time for the answer. */
const waitsForReturn = (outcome: Word, { ifAbsent }: PeerDelivery): outcome is Outcome =>
  ifAbsent === "bridge" && outcome !== "timeout" && outcome.delivered === 0 && outcome.waiting > 0;

/** What was not refused was stored if it was to be, whatever became of its copies. */
function outcomeOf(outcome: Word, { store }: PeerDelivery): Result<Outcome, WireError> {
  if (outcome === "timeout") return err(wireError("timeout"));
  return ok(store === true ? { ...outcome, stored: true } : outcome);
}

const tooManyAwaited = (): WireError => wireError("overloaded", { limit: LIMITS.awaitedMessages, message: "too many messages whose outcome is not known yet" });
/** A message whose call failed may have got there: only the same id is safe. */
function classifyDelivery(error: unknown): ReturnType<typeof classifyRpcError> {
  const failure = classifyRpcError(error);
  return failure.error.code === "unavailable" ? { ...failure, error: wireError("timeout") } : failure;
}
