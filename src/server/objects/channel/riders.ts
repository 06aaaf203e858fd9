import { RIDER_LEASE_MS, type Subscriber } from "../../../domain/channel/ports.ts";
import { CLOSE } from "../../../protocol/close-codes.ts";
import type { Frame } from "../../../protocol/frame.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { ChannelRef, DeviceId, UserId } from "../../../protocol/names.ts";

/** What a user's object is told when a ride has ended on the channel's side. */
export interface RideEnd extends Partial<Ride> {
  readonly channel: ChannelRef;
  readonly device: DeviceId;
  readonly code: number;
  readonly reason: string;
}

/** What the channel asks of a user object on behalf of the devices that ride there. */
export interface RiderLink {
  relay(relay: { channel: ChannelRef; devices: DeviceId[]; frames: Frame[]; upTo: number }): Promise<{ gone: DeviceId[] }>;
  riderClosed(closed: RideEnd): Promise<void>;
}

interface Carriage {
  /** With the connection each rides on: a late word on an earlier one must not end it. */
  readonly devices: Map<DeviceId, Ride>;
  queue: Frame[];
  queuedBytes: number;
  /** How far the stream reaches with the last frame queued. */
  upTo: number;
  busy: boolean;
  confirmedAt: number;
}

/** A device on whose behalf its user object subscribes. */
interface Rider {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly generation: number;
  readonly write: boolean;
  readonly connectedAt?: number;
}

interface Ride {
  /** When the session socket below it was opened; 0 where that is forgotten. */
  readonly connectedAt: number;
  readonly generation: number;
}

/** The close code of one that leaves on purpose. */
const LEFT = 1000;
const ATTEMPTS = 3;
const RETRY_MS = 50;
/** A rider that is not told that its ride has ended would be deaf and not know: it is told for as long as a restart takes, in ever longer pauses. */
const CLOSE_ATTEMPTS = 10;

/**
 * Frames to devices whose channel rides on their session socket: one RPC per user object at a time, with everything that
 * came meanwhile in the next one. An object that cannot be reached, or falls too far behind, loses its riders; they come
 * back and resume.
 */
export class Riders {
  readonly #channel: ChannelRef;
  readonly #link: (user: UserId) => RiderLink;
  readonly #background: (work: Promise<unknown>) => void;
  readonly #now: () => number;
  readonly #lost: (user: UserId, device: DeviceId) => void;
  readonly #carriages = new Map<UserId, Carriage>();

  constructor(
    channel: ChannelRef,
    ports: {
      link: (user: UserId) => RiderLink;
      background: (work: Promise<unknown>) => void;
      now: () => number;
      lost: (user: UserId, device: DeviceId) => void;
    },
  ) {
    this.#channel = channel;
    this.#link = ports.link;
    this.#background = ports.background;
    this.#now = ports.now;
    this.#lost = ports.lost;
  }

  subscriber({ user, device, generation, write, connectedAt = 0 }: Rider): Subscriber {
    const carriage = this.#carriages.get(user) ?? { devices: new Map(), queue: [], queuedBytes: 0, upTo: 0, busy: false, confirmedAt: this.#now() };
    this.#carriages.set(user, carriage);
    const ride: Ride = { connectedAt, generation };
    carriage.devices.set(device, ride);
    return {
      user,
      device,
      generation,
      write,
      via: "rider",
      send: (frame, upTo) => this.#send(user, carriage, frame, upTo),
      // One that has been replaced has nothing left to close: the device rides on under its successor.
      close: (code, reason) => carriage.devices.get(device) === ride && this.#close(user, carriage, device, code, reason),
      expiresAt: () => this.#confirmedAt(carriage) + RIDER_LEASE_MS,
    };
  }

