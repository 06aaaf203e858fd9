import type { RoomEvent, RoomKey } from "../../protocol/messages/room.ts";
import type { UserId } from "../../protocol/names.ts";
import { ROOM_LIMITS } from "../../protocol/room-limits.ts";
import type { RoomStore } from "./store.ts";

export interface KeyFailed {
  readonly key: string;
  readonly message: string;
}

export interface KeysWritten {
  /** Of the newest change, whosever it was. */
  readonly revision: number;
  readonly failed: readonly KeyFailed[];
}

type KeysChanged = Extract<RoomEvent, { kind: "keysChanged" }>;
type KeyStore = Pick<RoomStore, "keys" | "changeKeys" | "revision">;

export interface SetKeys {
  readonly entries: readonly { readonly key: string; readonly value: string }[];
  /** Others' keys, too. */
  readonly force: boolean;
  /** They stay when their owner leaves. */
  readonly stay: boolean;
}

/** The key-values of a room. Each change is one step with a revision of its own, and done to the keys it can be done to. */
export class RoomKeys {
  readonly #store: KeyStore;
  readonly #tell: (event: KeysChanged) => void;

  constructor(store: KeyStore, tell: (event: KeysChanged) => void) {
    this.#store = store;
    this.#tell = tell;
  }

  /** `by` nobody: a server, which owns nothing and is refused nothing. */
  set(by: UserId, { entries, force, stay }: SetKeys): KeysWritten {
    const failed: KeyFailed[] = [];
    // Of a key that is named twice the later value stands.
    const set = new Map<string, RoomKey>();
    const revision = this.#store.revision() + 1;
    let count = this.#store.keys().size;
    for (const { key, value } of entries) {
      const known = this.#store.keys().get(key);
      if (known !== undefined && known.owner !== by && !force) failed.push({ key, message: "another's" });
      else if (known === undefined && !set.has(key) && count >= ROOM_LIMITS.roomKeys) failed.push({ key, message: "too many keys" });
      else {
        if (known === undefined && !set.has(key)) count += 1;
        set.set(key, { key, value, owner: by, revision, ...(!stay && { auto: true as const }) });
      }
    }
    return { revision: this.#change(by, [...set.values()], []), failed };
  }

  remove(by: UserId, keys: readonly string[], force: boolean): KeysWritten {
    const failed: KeyFailed[] = [];
    const removed = new Set<string>();
    for (const key of keys) {
      const known = this.#store.keys().get(key);
      if (known === undefined) failed.push({ key, message: "no such key" });
      else if (known.owner !== by && !force) failed.push({ key, message: "another's" });
      else removed.add(key);
    }
    return { revision: this.#change(by, [], [...removed]), failed };
  }

  /** These have left: what was to go with them goes. */
  left(users: readonly UserId[]): void {
    const gone = new Set(users);
    const removed = [...this.#store.keys().values()].filter(({ owner, auto }) => auto === true && gone.has(owner)).map(({ key }) => key);
    this.#change(users.length === 1 ? users[0] : undefined, [], removed);
  }

  /** Whose going has to be known. */
  owners(): UserId[] {
    return [...new Set([...this.#store.keys().values()].flatMap(({ owner, auto }) => (auto === true ? [owner] : [])))];
  }

  read(keys: readonly string[] | undefined): { revision: number; entries: RoomKey[] } {
    const all = this.#store.keys();
    const entries = keys === undefined ? [...all.values()] : [...new Set(keys)].flatMap((key) => all.get(key) ?? []);
    return { revision: this.#store.revision(), entries };
  }

  #change(by: UserId | undefined, set: readonly RoomKey[], removed: readonly string[]): number {
    if (set.length + removed.length === 0) return this.#store.revision();
    const revision = this.#store.revision() + 1;
    this.#store.changeKeys(set, removed, revision);
    this.#tell({ kind: "keysChanged", ...(by !== undefined && { by }), set: [...set], removed: [...removed], revision });
    return revision;
  }
}
