import * as z from "zod";
import type { WatchWish } from "../../../domain/user/watching.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { UserId } from "../../../protocol/names.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Home } from "./home.ts";

const stored = z.object({ until: z.number().optional(), details: z.literal(true).optional() });

/** Who watches this user's status, and what each wants to hear of. */
export class StatusWatchers {
  readonly #home: Home;

  constructor(home: Home) {
    this.#home = home;
  }

  /** Those whose time is not over. */
  all(): ReadonlyMap<UserId, WatchWish> {
    const now = this.#home.now();
    const rows = this.#home.tables.read<{ user: string; wish: string }>("status_watcher", "SELECT user, wish FROM status_watcher");
    return new Map(rows.map(({ user, wish }) => [user, stored.parse(JSON.parse(wish))] as const).filter(([, { until }]) => until === undefined || until > now));
  }

  put(user: UserId, wish: WatchWish): Result<undefined, WireError> {
    const all = this.all();
    if (!all.has(user) && all.size >= LIMITS.presenceWatchers) return err(wireError("limit_exceeded", { field: "users", limit: LIMITS.presenceWatchers }));
    this.#forgetOthers(all, user);
    const text = JSON.stringify(wish);
    if (JSON.stringify(all.get(user)) !== text)
      this.#home.tables.write("status_watcher", "INSERT OR REPLACE INTO status_watcher (user, wish) VALUES (?, ?)", user, text);
    return ok(undefined);
  }

  drop(user: UserId): void {
    this.#home.tables.change("status_watcher", "DELETE FROM status_watcher WHERE user = ?", user);
  }

  /** Whose time is over makes room. */
  #forgetOthers(live: ReadonlyMap<UserId, WatchWish>, but: UserId): void {
    if (live.size < LIMITS.presenceWatchers - 1) return;
    const rows = this.#home.tables.read<{ user: string }>("status_watcher", "SELECT user FROM status_watcher");
    for (const { user } of rows) if (user !== but && !live.has(user)) this.drop(user);
  }
}
