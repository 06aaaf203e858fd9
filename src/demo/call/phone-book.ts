import type { Channel, Client, PresenceState } from "../../client/index.ts";

/** How it went the last time. */
export type LastCall = "out" | "in" | "missed";

export interface Entry {
  readonly name: string;
  readonly state: PresenceState | undefined;
  readonly last: { readonly kind: LastCall; readonly at: number } | undefined;
}

const RECENT_MAX = 20;
/** Everybody who has the page open: what makes strangers find each other. */
const LOBBY = "wigwag-call-demo";

/** Who is there, and whom one has talked to. */
export class PhoneBook {
  readonly #client: Client;
  readonly #changed: () => void;
  readonly #present = new Set<string>();
  readonly #states = new Map<string, PresenceState>();
  readonly #recent: Map<string, { kind: LastCall; at: number }>;

  constructor(client: Client, changed: () => void) {
    this.#client = client;
    this.#changed = changed;
    this.#recent = new Map(readRecent(client.user));
    client.on("presence", ({ users }) => {
      for (const { user, state } of users) this.#states.set(user, state);
      changed();
    });
    client.on("state", ({ state }) => {
      if (state === "connected") void this.#watch();
    });
    void this.#watch();
    void this.#enter();
  }

  /** Those who are there first, then by time. */
  get entries(): Entry[] {
    const names = new Set([...this.#present, ...this.#recent.keys()]);
    names.delete(this.#client.user);
    const entries = [...names].map((name): Entry => ({ name, state: this.#stateOf(name), last: this.#recent.get(name) }));
    const rank = ({ state, last }: Entry): number => (state === "ONLINE" ? 1e15 : 0) + (last?.at ?? 0);
    return entries.sort((a, b) => rank(b) - rank(a) || a.name.localeCompare(b.name));
  }

  note(name: string, kind: LastCall): void {
    this.#recent.delete(name);
    this.#recent.set(name, { kind, at: Date.now() });
    for (const [oldest] of this.#recent) {
      if (this.#recent.size <= RECENT_MAX) break;
      this.#recent.delete(oldest);
    }
    keepRecent(this.#client.user, this.#recent);
    void this.#watch();
    this.#changed();
  }

  #stateOf(name: string): PresenceState | undefined {
    return this.#present.has(name) ? (this.#states.get(name) ?? "ONLINE") : this.#states.get(name);
  }

  async #enter(): Promise<void> {
    try {
      const lobby = await this.#client.join(LOBBY);
      lobby.on("joined", ({ users }) => this.#met(users));
      lobby.on("left", ({ users }) => this.#gone(users));
      lobby.on("state", ({ state }) => {
        if (state === "joined") void this.#look(lobby);
      });
      await this.#look(lobby);
    } catch {
      // Without it names can still be typed.
    }
  }

  async #look(lobby: Channel): Promise<void> {
    const { members } = await lobby.members();
    this.#present.clear();
    this.#met(members.map(({ user }) => user));
  }

  #met(users: readonly string[]): void {
    for (const user of users) {
      this.#present.add(user);
      this.#states.delete(user);
    }
    this.#changed();
  }

  #gone(users: readonly string[]): void {
    for (const user of users) {
      this.#present.delete(user);
      this.#states.set(user, "OFFLINE");
    }
    this.#changed();
  }

  /** What fails now is asked with the next connection. */
  async #watch(): Promise<void> {
    const names = [...this.#recent.keys()].filter((name) => name !== this.#client.user);
    if (names.length === 0) return;
    try {
      for (const { user, state } of await this.#client.presence.subscribe(names)) this.#states.set(user, state);
      this.#changed();
    } catch {
      return;
    }
  }
}

type Recent = [string, { kind: LastCall; at: number }];
const keyOf = (me: string): string => `wigwag-call:recent:${me}`;

/** Storage may be forbidden, or hold what somebody else has written. */
function readRecent(me: string): Recent[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(keyOf(me)) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isRecent).slice(-RECENT_MAX) : [];
  } catch {
    return [];
  }
}

function isRecent(value: unknown): value is Recent {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const last: unknown = value[1];
  if (typeof last !== "object" || last === null || !("kind" in last) || !("at" in last)) return false;
  return (last.kind === "out" || last.kind === "in" || last.kind === "missed") && typeof last.at === "number";
}

function keepRecent(me: string, recent: ReadonlyMap<string, unknown>): void {
  try {
    localStorage.setItem(keyOf(me), JSON.stringify([...recent]));
  } catch {
    return;
  }
}
