import type { DeviceId } from "../../protocol/names.ts";
import type { Sign } from "./online-status.ts";

/** Devices that left a push unacknowledged, and since when: as good as lost until they are heard again. */
export class Unanswered {
  readonly #since = new Map<DeviceId, number>();

  mark(device: DeviceId, now: number): void {
    this.#since.set(device, now);
  }

  /** It speaks again. False: nobody had missed it. */
  heard(device: DeviceId): boolean {
    return this.#since.delete(device);
  }

  /** What a device's sign comes to. */
  judge(device: DeviceId, sign: Sign, now: number): Sign {
    const marked = this.#since.get(device);
    if (marked === undefined || sign.kind === "lost") return sign;
    // By a clock that was set back since, it lies ahead, and no ping would be later for as long: it counts from when that is met.
    const since = Math.min(marked, now);
    if (sign.heardAt <= since) {
      this.#since.set(device, since);
      return { kind: "lost", lostAt: since };
    }
    this.#since.delete(device);
    return sign;
  }
}
