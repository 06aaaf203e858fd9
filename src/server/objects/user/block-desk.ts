import { CHAT_LIMITS } from "../../../protocol/chat-limits.ts";
import { conversationName } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { timeScale } from "../../time-scale.ts";
import { within } from "../../within.ts";
import { conversationObject } from "../locate.ts";
import { callRepeatedly } from "../shell/rpc.ts";
import type { Home } from "./home.ts";

/**
 * Whom a user has blocked. The list is here, and each conversation knows of its own: it is told before the answer, so that nothing
 * comes after it. One that begins asks.
 */
export class BlockDesk {
  readonly #home: Home;

  constructor(home: Home) {
    this.#home = home;
  }

  list(): UserId[] {
    return this.#home.tables.read<{ user: string }>("chat_block", "SELECT user FROM chat_block ORDER BY user").map(({ user }) => user);
  }

  /** Whether this user takes nothing from that one. */
  refuses(user: UserId): boolean {
    return this.#home.tables.read("chat_block", "SELECT 1 FROM chat_block WHERE user = ?", user).length > 0;
  }

  /** First the list, then the conversations: where one cannot be told, the caller hears so, and does it again. */
  async set(users: readonly UserId[], on: boolean): Promise<Result<Record<string, never>, WireError>> {
    if (users.includes(this.#home.user)) return err(wireError("bad_request", { field: "users", message: "users: nobody blocks oneself" }));
    const distinct = [...new Set(users)];
    const known = new Set(this.list());
    if (on && new Set([...known, ...distinct]).size > CHAT_LIMITS.chatBlocks) {
      return err(wireError("limit_exceeded", { field: "users", limit: CHAT_LIMITS.chatBlocks }));
    }
    const changed = distinct.filter((user) => known.has(user) !== on);
    for (const user of changed) {
      if (on) this.#home.tables.write("chat_block", "INSERT INTO chat_block (user) VALUES (?)", user);
      else this.#home.tables.change("chat_block", "DELETE FROM chat_block WHERE user = ?", user);
    }
    if (changed.length > 0) this.#home.notify({ name: "block.changed", users: changed, on });
    const told = await eachBounded(distinct, LIMITS.callsAtOnce, (user) => this.#tell(user, on));
    return told.find((answer) => !answer.ok) ?? ok({});
  }

  async #tell(user: UserId, on: boolean): Promise<Result<Record<string, never>, WireError>> {
    const { env, app, where, user: self } = this.#home;
    const name = conversationName({ type: "single", id: user }, self);
    const timeoutMs = TIMINGS.requestTimeoutMs * timeScale(env);
    const told = await callRepeatedly(() => within(timeoutMs, conversationObject(env, app, name, where).refuse(self, on)));
    return told.ok ? ok({}) : told;
  }
}
