import type { UserPresence } from "../protocol/messages/notice.ts";
import type { UserId } from "../protocol/names.ts";
import type { Session } from "./session.ts";

/** Who is online. Changes of watched users come as the client's `presence` event. */
export class Presence {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async query(users: readonly UserId[]): Promise<UserPresence[]> {
    return (await this.#session.call("presence.query", { users: [...users] })).users;
  }

  /** Returns how they stand now. */
  async subscribe(users: readonly UserId[]): Promise<UserPresence[]> {
    return (await this.#session.call("presence.subscribe", { users: [...users] })).users;
  }

  async unsubscribe(users: readonly UserId[]): Promise<void> {
    await this.#session.call("presence.unsubscribe", { users: [...users] });
  }

  /** Whom this user watches. */
  async subscriptions(): Promise<UserId[]> {
    return (await this.#session.call("presence.subscriptions", {})).users;
  }
}
