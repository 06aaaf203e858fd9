import { Awaiting } from "../../../domain/user/awaiting.ts";
import { Delivery, type Effects } from "../../../domain/user/delivery.ts";
import { Handover } from "../../../domain/user/handover.ts";
import { Inbox, type Truncation } from "../../../domain/user/inbox.ts";
import { Lanes } from "../../../domain/user/lanes.ts";
import {
  type DeliveryAnswer,
  type DeliveryReply,
  type MessageName,
  messageBytes,
  messageKey,
  type Outcome,
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
import type { PresenceDesk } from "./presence-desk.ts";
import { pump, pushAll } from "./push.ts";

const LANE_BOUNDS = { queuedItems: LIMITS.pendingMessages, queuedBytes: LIMITS.pendingBytes, batchItems: 1024, batchBytes: 4 * 1024 * 1024 };
/** Outcomes kept for a device that submits again because it did not hear the first answer. */
const ANSWERS_REMEMBERED = 4096;
const SETTLEMENT_BYTES = 256;

export const INBOX_DEADLINE = "inbox";

/** Who sends, and under which name the message goes. */
export interface Sender extends MessageName {
  /** A copy for the other devices leaves this one out; nobody, for a server. */
  readonly own?: DeviceId;
}

/** Both ends of peer messages at one user: what its devices send, and what comes for them. */
export class PeerDesk {
  readonly inbox: Inbox;
  readonly #home: Home;
  readonly #history: HistoryDesk;
  readonly #delivery: Delivery;
  readonly #awaiting = new Awaiting();
  readonly #answered = new RecentMap<string, Outcome>(ANSWERS_REMEMBERED);
  /** Of this life of the object: what it has pushed goes with it. */
  readonly #life = randomHex();
  readonly #handover: Handover;
  readonly #outgoing: Lanes<PeerDelivery, DeliveryAnswer>;
  readonly #reports: Lanes<Settlement, true>;
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
    const rpc = { classify: classifyDelivery, pause: pauseBeforeRetry };
    const target = (user: UserId) => userObject(home.env, home.app, user, home.where);
    this.#handover = new Handover({
      call: (to, deliveries, life) =>
        target(to).deliver({ from: home.user, settings: home.settings, deliveries: [...deliveries], ...(life === undefined ? {} : { life }) }),
      awaited: ({ message }) => this.#awaiting.find(messageKey(message)) !== undefined,
      again: (to, { message }, answer) => this.#handedAgain(to, message, answer),
    });
    this.#outgoing = new Lanes(
      {
        ...rpc,
        send: (user, deliveries) => this.#handover.hand(user, deliveries),
        refused: ({ state }) => state === "refused",
      },
      LANE_BOUNDS,
    );
    this.#reports = new Lanes(
      {
        ...rpc,
        send: async (user, settlements) => {
          await target(user).settled({ by: home.user, settlements: [...settlements] });
          return settlements.map(() => true as const);
        },
      },
      LANE_BOUNDS,
    );
  }

  /** A message of one of this user's devices. Undefined: the same id is under way, and its answer will do for both. */
  async send(sender: Sender, input: InputOf<"peer.send">): Promise<Result<Outcome, WireError> | undefined> {
    const key = messageKey(sender);
    if (this.#awaiting.find(key) !== undefined) return undefined;
    const before = this.#answered.get(key);
    if (before !== undefined) return ok({ ...before, duplicate: true });
    if (input.follows !== undefined && !this.#hasCome(messageKey({ ...sender, id: input.follows }))) return err(wireError("out_of_turn"));
    if (this.#awaiting.size >= LIMITS.awaitedMessages || this.#handover.full) return err(tooManyAwaited());
    const delivery = deliveryOf(sender, input, this.#home.now());
    const settled = this.#awaiting.open(key, input.to);
    const answer = await this.#hand(input.to, delivery, sender.own);
    if (answer.ok && answer.value.state !== "refused" && input.sync === true && input.to !== this.#home.user)
      this.#copyToOwnDevices(delivery, input.to, sender.own);
    const outcome = await this.#outcome(key, answer, settled, input.to, delivery);
    this.#handover.release(input.to, key);
    if (outcome.ok) this.#answered.set(key, outcome.value);
    return outcome;
  }

  /** A message that a server sends in somebody's name straight to this user's object. */
  async sendHere(sender: Sender, input: InputOf<"peer.send">): Promise<Result<Outcome, WireError>> {
    const key = messageKey(sender);
    const delivery = deliveryOf(sender, input, this.#home.now());
    const underWay = this.#awaiting.find(key);
    if (underWay !== undefined) return outcomeOf(await underWay, delivery);
    if (this.#awaiting.size >= LIMITS.awaitedMessages) return err(tooManyAwaited());
    const settled = this.#awaiting.open(key, this.#home.user);
    return this.#outcome(key, this.#acceptOne(delivery), settled, this.#home.user, delivery);
  }

  /** Messages of another user. Those who ask another life than this one have something unsettled there, which has to come first. */
  take(deliveries: readonly PeerDelivery[], life: string | undefined): DeliveryReply {
    if (life !== undefined && life !== this.#life) return { life: this.#life };
    return { life: this.#life, answers: this.accept(deliveries) };
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
    const registered = this.#home.registered().filter((device) => device !== except);
    const audience = { registered, connected: this.#home.sessions.connected(), expects: (device: DeviceId) => this.#presence.expects(device), quiet };
    const { answers, effects } = this.#delivery.accept(stores ? this.#keep(taken, now) : taken, audience, now);
    this.#follow(effects);
    if (refusal === undefined) return answers;
    return deliveries.map(({ store }, at) => answers[at] ?? { state: "refused", error: store === true ? refusal : wireError("out_of_turn") });
  }

  /**
   * A receiver's word on messages of this user's devices. One that nobody waits for was answered already, or its socket
   * went with the object: an object does not sleep while messages are under way.
   */
  settle(by: UserId, settlements: readonly Settlement[]): void {
    for (const settlement of settlements) this.#awaiting.settle(messageKey(settlement), by, settlement);
    this.#arm();
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
  #hasCome(key: string): boolean {
    return this.#awaiting.find(key) !== undefined || this.#answered.get(key) !== undefined;
  }

  #hand(to: UserId, delivery: PeerDelivery, own: DeviceId | undefined): Promise<Result<DeliveryAnswer, WireError>> {
    if (to !== this.#home.user) return this.#outgoing.put(to, delivery, messageBytes(delivery.message));
    return Promise.resolve(this.#acceptOne(delivery, own));
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

  async #outcome(
    key: string,
    answer: Result<DeliveryAnswer, WireError>,
    settled: Promise<Outcome | "timeout">,
    to: UserId,
    delivery: PeerDelivery,
  ): Promise<Result<Outcome, WireError>> {
    const first = answer.ok ? answer.value : ({ state: "refused", error: answer.error } as const);
    if (first.state === "pending") {
      this.#awaiting.pending(key, first.copies, first.waiting, this.#home.now());
      this.#arm();
      const outcome = await settled;
      return waitsForReturn(outcome, delivery) ? this.#returned(key, outcome, this.#awaiting.open(key, to), delivery) : outcomeOf(outcome, delivery);
    }
    if (first.state === "settled" && waitsForReturn(first.outcome, delivery)) return this.#returned(key, first.outcome, settled, delivery);
    this.#awaiting.close(key);
    return first.state === "refused" ? err(first.error) : outcomeOf(first.outcome, delivery);
  }

  /** What only waits for a return has for as long to be there as any other: then its sender is told that it is. */
  async #returned(key: string, outcome: Outcome, settled: Promise<Outcome | "timeout">, delivery: PeerDelivery): Promise<Result<Outcome, WireError>> {
    this.#awaiting.pending(key, 1, outcome.waiting - 1, this.#home.now());
    this.#arm();
    const later = await settled;
    return outcomeOf(later === "timeout" ? outcome : later, delivery);
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
      // A server's call, or a message to oneself.
      const own = this.#awaiting.settle(messageKey(settlement), this.#home.user, settlement);
      if (own || settlement.from === this.#home.user || settlement.device === SERVER_DEVICE) continue;
      // A report that is lost costs its sender one more submission.
      void this.#reports.put(settlement.from, settlement, SETTLEMENT_BYTES);
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

function deliveryOf({ from, device, id }: Sender, input: InputOf<"peer.send">, ts: number): PeerDelivery {
  const message: Message = { from, device, id, ts, data: input.data, ...(input.customType === undefined ? {} : { customType: input.customType }) };
  return { message, ifAbsent: input.ifAbsent ?? "keep", ...(input.store === true ? { store: true } : {}) };
}

/** No device has it, and all that waits is bridged: a device that comes back may yet have it in time for the answer. */
const waitsForReturn = (outcome: Outcome | "timeout", { ifAbsent }: PeerDelivery): outcome is Outcome =>
  ifAbsent === "bridge" && outcome !== "timeout" && outcome.delivered === 0 && outcome.waiting > 0;

/** What was not refused was stored if it was to be, whatever became of its copies. */
function outcomeOf(outcome: Outcome | "timeout", { store }: PeerDelivery): Result<Outcome, WireError> {
  if (outcome === "timeout") return err(wireError("timeout"));
  return ok(store === true ? { ...outcome, stored: true } : outcome);
}

const tooManyAwaited = (): WireError => wireError("overloaded", { limit: LIMITS.awaitedMessages, message: "too many messages whose outcome is not known yet" });
/** A message whose call failed may have got there: only the same id is safe. */
function classifyDelivery(error: unknown): ReturnType<typeof classifyRpcError> {
  const failure = classifyRpcError(error);
  return failure.error.code === "unavailable" ? { ...failure, error: wireError("timeout") } : failure;
}
