import { LIMITS } from "../../protocol/limits.ts";
import type { Message } from "../../protocol/messages/message.ts";
import type { DeviceId } from "../../protocol/names.ts";
import type { Inbox, Truncation } from "./inbox.ts";
import type { Waiting } from "./inbox-pages.ts";
import { Outcomes } from "./outcomes.ts";
import { type DeliveryAnswer, type MessageName, messageKey, type PeerDelivery, type Settlement } from "./peer-message.ts";
import { type Pending, Unsettled } from "./unsettled.ts";

/** The devices a batch is for. */
export interface Audience {
  readonly registered: readonly DeviceId[];
  readonly connected: Pick<ReadonlySet<DeviceId>, "has">;
  /** Not connected, but its lease has not ended: what is bridged waits for it. */
  readonly expects: (device: DeviceId) => boolean;
  /** Nobody waits for the outcome. */
  readonly quiet?: boolean;
}

/** What a step has to be followed by: frames, reports to senders, word of losses. */
export interface Effects {
  readonly pushes: Map<DeviceId, Message[]>;
  readonly settlements: Settlement[];
  readonly truncations: Truncation[];
  /** Something went into the inbox: connected devices may be waiting for it. */
  readonly inboxGrew: boolean;
}

/** Outcomes remembered, so that a repeat is answered as before and not delivered again. */
const OUTCOMES_REMEMBERED = 4096;

/** The receiver's side of peer messages: straight to devices with nothing waiting, the inbox for the rest. */
export class Delivery {
  readonly #inbox: Inbox;
  readonly #ackMs: number;
  readonly #unsettled = new Unsettled();
  readonly #outcomes = new Outcomes(OUTCOMES_REMEMBERED);

  constructor(inbox: Inbox, ackMs: number) {
    this.#inbox = inbox;
    this.#ackMs = ackMs;
  }

  /** A batch from one sender, in order. All copies that have to wait are one append. */
  accept(deliveries: readonly PeerDelivery[], audience: Audience, now: number): { answers: DeliveryAnswer[]; effects: Effects } {
    const batch = new Batch();
    const answers = deliveries.map((delivery) => {
      const key = messageKey(delivery.message);
      return this.#known(delivery.message, key) ?? this.#route(delivery, key, audience, batch, now);
    });
    const effects = this.#commit(batch, now);
    return { answers: answers.map((answer) => (typeof answer === "function" ? answer() : answer)), effects };
  }

  /** Whether this message was accepted before, as far as is known. */
  knows(name: MessageName): boolean {
    const key = messageKey(name);
    return this.#known(name, key) !== undefined || this.#inbox.copies(name) !== undefined;
  }

  /** A device has these. An unknown one was pushed before the object slept: its sender is told of this device alone. */
  received(device: DeviceId, names: readonly MessageName[]): Settlement[] {
    return names.flatMap((name) => {
      const key = messageKey(name);
      const pending = this.#unsettled.take(device, key);
      if (pending !== undefined) {
        pending.delivered += 1;
        return this.#settled(pending);
      }
      const known = this.#outcomes.get(name) !== undefined || this.#unsettled.get(key) !== undefined;
      return known ? [] : [{ ...name, delivered: 1, waiting: 0, final: false }];
    });
  }

  /** The socket is gone, or too late: what is unsettled goes to the inbox, in order. What is bridged does not if the device is not coming back. */
  giveUp(device: DeviceId, now: number, returns = true): Effects {
    const batch = new Batch();
    this.#surrender(device, batch, returns ? ["keep", "bridge"] : ["keep"]);
    return this.#commit(batch, now);
  }

  /**
   * A device has registered. What is on its way to others alone is for it, too, as if it waited already: should they
   * leave it behind, it must not come after what the new one has had meanwhile.
   */
  introduce(device: DeviceId, now: number): Effects {
    const batch = new Batch();
    for (const pending of this.#unsettled.all()) if (pending.delivery.ifAbsent === "keep") batch.wait(pending, [device]);
    return this.#commit(batch, now);
  }

  /** Devices that have not acknowledged in time. */
  late(now: number): DeviceId[] {
    return this.#unsettled.late(now - this.#ackMs);
  }

  /** When `late` next has an answer. */
  nextLateAt(): number | undefined {
    const oldest = this.#unsettled.oldest();
    return oldest === undefined ? undefined : oldest + this.#ackMs;
  }

  #known(name: MessageName, key: string): DeliveryAnswer | undefined {
    const pending = this.#unsettled.get(key);
    if (pending !== undefined) return { state: "pending", copies: pending.devices.size + pending.delivered, waiting: pending.waiting };
    const outcome = this.#outcomes.get(name);
    return outcome === undefined ? undefined : { state: "settled", outcome: { ...outcome, duplicate: true } };
  }

