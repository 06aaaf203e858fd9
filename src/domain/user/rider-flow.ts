import { LIMITS } from "../../protocol/limits.ts";
import type { DeviceId } from "../../protocol/names.ts";
import { ByteScale } from "../stream/byte-scale.ts";

interface Ride {
  readonly scale: ByteScale;
  /** Bytes acknowledged, on the scale. */
  acknowledged: number;
}

/** How far behind each riding device is in each of its channels. Forgotten on eviction, when nobody is behind. */
export class RiderFlow {
  readonly #rides = new Map<string, Ride>();

  /** Counts what was sent. False: more is outstanding than a slow reader may have. */
  sent(device: DeviceId, stream: string, bytes: number, upTo: number): boolean {
    const key = keyOf(device, stream);
    const ride = this.#rides.get(key) ?? { scale: new ByteScale(), acknowledged: 0 };
    this.#rides.set(key, ride);
    ride.scale.add(bytes, upTo);
    return ride.scale.sent - ride.acknowledged <= LIMITS.slowReaderBytes;
  }

  acknowledge(device: DeviceId, stream: string, upTo: number): void {
    const ride = this.#rides.get(keyOf(device, stream));
    if (ride !== undefined) ride.acknowledged = Math.max(ride.acknowledged, ride.scale.at(upTo));
  }

  /** The ride is over, or begins anew. */
  forget(device: DeviceId, stream: string): void {
    this.#rides.delete(keyOf(device, stream));
  }
}

const keyOf = (device: DeviceId, stream: string): string => `${device}\n${stream}`;
