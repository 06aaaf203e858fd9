import type { RoomEvent, RoomKey } from "../../protocol/messages/room.ts";

type KeysChanged = Extract<RoomEvent, { kind: "keysChanged" }>;

/** Keys that are there, and removed ones that a late snapshot may still speak of. */
const KNOWN = 1_000;

/** The keys of a room as this device knows them: snapshots and changes, in whatever order they come. */
export class KnownKeys {
  /** Of each key the newest that is known; without a value: it was removed. */
  readonly #known = new Map<string, { readonly revision: number; readonly entry?: RoomKey }>();

  get entries(): ReadonlyMap<string, RoomKey> {
    return new Map([...this.#known].flatMap(([key, { entry }]) => (entry === undefined ? [] : [[key, entry] as const])));
  }

  /** All of them, as they were at this revision. */
  snapshot(revision: number, entries: readonly RoomKey[]): void {
    const listed = new Set(entries.map(({ key }) => key));
    // What is not in it was removed before it, or set after it; what was removed before it nobody speaks of any more.
    for (const [key, known] of this.#known) if (!listed.has(key) && known.revision <= revision) this.#known.delete(key);
    for (const entry of entries) this.#put(entry.key, { revision: entry.revision, entry });
  }

  change({ set, removed, revision }: KeysChanged): void {
    for (const entry of set) this.#put(entry.key, { revision: entry.revision, entry });
    for (const key of removed) this.#put(key, { revision });
  }

  #put(key: string, next: { readonly revision: number; readonly entry?: RoomKey }): void {
    if ((this.#known.get(key)?.revision ?? 0) > next.revision) return;
    this.#known.delete(key);
    this.#known.set(key, next);
    if (this.#known.size > KNOWN) this.#forget();
  }

  /** The key whose removal was heard of longest ago. */
  #forget(): void {
    for (const [key, { entry }] of this.#known) {
      if (entry !== undefined) continue;
      this.#known.delete(key);
      return;
    }
  }
}
