import type { UserId } from "../../protocol/names.ts";
import { ROOM_LIMITS } from "../../protocol/room-limits.ts";

/** A message that the room remembers, so that a repeat is known, and its sender when it is recalled. */
export interface Said {
  readonly id: string;
  readonly from: UserId;
  readonly ts: number;
}

/** The newest messages of a room, by sender and key, and by id. */
export class RecentlySaid {
  readonly #byKey = new Map<string, Said>();
  readonly #byId = new Map<string, Said>();

  add(key: string, said: Said): void {
    const name = nameOf(said.from, key);
    if (this.#byKey.has(name)) return;
    this.#byKey.set(name, said);
    this.#byId.set(said.id, said);
    if (this.#byKey.size <= ROOM_LIMITS.roomRecent) return;
    for (const [oldest, { id }] of this.#byKey) {
      this.#byKey.delete(oldest);
      this.#byId.delete(id);
      return;
    }
  }

  repeated(from: UserId, key: string): Said | undefined {
    return this.#byKey.get(nameOf(from, key));
  }

  byId(id: string): Said | undefined {
    return this.#byId.get(id);
  }
}

/** A key has no space. */
const nameOf = (from: UserId, key: string): string => `${key} ${from}`;
