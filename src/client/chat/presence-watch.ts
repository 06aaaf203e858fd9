import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { PresenceState, UserPresence } from "../../protocol/messages/notice.ts";
import type { UserId } from "../../protocol/names.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import type { ModulePort } from "./module-port.ts";
import { handled } from "./port.ts";
import { isPresence } from "./records.ts";

export type { UserPresence };
export type PresenceSubscriptions = OutputOf<"presence.subscriptions">;

/** Who of others is there, on which devices, and what they say of it. Without a connection nothing is known. */
export class PresenceWatch {
  readonly #port: ModulePort;
  readonly #watchers = new Map<UserId, number>();
  readonly #known = new Map<UserId, UserPresence>();
  /** Those who are watched for a time. */
  #lasting: ReadonlySet<UserId> = new Set();
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
    return this.#known.get(user)?.state;
  }

  /** The same with each device, and what was published. */
  details(user: UserId): UserPresence | undefined {
    return this.#known.get(user);
  }

  /** Asked for now, whether watched or not; up to 100 users. */
  async query(users: readonly UserId[]): Promise<UserPresence[]> {
    return (await this.#port.engine().call("presence.query", { users: [...users], details: true })).users;
  }

  /** What this device says of its user from now on: a status of its own, and the user's `ext`. Empty: nothing any more. */
  async publish(said: { readonly status?: string; readonly ext?: string }): Promise<void> {
    await this.#port.engine().call("presence.publish", said);
  }

  /** Watches up to 100 users for so long, over logouts and restarts of the program; each call begins anew. Until when it is. */
  async subscribe(users: readonly UserId[], lastsMs: number): Promise<number> {
    this.#lasting = new Set([...this.#lasting, ...users]);
    const { users: now, until = 0 } = await this.#port.engine().call("presence.subscribe", { users: [...users], lastsMs, details: true });
    this.#port.emit("presence", { users: now });
    return until;
  }

  /** Ends what `subscribe` has begun. */
  async unsubscribe(users: readonly UserId[]): Promise<void> {
    await this.#port.engine().call("presence.unsubscribe", { users: [...users], lasting: true });
    this.#lasting = new Set([...this.#lasting].filter((user) => !users.includes(user)));
    for (const user of users) if (!this.#watchers.has(user)) this.#known.delete(user);
  }

  /** Who is watched, and until when those that are watched for a time. */
  async subscriptions(): Promise<PresenceSubscriptions> {
    const subscriptions = await this.#port.engine().call("presence.subscriptions", {});
    this.#lasting = new Set(subscriptions.lasting.map(({ user }) => user));
    return subscriptions;
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
      if (!this.#lasting.has(user)) this.#known.delete(user);
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
    for (let at = 0; at < wanted.length; at += CHAT_LIMITS.presenceDetailUsers) {
      const { users } = await engine.call("presence.subscribe", { users: wanted.slice(at, at + CHAT_LIMITS.presenceDetailUsers), details: true });
      this.#port.emit("presence", { users });
    }
  }

  #again(): void {
    for (const user of this.#watchers.keys()) this.#changed.add(user);
    if (this.#changed.size > 0) this.#soon();
  }

  #learn(users: readonly UserPresence[]): void {
    for (const presence of users)
      if (isPresence(presence) && (this.#watchers.has(presence.user) || this.#lasting.has(presence.user))) this.#known.set(presence.user, presence);
  }

  #forget(): void {
    if (this.#known.size === 0) return;
    this.#known.clear();
    this.#port.emit("presence", { users: [] });
  }
}
