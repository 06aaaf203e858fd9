import { type WireError, wireError } from "../../protocol/errors.ts";
import type { RoomDetails } from "../../protocol/messages/room.ts";
import type { UserId } from "../../protocol/names.ts";
import type { Priority } from "../../protocol/priority.ts";
import { TokenBuckets } from "../token-buckets.ts";

/** Members whose last message is remembered in slow mode. */
const SLOWED = 10_000;
/** Of a second's messages so many are for normal and high priorities alone. */
const RESERVED = 0.5;

type Rules = Pick<RoomDetails, "messagesPerSecond" | "slowMs">;

/** How much a room takes. High priorities always get in; of the others low ones are left out first. */
export class RoomPace {
  readonly #slow = new TokenBuckets(SLOWED);
  #left: number | undefined;
  #at = 0;

  /** Whether a message of this priority is taken; it counts if it is. */
  take(priority: Priority, { messagesPerSecond }: Rules, now: number): boolean {
    const filled = (this.#left ?? messagesPerSecond) + (Math.max(0, now - this.#at) * messagesPerSecond) / 1000;
    this.#left = Math.min(messagesPerSecond, filled);
    this.#at = now;
    const needed = priority === "high" ? Number.NEGATIVE_INFINITY : priority === "low" ? 1 + messagesPerSecond * RESERVED : 1;
    if (this.#left < needed) return false;
    // What has a high priority may use up what is to come, a second's worth of it.
    this.#left = Math.max(-messagesPerSecond, this.#left - 1);
    return true;
  }

  /** Why a member has to wait; undefined if it has not, and then its next turn begins. */
  slow(user: UserId, { slowMs }: Rules, now: number): WireError | undefined {
    if (slowMs === 0) return undefined;
    const retryAfterMs = this.#slow.take(user, { burst: 1, perMs: slowMs }, now);
    return retryAfterMs === 0 ? undefined : wireError("rate_limited", { field: "room", retryAfterMs, message: "slow mode" });
  }
}
