import * as z from "zod";
import type { RestEvent } from "../../../domain/events/event.ts";
import { TIMINGS } from "../../../protocol/limits.ts";
import { pushEvents } from "../../events/queue.ts";
import { timeScale } from "../../time-scale.ts";
import type { Home } from "./home.ts";

export const EVENTS_DEADLINE = "events";

/** Comings and goings kept while the queue cannot be reached: the newest. */
const WAITING_MAX = 100;
/** So long after a failure. */
const RETRY_MS = 10_000;

type Change = Pick<RestEvent & { kind: "user" }, "type" | "at">;
const changes = z.array(z.strictObject({ type: z.enum(["Login", "Logout"]), at: z.number() }));

interface Reported {
  /** As servers have heard, or will. */
  readonly online: boolean;
  /** Of the last change: times of one user rise. */
  readonly at: number;
  readonly waiting: readonly Change[];
}
const NOTHING: Reported = { online: false, at: 0, waiting: [] };

/** Tells the app's servers when this user comes online and goes offline, if its settings say so. One row, and none without. */
export class EventDesk {
  readonly #home: Home;
  #known: Reported | undefined;

  constructor(home: Home) {
    this.#home = home;
  }

  get on(): boolean {
    return this.#home.settings.restEvents;
  }

  /** The present truth. Written before anybody else hears of it, handed over by the alarm. */
  report(online: boolean): void {
    const before = this.#read();
    // Switched off: servers hear no more, and when it is on again they begin with nobody online.
    if (!this.on && before.online) return this.#save({ ...before, online: false });
    if (!this.on || before.online === online) return;
    const at = Math.max(this.#home.now(), before.at + 1);
    const waiting = [...before.waiting, { type: online ? "Login" : "Logout", at } as const].slice(-WAITING_MAX);
    this.#save({ online, at, waiting });
    this.#home.deadlines.setNoLater(EVENTS_DEADLINE, this.#home.now() + this.#delayMs());
  }

  /** The alarm's turn. */
  async due(): Promise<void> {
    const { env, app, user, where, deadlines } = this.#home;
    const { waiting } = this.#read();
    const events = waiting.map(({ type, at }): RestEvent => ({ kind: "user", user, type, at }));
    const left = new Set((await pushEvents(env, app, events, where)).map(({ at }) => at));
    const given = new Set(waiting.map(({ at }) => at).filter((at) => !left.has(at)));
    const now = this.#read();
    if (given.size > 0) this.#save({ ...now, waiting: now.waiting.filter(({ at }) => !given.has(at)) });
    if (left.size > 0) deadlines.setNoLater(EVENTS_DEADLINE, this.#home.now() + RETRY_MS * timeScale(env));
  }

  /** What an object that was lost on the way had still to hand over. */
  recover(): void {
    if (this.#read().waiting.length > 0) this.#home.deadlines.setNoLater(EVENTS_DEADLINE, this.#home.now() + this.#delayMs());
  }

  #delayMs(): number {
    return TIMINGS.restEventDelayMs * timeScale(this.#home.env);
  }

  #read(): Reported {
    this.#known ??= this.#stored() ?? NOTHING;
    return this.#known;
  }

  #stored(): Reported | undefined {
    const row = this.#home.tables.read<{ online: number; at: number; waiting: string }>("reported", "SELECT online, at, waiting FROM reported")[0];
    return row === undefined ? undefined : { online: row.online === 1, at: row.at, waiting: changes.parse(JSON.parse(row.waiting)) };
  }

  #save(reported: Reported): void {
    this.#known = reported;
    const { online, at, waiting } = reported;
    this.#home.tables.write(
      "reported",
      "INSERT OR REPLACE INTO reported (one, online, at, waiting) VALUES (1, ?, ?, ?)",
      online ? 1 : 0,
      at,
      JSON.stringify(waiting),
    );
  }
}