  /** Decides for each device; the answer is only known once the batch is in the inbox. */
  #route(delivery: PeerDelivery, key: string, { registered, connected, expects, quiet = false }: Audience, batch: Batch, now: number): () => DeliveryAnswer {
    // A lost object knows of copies in the inbox, not of those that were pushed: these go again.
    const kept = this.#inbox.copies(delivery.message);
    const pending: Pending = { key, delivery, devices: new Set(), delivered: 0, waiting: kept?.waiting ?? 0, kept: kept !== undefined, quiet };
    const waitFor: DeviceId[] = [];
    for (const device of registered) {
      if (kept?.devices.has(device)) continue;
      if (!connected.has(device)) {
        // Its socket may have closed a moment ago, and nobody been told: what went over it comes first.
        this.#surrender(device, batch, ["keep", "bridge"]);
        if (delivery.ifAbsent === "keep" || (delivery.ifAbsent === "bridge" && expects(device))) waitFor.push(device);
      } else if (this.#mayPush(device, batch)) {
        this.#unsettled.push(pending, device, now);
        batch.push(device, delivery.message);
      } else {
        // A slow device is not an absent one. What it was pushed before comes first.
        this.#surrender(device, batch, ["keep", "bridge", "drop"]);
        waitFor.push(device);
      }
    }
    const forAnyone = registered.length === 0 && kept === undefined && delivery.ifAbsent === "keep";
    if (waitFor.length > 0 || forAnyone) batch.wait(pending, waitFor);
    return () => this.#answer(pending, kept !== undefined);
  }

  #answer(pending: Pending, duplicate: boolean): DeliveryAnswer {
    if (pending.devices.size > 0) return { state: "pending", copies: pending.devices.size + pending.delivered, waiting: pending.waiting };
    const outcome = { delivered: pending.delivered, waiting: pending.waiting };
    this.#outcomes.set(pending.delivery.message, outcome);
    return { state: "settled", outcome: duplicate ? { ...outcome, duplicate } : outcome };
  }

  #mayPush(device: DeviceId, batch: Batch): boolean {
    return !batch.waitsFor(device) && this.#inbox.isClear(device) && this.#unsettled.room(device, LIMITS.unsettledPerDevice, LIMITS.slowReaderBytes);
  }

  #surrender(device: DeviceId, batch: Batch, which: readonly PeerDelivery["ifAbsent"][]): void {
    for (const pending of this.#unsettled.takeAll(device)) {
      if (which.includes(pending.delivery.ifAbsent)) batch.wait(pending, [device]);
      batch.touched ??= new Set();
      batch.touched.add(pending);
    }
  }

  #commit(batch: Batch, now: number): Effects {
    const { dropped, truncations } = batch.isEmpty ? { dropped: 0, truncations: [] } : this.#inbox.add(batch.inOrder(this.#unsettled.all()), now);
    batch.owners.forEach(({ pending, copies }, index) => {
      if (index >= dropped) pending.waiting += copies;
    });
    const settlements = batch.touched === undefined ? [] : [...batch.touched].flatMap((pending) => this.#settled(pending));
    return { pushes: batch.pushes, settlements, truncations, inboxGrew: batch.owners.length > dropped };
  }

  #settled(pending: Pending): Settlement[] {
    if (pending.devices.size > 0) return [];
    const { delivered, waiting, delivery, quiet } = pending;
    this.#outcomes.set(delivery.message, { delivered, waiting });
    const { from, device, id } = delivery.message;
    return quiet ? [] : [{ from, device, id, delivered, waiting, final: true }];
  }
}

/** What one step collects before anything becomes durable. */
class Batch {
  readonly pushes = new Map<DeviceId, Message[]>();
  owners: Owner[] = [];
  /** Messages pushed earlier, whose outcome this step may have decided. Made when there are some: one push is all that most steps come to. */
  touched: Set<Pending> | undefined;
  #devices: Set<DeviceId> | undefined;

  get isEmpty(): boolean {
    return this.owners.length === 0;
  }

  push(device: DeviceId, message: Message): void {
    const messages = this.pushes.get(device) ?? [];
    messages.push(message);
    this.pushes.set(device, messages);
  }

  wait(pending: Pending, devices: readonly DeviceId[]): void {
    this.#devices ??= new Set();
    for (const device of devices) this.#devices.add(device);
    if (pending.delivery.ifAbsent !== "bridge") pending.kept = true;
    this.owners.push({ pending, devices, copies: Math.max(devices.length, 1) });
  }

  waitsFor(device: DeviceId): boolean {
    return this.#devices?.has(device) === true;
  }

  /**
   * What waits, each behind what its sender said before and is still under way to devices that are there: should these leave it
   * behind, a device that comes later would have it after this.
   */
  inOrder(underWay: readonly Pending[]): Waiting[] {
    const earlier = underWay.filter(({ kept, delivery }) => !kept && delivery.ifAbsent === "keep");
    if (earlier.length > 0) this.owners = this.owners.flatMap((owner) => [...aheadOf(owner.pending, earlier), owner]);
    return this.owners.map(({ pending: { delivery }, devices, ahead }) => ({
      message: delivery.message,
      devices,
      bridged: delivery.ifAbsent === "bridge",
      ...(ahead === true && { ahead }),
    }));
  }
}

interface Owner {
  readonly pending: Pending;
  readonly devices: readonly DeviceId[];
  readonly copies: number;
  readonly ahead?: true;
}

function aheadOf({ kept, delivery: { message } }: Pending, earlier: readonly Pending[]): Owner[] {
  // What is bridged is for nobody who registers.
  if (!kept) return [];
  const before = earlier.filter((one) => !one.kept && one.delivery.message.from === message.from && isBefore(one.delivery.message, message));
  for (const one of before) one.kept = true;
  return before.map((pending) => ({ pending, devices: [], copies: 0, ahead: true }));
}

const isBefore = (one: Message, other: Message): boolean => one.device === other.device && one.id < other.id;