  /** Whether a device rides on a newer connection than the one that ended. */
  hasNewer(user: UserId, device: DeviceId, connectedAt: number): boolean {
    return (this.#carriages.get(user)?.devices.get(device)?.connectedAt ?? 0) > connectedAt;
  }

  /**
   * Asks the user objects that have not confirmed for a while whether their riders are still there; also those whose time comes while
   * others are asked, for whoever reads the leases next takes silence for absence.
   */
  async probe(): Promise<void> {
    for (let old = this.#silent(); old.length > 0; old = this.#silent()) {
      await Promise.all(old.slice(0, LIMITS.presenceQueryUsers).map(([user, carriage]) => this.#deliver(user, carriage, [])));
    }
  }

  #silent(): [UserId, Carriage][] {
    return [...this.#carriages].filter(([, carriage]) => this.#confirmedAt(carriage) + RIDER_LEASE_MS <= this.#now());
  }

  /** By a clock that was set back since it may be a time still to come: then it is now. */
  #confirmedAt(carriage: Carriage): number {
    carriage.confirmedAt = Math.min(carriage.confirmedAt, this.#now());
    return carriage.confirmedAt;
  }

  #send(user: UserId, carriage: Carriage, frame: Frame, upTo: number): void {
    // Every rider of a user gets the same frames: the second device's copy is the same object.
    if (carriage.queue.at(-1) === frame) return;
    carriage.queue.push(frame);
    carriage.upTo = upTo;
    carriage.queuedBytes += frame.length;
    if (carriage.queuedBytes > LIMITS.slowReaderBytes) {
      for (const device of [...carriage.devices.keys()]) {
        this.#close(user, carriage, device, CLOSE.slowReader.code, CLOSE.slowReader.reason);
        this.#lost(user, device);
      }
      return;
    }
    if (carriage.busy) return;
    carriage.busy = true;
    this.#background(this.#drain(user, carriage));
  }

  async #drain(user: UserId, carriage: Carriage): Promise<void> {
    // After the turn that sends: its other frames go in the same call.
    await Promise.resolve();
    while (carriage.queue.length > 0 && carriage.devices.size > 0) {
      const frames = carriage.queue;
      carriage.queue = [];
      carriage.queuedBytes = 0;
      await this.#deliver(user, carriage, frames);
    }
    carriage.busy = false;
  }

  async #deliver(user: UserId, carriage: Carriage, frames: Frame[]): Promise<void> {
    const rides = new Map(carriage.devices);
    const devices = [...rides.keys()];
    // A device that has come back while the call was under way rides on.
    const same = (device: DeviceId): boolean => carriage.devices.get(device) === rides.get(device);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        const { gone } = await this.#link(user).relay({ channel: this.#channel, devices, frames, upTo: carriage.upTo });
        carriage.confirmedAt = this.#now();
        for (const device of gone) if (same(device)) this.#drop(user, carriage, device);
        return;
      } catch {
        if (attempt < ATTEMPTS) await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
      }
    }
    for (const device of devices.filter(same)) this.#close(user, carriage, device, CLOSE.goAway.code, CLOSE.goAway.reason, () => this.#lost(user, device));
  }

  #drop(user: UserId, carriage: Carriage, device: DeviceId): void {
    this.#unload(user, carriage, device);
    this.#lost(user, device);
  }

  #unload(user: UserId, carriage: Carriage, device: DeviceId): boolean {
    if (!carriage.devices.delete(device)) return false;
    if (carriage.devices.size === 0 && this.#carriages.get(user) === carriage) this.#carriages.delete(user);
    return true;
  }

  /** `after`: once the rider knows, or has been given up. Until then it stands in the roster, so that a next life of this object finds it. */
  #close(user: UserId, carriage: Carriage, device: DeviceId, code: number, reason: string, after: () => void = () => {}): void {
    const ride = carriage.devices.get(device);
    if (!this.#unload(user, carriage, device)) return;
    // Who left knows; its object may have joined again already.
    if (code === LEFT) return;
    const closed = { channel: this.#channel, device, code, reason, ...ride };
    const rides = (): boolean => this.#carriages.get(user)?.devices.has(device) === true;
    const told = this.#persist(() => this.#link(user).riderClosed(closed), rides);
    this.#background(told.then(() => rides() || after()));
  }

  async #persist(work: () => Promise<void>, needless: () => boolean): Promise<void> {
    for (let attempt = 0; attempt < CLOSE_ATTEMPTS && !needless(); attempt++) {
      try {
        return await work();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * 2 ** attempt));
      }
    }
  }
}
