/** A device in a channel. */
export interface Presence {
  readonly user: string;
  readonly device: string;
  readonly generation: number;
  readonly joinedAt: number;
  /** `socket`: it has a direct socket · `rider`: its channel rides on its session socket. */
  readonly via: "socket" | "rider";
  /** When its connection went without a goodbye; it leaves when the lease is over. */
  readonly goneAt?: number;
}

/** Where members are kept: chunks of the list, one row each, so that a burst of joins writes few rows. */
export interface RosterStore {
  chunks(): Presence[][];
  putChunk(chunk: number, members: readonly Presence[]): void;
  clear(): void;
}

/** Enough that one join rewrites a small row, few enough that a storm writes few. */
const CHUNKS = 16;

export interface PresenceChange {
  readonly joined: string[];
  readonly left: string[];
}

/**
 * Who is in a channel. A user is in while any of its devices is; joined and left speak of users. Changes are collected
 * until `takeChanges`, and what comes and goes in between is not told.
 */
export class Members {
  readonly #store: RosterStore;
  readonly #devices = new Map<string, Presence>();
  readonly #perUser = new Map<string, number>();
  readonly #dirty = new Set<number>();
  /** Users whose presence changed since the last take, with what it was then. */
  readonly #before = new Map<string, boolean>();

  constructor(store: RosterStore) {
    this.#store = store;
    for (const presence of store.chunks().flat()) this.#insert(presence);
  }

  get users(): number {
    return this.#perUser.size;
  }
  get devices(): IterableIterator<Presence> {
    return this.#devices.values();
  }

  get(user: string, device: string): Presence | undefined {
    return this.#devices.get(deviceKey(user, device));
  }

  has(user: string): boolean {
    return this.#perUser.has(user);
  }

  /** A device joined, or came back. */
  join(presence: Presence): void {
    const known = this.get(presence.user, presence.device);
    this.#note(presence.user);
    if (known === undefined) this.#insert(presence);
    else this.#devices.set(deviceKey(presence.user, presence.device), { ...presence, joinedAt: known.joinedAt });
    this.#touch(presence.user);
  }

  /** A device's connection is gone without a goodbye. */
  lose(user: string, device: string, now: number): void {
    const known = this.get(user, device);
    if (known === undefined || known.goneAt !== undefined) return;
    this.#devices.set(deviceKey(user, device), { ...known, goneAt: now });
    this.#touch(user);
  }

  /** A device left on purpose, or its lease is over. */
  leave(user: string, device: string): boolean {
    if (this.get(user, device) === undefined) return false;
    this.#note(user);
    this.#devices.delete(deviceKey(user, device));
    const rest = (this.#perUser.get(user) ?? 1) - 1;
    if (rest === 0) this.#perUser.delete(user);
    else this.#perUser.set(user, rest);
    this.#touch(user);
    return true;
  }

  /** Devices of a user, or all gone ones whose lease ended. */
  ofUser(user: string): Presence[] {
    return [...this.#devices.values()].filter((presence) => presence.user === user);
  }

  expired(now: number, leaseMs: number): Presence[] {
    return [...this.#devices.values()].filter((presence) => presence.goneAt !== undefined && presence.goneAt + leaseMs <= now);
  }

  /** When the next lease ends. */
  nextExpiry(leaseMs: number): number | undefined {
    let next: number | undefined;
    for (const { goneAt } of this.#devices.values()) {
      if (goneAt !== undefined && (next === undefined || goneAt + leaseMs < next)) next = goneAt + leaseMs;
    }
    return next;
  }

  /** A page of users by id. */
  page(after: string | undefined, limit: number): { members: { user: string; joinedAt: number }[]; next?: string } {
    const joinedAt = new Map<string, number>();
    for (const presence of this.#devices.values()) {
      if (after !== undefined && presence.user <= after) continue;
      joinedAt.set(presence.user, Math.min(joinedAt.get(presence.user) ?? Number.POSITIVE_INFINITY, presence.joinedAt));
    }
    const sorted = [...joinedAt].sort(([a], [b]) => (a < b ? -1 : 1)).map(([user, at]) => ({ user, joinedAt: at }));
    const members = sorted.slice(0, limit);
    const last = members.at(-1);
    return sorted.length > limit && last !== undefined ? { members, next: last.user } : { members };
  }

  userIds(): string[] {
    return [...this.#perUser.keys()];
  }

  /** Whether anything is to be written or told. */
  get changed(): boolean {
    return this.#dirty.size > 0 || this.#before.size > 0;
  }

  /** Writes the changed chunks. */
  save(): void {
    if (this.#dirty.size === 0) return;
    const chunks = new Map<number, Presence[]>([...this.#dirty].map((chunk) => [chunk, []]));
    for (const presence of this.#devices.values()) chunks.get(chunkOf(presence.user))?.push(presence);
    for (const [chunk, members] of chunks) this.#store.putChunk(chunk, members);
    this.#dirty.clear();
  }

  /** Users who came or went since the last time. */
  takeChanges(): PresenceChange {
    const joined: string[] = [];
    const left: string[] = [];
    for (const [user, was] of this.#before) {
      const is = this.has(user);
      if (is && !was) joined.push(user);
      if (!is && was) left.push(user);
    }
    this.#before.clear();
    return { joined, left };
  }

  #insert(presence: Presence): void {
    this.#devices.set(deviceKey(presence.user, presence.device), presence);
    this.#perUser.set(presence.user, (this.#perUser.get(presence.user) ?? 0) + 1);
  }

  #note(user: string): void {
    if (!this.#before.has(user)) this.#before.set(user, this.has(user));
  }

  #touch(user: string): void {
    this.#dirty.add(chunkOf(user));
  }
}

/** Device ids have no space. */
export const deviceKey = (user: string, device: string): string => `${device} ${user}`;

/** FNV-1a: spreads users over the chunks; not a secret. */
function chunkOf(user: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < user.length; i++) hash = Math.imul(hash ^ user.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % CHUNKS;
}
