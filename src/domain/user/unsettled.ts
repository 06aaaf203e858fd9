import type { DeviceId } from "../../protocol/names.ts";
import { messageBytes, type PeerDelivery } from "./peer-message.ts";

/** A message of which copies are on their way. */
export interface Pending {
  /** Of the message: made once, looked up often. */
  readonly key: string;
  readonly delivery: PeerDelivery;
  readonly devices: Set<DeviceId>;
  delivered: number;
  waiting: number;
  /** It is in the inbox, for one device at least, or for whoever registers. */
  kept: boolean;
  /** Nobody waits for the outcome: a copy for the sender's own devices. */
  readonly quiet: boolean;
}

interface Push {
  readonly pending: Pending;
  readonly at: number;
  readonly bytes: number;
}

/** Peer messages pushed to devices and not acknowledged, in order, per device. In memory: a sender who hears nothing submits again. */
export class Unsettled {
  readonly #byKey = new Map<string, Pending>();
  readonly #byDevice = new Map<DeviceId, Map<string, Push>>();
  readonly #bytes = new Map<DeviceId, number>();

  get(key: string): Pending | undefined {
    return this.#byKey.get(key);
  }

  /** In the order in which they came. */
  all(): Pending[] {
    return [...this.#byKey.values()];
  }

  room(device: DeviceId, messages: number, bytes: number): boolean {
    return (this.#byDevice.get(device)?.size ?? 0) < messages && (this.#bytes.get(device) ?? 0) < bytes;
  }

  push(pending: Pending, device: DeviceId, now: number): void {
    const { key } = pending;
    const pushes = this.#byDevice.get(device) ?? new Map<string, Push>();
    const bytes = messageBytes(pending.delivery.message);
    pushes.set(key, { pending, at: now, bytes });
    this.#byDevice.set(device, pushes);
    this.#bytes.set(device, (this.#bytes.get(device) ?? 0) + bytes);
    this.#byKey.set(key, pending);
    pending.devices.add(device);
  }

  /** Takes one copy off; undefined when this device had none of that name. */
  take(device: DeviceId, key: string): Pending | undefined {
    const pushes = this.#byDevice.get(device);
    const push = pushes?.get(key);
    if (pushes === undefined || push === undefined) return undefined;
    pushes.delete(key);
    this.#bytes.set(device, (this.#bytes.get(device) ?? 0) - push.bytes);
    if (pushes.size === 0) this.#drop(device);
    push.pending.devices.delete(device);
    if (push.pending.devices.size === 0) this.#byKey.delete(key);
    return push.pending;
  }

  /** Takes all copies of a device off, oldest first. */
  takeAll(device: DeviceId): Pending[] {
    const all = [...(this.#byDevice.get(device)?.values() ?? [])].map(({ pending }) => pending);
    for (const { key } of all) this.take(device, key);
    return all;
  }

  /** Devices whose oldest copy was pushed at or before `since`. */
  late(since: number): DeviceId[] {
    return [...this.#byDevice].filter(([, pushes]) => (firstOf(pushes)?.at ?? Number.POSITIVE_INFINITY) <= since).map(([device]) => device);
  }

  /** When the oldest copy was pushed. */
  oldest(): number | undefined {
    let oldest: number | undefined;
    for (const pushes of this.#byDevice.values()) {
      const at = firstOf(pushes)?.at;
      if (at !== undefined && (oldest === undefined || at < oldest)) oldest = at;
    }
    return oldest;
  }

  #drop(device: DeviceId): void {
    this.#byDevice.delete(device);
    this.#bytes.delete(device);
  }
}

const firstOf = (pushes: ReadonlyMap<string, Push>): Push | undefined => pushes.values().next().value;
