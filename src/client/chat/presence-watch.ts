import type { PresenceState, UserPresence } from "../../protocol/messages/notice.ts";
import type { UserId } from "../../protocol/names.ts";
import type { ModulePort } from "./module-port.ts";
import { handled } from "./port.ts";

/** Who of others is there, as long as somebody wants to know it. Without a connection nothing is known. */
export class PresenceWatch {
  readonly #port: ModulePort;
  readonly #watchers = new Map<UserId, number>();
  readonly #states = new Map<UserId, PresenceState>();
  /** Those of whom the service does not know yet that they are watched, or no longer. */
  readonly #changed = new Set<UserId>();
  #due = false;

  /** @internal */
  constructor(port: ModulePort) {
    this.#port = port;
    port.on("presence", ({ users }) => this.#learn(users));
    port.on("connected", ({ connected }) => {
      if (connected) this.#again();
      else this.#forget();
    });
  }

  /** Undefined: not known now, or not watched. */
  of(user: UserId): PresenceState | undefined {
    return this.#states.get(user);
  }

  /** Returns the function that ends it. Changes come as the chats' event `presence`. */
  watch(users: readonly UserId[]): () => void {
    for (const user of users) this.#count(user, 1);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      for (const user of users) this.#count(user, -1);
    };
  }

  #count(user: UserId, by: 1 | -1): void {
    const before = this.#watchers.get(user) ?? 0;
    const now = before + by;
    if (now > 0) this.#watchers.set(user, now);
    else {
      this.#watchers.delete(user);
      this.#states.delete(user);
    }
    if (before > 0 === now > 0) return;
    this.#changed.add(user);
    this.#soon();
  }

  /** Whatever is watched and left in one stretch is said in one call. */
  #soon(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      void handled(this.#say());
    });
  }

  async #say(): Promise<void> {
    const engine = this.#port.engine();
    if (!engine.connected) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    const [wanted, left] = [changed.filter((user) => this.#watchers.has(user)), changed.filter((user) => !this.#watchers.has(user))];
    if (left.length > 0) await engine.call("presence.unsubscribe", { users: left });
    if (wanted.length === 0) return;
    const { users } = await engine.call("presence.subscribe", { users: wanted });
    this.#port.emit("presence", { users });
  }

  #again(): void {
    for (const user of this.#watchers.keys()) this.#changed.add(user);
    if (this.#changed.size > 0) this.#soon();
  }

  #learn(users: readonly UserPresence[]): void {
    for (const { user, state } of users) if (this.#watchers.has(user)) this.#states.set(user, state);
  }

  #forget(): void {
    if (this.#states.size === 0) return;
    this.#states.clear();
    this.#port.emit("presence", { users: [] });
  }
}
