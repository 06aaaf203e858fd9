import { fnv1a } from "../../util/fnv1a.ts";

/** A device in a channel. */
export interface Presence {
  readonly user: string;
  readonly device: string;
  readonly generation: number;
  readonly joinedAt: number;
  /** `socket`: it has a direct socket · `rider`: its channel rides on its session socket · `leaf`: its socket is on a leaf. */
  readonly via: "socket" | "rider" | "leaf";
  readonly leaf?: number;
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
  /** Who is in no longer: also who came and went in between, which is told to nobody. */
  readonly gone: string[];
}

/**
 * Who is in a channel. A user is in while any of its devices is; joined and left speak of users. Changes are collected
 * until `takeChanges`, and what comes and goes in between is not told.
 */
export class Members {
  readonly #store: RosterStore;
  readonly #chunks: Map<string, Presence>[] = Array.from({ length: CHUNKS }, () => new Map());
  readonly #perUser = new Map<string, number>();
  readonly #dirty = new Set<number>();
  /** Users whose presence changed since the last take, with what it was then. */
  readonly #before = new Map<string, boolean>();

  constructor(store: RosterStore) {
    this.#store = store;
    for (const presence of store.chunks().flat()) this.#insert(presence);
  }

  /** How many users are in. */
  get users(): number {
    return this.#perUser.size;
  }

  *[Symbol.iterator](): IterableIterator<Presence> {
    for (const chunk of this.#chunks) yield* chunk.values();
  }

  /** Whether this device is in, and connected. */
  isIn(user: string, device: string): boolean {
    const presence = this.#get(user, device);
    return presence !== undefined && presence.goneAt === undefined;
  }

  get(user: string, device: string): Presence | undefined {
    return this.#get(user, device);
  }

  has(user: string): boolean {
    return this.#perUser.has(user);
  }

  /** A device joined, or came back. */
  join(presence: Presence): void {
    const known = this.#get(presence.user, presence.device);
    this.#note(presence.user);
    if (known === undefined) this.#insert(presence);
    else this.#set({ ...presence, joinedAt: known.joinedAt });
    this.#dirty.add(chunkOf(presence.user));
  }

  /** A device's connection is gone without a goodbye. False: it was no member, or gone before. */
  lose(user: string, device: string, now: number): boolean {
    const known = this.#get(user, device);
    if (known === undefined || known.goneAt !== undefined) return false;
    this.#set({ ...known, goneAt: now });
    this.#dirty.add(chunkOf(user));
    return true;
  }

  /** A device left on purpose, or its lease is over. False: it was no member. */
  leave(user: string, device: string): boolean {
    if (this.#get(user, device) === undefined) return false;
    this.#note(user);
    this.#remove(user, device);
    return true;
  }

  /** It is in this list no longer, and has not left: somebody else knows of it. */
  forget(user: string, device: string): void {
    if (this.#get(user, device) === undefined) return;
    this.#remove(user, device);
    if (!this.has(user)) this.#before.delete(user);
  }

  /** The devices of a user. */
  ofUser(user: string): Presence[] {
    return [...(this.#chunks[chunkOf(user)]?.values() ?? [])].filter((presence) => presence.user === user);
  }

  /** Gone ones whose lease is over, and when the next one's ends. */
  leases(now: number, leaseMs: number): { over: Presence[]; next: number | undefined } {
    const over: Presence[] = [];
    let next: number | undefined;
    for (const presence of [...this]) {
      if (presence.goneAt === undefined) continue;
      // By a clock that was set back since.
      if (presence.goneAt > now) this.#loseAgain(presence, now);
      const ends = Math.min(presence.goneAt, now) + leaseMs;
      if (ends <= now) over.push(presence);
      else if (next === undefined || ends < next) next = ends;
    }
    return { over, next };
  }

  /** A page of users by id. */
  page(after: string | undefined, limit: number): { members: { user: string; joinedAt: number }[]; next?: string } {
    const joinedAt = new Map<string, number>();
    for (const presence of this) {
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
    for (const chunk of this.#dirty) this.#store.putChunk(chunk, [...(this.#chunks[chunk]?.values() ?? [])]);
    this.#dirty.clear();
  }

  /** Users who came or went since the last time. */
  takeChanges(): PresenceChange {
    const joined: string[] = [];
    const left: string[] = [];
    const gone: string[] = [];
    for (const [user, was] of this.#before) {
      const is = this.has(user);
      if (is && !was) joined.push(user);
      if (!is && was) left.push(user);
      if (!is) gone.push(user);
    }
    this.#before.clear();
    return { joined, left, gone };
  }

  #loseAgain(presence: Presence, now: number): void {
    this.#set({ ...presence, goneAt: now });
    this.#dirty.add(chunkOf(presence.user));
  }

  #get(user: string, device: string): Presence | undefined {
    return this.#chunks[chunkOf(user)]?.get(deviceKey(user, device));
  }

  #set(presence: Presence): void {
    this.#chunks[chunkOf(presence.user)]?.set(deviceKey(presence.user, presence.device), presence);
  }

  #remove(user: string, device: string): void {
    const chunk = chunkOf(user);
    this.#chunks[chunk]?.delete(deviceKey(user, device));
    const rest = (this.#perUser.get(user) ?? 1) - 1;
    if (rest === 0) this.#perUser.delete(user);
    else this.#perUser.set(user, rest);
    this.#dirty.add(chunk);
  }

  #insert(presence: Presence): void {
    this.#set(presence);
    this.#perUser.set(presence.user, (this.#perUser.get(presence.user) ?? 0) + 1);
  }

  #note(user: string): void {
    if (!this.#before.has(user)) this.#before.set(user, this.has(user));
  }
}

/** Device ids have no space. */
export const deviceKey = (user: string, device: string): string => `${device} ${user}`;

const chunkOf = (user: string): number => fnv1a(user) % CHUNKS;
