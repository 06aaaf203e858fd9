import type { Presence } from "../channel/members.ts";
import { deviceKey } from "../channel/members.ts";

/**
 * Devices that more than one leaf names, and where they are besides where the list of members has them. A device moves, and the
 * leaf it came to reports it before the one it left does; no clock says which is the later one, for each leaf has its own. So
 * nothing of what leaves say is dropped: who is lost in one place is still in the other.
 */
export class Besides {
  readonly #seats = new Map<string, Map<number, Presence>>();

  add(leaf: number, presence: Presence): void {
    const key = deviceKey(presence.user, presence.device);
    const seats = this.#seats.get(key) ?? new Map<number, Presence>();
    this.#seats.set(key, seats.set(leaf, presence));
  }

  drop(leaf: number, user: string, device: string): void {
    const key = deviceKey(user, device);
    const seats = this.#seats.get(key);
    if (seats?.delete(leaf) === true && seats.size === 0) this.#seats.delete(key);
  }

  /** Another place of a device, which is its place from now on. */
  take(user: string, device: string): Presence | undefined {
    const [seat] = this.#seats.get(deviceKey(user, device)) ?? [];
    if (seat === undefined) return undefined;
    this.drop(seat[0], user, device);
    return seat[1];
  }

  /** Of this leaf only those stay that are listed. */
  retain(leaf: number, isListed: (presence: Presence) => boolean): void {
    for (const seats of [...this.#seats.values()]) {
      const presence = seats.get(leaf);
      if (presence !== undefined && !isListed(presence)) this.drop(leaf, presence.user, presence.device);
    }
  }
}
