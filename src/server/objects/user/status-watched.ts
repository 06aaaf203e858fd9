import * as z from "zod";
import { isOver, type WatchTerm, type WatchWish, wishOf, without } from "../../../domain/user/watching.ts";
import { CHAT_LIMITS } from "../../../protocol/chat-limits.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { type UserPresence, userPresence } from "../../../protocol/messages/notice.ts";
import type { DeviceId, UserId } from "../../../protocol/names.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { userObject } from "../locate.ts";
import { classifyRpcError } from "../shell/rpc.ts";
import type { Home } from "./home.ts";

const stored = z.object({
  presence: userPresence,
  session: z.literal(true).optional(),
  until: z.number().optional(),
  details: z.literal(true).optional(),
});
type Watched = WatchTerm & WatchWish & { readonly presence: UserPresence };

export interface WatchOptions {
  /** Until the last device logs out; else for so long. */
  readonly lastsMs?: number | undefined;
  readonly details?: boolean | undefined;
}

/** Whose status this user watches, as it was last told. */
export class StatusWatched {
  readonly #home: Home;
  /** For whoever watches itself: without a call. */
  readonly #watchSelf: (wish: WatchWish | undefined) => Result<UserPresence, WireError>;

  constructor(home: Home, watchSelf: (wish: WatchWish | undefined) => Result<UserPresence, WireError>) {
    this.#home = home;
    this.#watchSelf = watchSelf;
  }

  /** News of watched users. False for those nobody here watches any more. */
  changed(changes: readonly UserPresence[]): boolean[] {
    const all = this.#all();
    const news = changes.filter(({ user }) => all.has(user));
    for (const presence of news) {
      const watched = all.get(presence.user);
      if (watched !== undefined) this.#save({ ...watched, presence }, watched);
    }
    if (news.length > 0) for (const device of this.#home.sessions.connected()) this.#send(device, news);
    return changes.map(({ user }) => all.has(user));
  }

  async subscribe(users: readonly UserId[], { lastsMs, details }: WatchOptions): Promise<Result<{ users: UserPresence[]; until?: number }, WireError>> {
    const wanted = [...new Set(users)];
    const all = this.#all();
    const term: WatchTerm = lastsMs === undefined ? { session: true } : { until: this.#home.now() + lastsMs };
    const limit = lastsMs === undefined ? LIMITS.presenceWatched : CHAT_LIMITS.presenceLasting;
    const alike = [...all].filter(([, one]) => (lastsMs === undefined ? one.session : one.until !== undefined)).map(([user]) => user);
    if (new Set([...alike, ...wanted]).size > limit) {
      return err(wireError("limit_exceeded", { field: "users", limit, message: `users: at most ${limit} are watched at once` }));
    }
    // First the row: a change that comes before the answer finds it.
    for (const user of wanted) {
      const before = all.get(user);
      this.#save({ presence: { user, state: "OFFLINE" }, ...before, ...term, ...(details && { details }) }, before);
    }
    const answers = await eachBounded(wanted, LIMITS.callsAtOnce, (user) => this.#ask(user, this.#all().get(user)));
    const refused = answers.find((answer) => !answer.ok);
    if (refused !== undefined && !refused.ok) {
      for (const user of wanted) this.#put(user, all.get(user));
      return refused;
    }
    const states = answers.flatMap((answer) => (answer.ok ? [answer.value] : []));
    const now = this.#all();
    for (const presence of states) {
      const before = now.get(presence.user);
      if (before !== undefined) this.#save({ ...before, presence }, before);
    }
    return ok({ users: states, ...(term.until !== undefined && { until: term.until }) });
  }

  /** `which`: what is over. */
  async unsubscribe(users: readonly UserId[], which: keyof WatchTerm): Promise<void> {
    const all = this.#all();
    const gone = [...new Set(users)].filter((user) => all.get(user)?.[which] !== undefined);
    for (const user of gone) {
      const before = all.get(user);
      const left = before === undefined ? undefined : without(before, which);
      this.#put(user, left === undefined || isOver(left, this.#home.now()) ? undefined : left);
    }
    // One that cannot be told now learns it with its next news.
    await eachBounded(gone, LIMITS.callsAtOnce, (user) => this.#ask(user, this.#all().get(user)));
  }

  /** With the last device's logout. */
  endSession(): Promise<void> {
    return this.unsubscribe([...this.#all().keys()], "session");
  }

  /** The user is deleted: some are watched no longer. False: there were none. */
  async forgetSome(limit: number): Promise<boolean> {
    const some = [...this.#all().keys()].slice(0, limit);
    await this.unsubscribe(some, "session");
    await this.unsubscribe(some, "until");
    return some.length > 0;
  }

  subscriptions(): { users: UserId[]; lasting: { user: UserId; until: number }[] } {
    const all = [...this.#all()];
    return { users: all.map(([user]) => user), lasting: all.flatMap(([user, { until }]) => (until === undefined ? [] : [{ user, until }])) };
  }

  /** What a device may have missed: a returning one of all, any other of those that were watched before it came. */
  catchUp(device: DeviceId, returning: boolean): void {
    const all = [...this.#all().values()].filter(({ until }) => returning || until !== undefined);
    if (all.length > 0)
      this.#send(
        device,
        all.map(({ presence }) => presence),
      );
  }

  #send(device: DeviceId, users: readonly UserPresence[]): void {
    for (let at = 0; at < users.length; at += CHAT_LIMITS.presenceDetailUsers) {
      this.#home.sessions.send(device, [{ type: "notice", name: "presence.changed", users: users.slice(at, at + CHAT_LIMITS.presenceDetailUsers) }]);
    }
  }

  async #ask(user: UserId, watched: Watched | undefined): Promise<Result<UserPresence, WireError>> {
    const { env, app, user: self, where } = this.#home;
    const wish = watched === undefined ? undefined : wishOf(watched);
    if (user === self) return this.#watchSelf(wish);
    try {
      return await userObject(env, app, user, where).watch(self, wish);
    } catch (error) {
      return err(classifyRpcError(error).error);
    }
  }

  /** Those whose time is over are as good as gone, and go when somebody looks. */
  #all(): ReadonlyMap<UserId, Watched> {
    const now = this.#home.now();
    const rows = this.#home.tables.read<{ user: string; watched: string }>("status_watched", "SELECT user, watched FROM status_watched ORDER BY user");
    const all = new Map<UserId, Watched>();
    for (const { user, watched } of rows) {
      const read: Watched = stored.parse(JSON.parse(watched));
      if (isOver(read, now)) this.#put(user, undefined);
      else all.set(user, read.until !== undefined && read.until <= now ? without(read, "until") : read);
    }
    return all;
  }

  #save(next: Watched, before: Watched | undefined): void {
    if (before === undefined || JSON.stringify(stored.parse(before)) !== JSON.stringify(stored.parse(next))) this.#put(next.presence.user, next);
  }

  #put(user: UserId, watched: Watched | undefined): void {
    if (watched === undefined) this.#home.tables.change("status_watched", "DELETE FROM status_watched WHERE user = ?", user);
    else this.#home.tables.write("status_watched", "INSERT OR REPLACE INTO status_watched (user, watched) VALUES (?, ?)", user, JSON.stringify(watched));
  }
}
