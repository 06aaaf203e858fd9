import { Lanes } from "../../../domain/user/lanes.ts";
import { isOffline, offlineAt, onlineStatus, type Sign } from "../../../domain/user/online-status.ts";
import { Unanswered } from "../../../domain/user/unanswered.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import { type PresenceState, presenceState, type UserPresence } from "../../../protocol/messages/notice.ts";
import type { DeviceId, UserId } from "../../../protocol/names.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { userObject } from "../locate.ts";
import { classifyRpcError, pauseBeforeRetry } from "../shell/rpc.ts";
import type { EventDesk } from "./event-desk.ts";
import type { Home } from "./home.ts";

const DEADLINE = "presence";
/** No presence ends later than so long after its last sign of life. */
const SILENCE_MAX_MS = 3 * TIMINGS.keepAliveMaxMs;
const NOTICES_QUEUED = {
  queuedItems: LIMITS.presenceWatchers * 4,
  queuedBytes: Number.MAX_SAFE_INTEGER,
  batchItems: LIMITS.presenceWatched,
  batchBytes: Number.MAX_SAFE_INTEGER,
};

/** The user's online status, those who watch it, and those this user watches. */
export class PresenceDesk {
  readonly #home: Home;
  readonly #events: EventDesk;
  readonly #changes: Lanes<UserPresence, boolean>;
  /** After an unclean start nobody hears of silence before everybody had the time to come back. */
  #recoveringUntil = 0;
  readonly #unanswered = new Unanswered();

  constructor(home: Home, events: EventDesk) {
    this.#home = home;
    this.#events = events;
    home.clockSetBack = () => this.refresh();
    this.#changes = new Lanes(
      {
        classify: classifyRpcError,
        pause: pauseBeforeRetry,
        send: (watcher, changes) => userObject(home.env, home.app, watcher, home.where).statusChanged([...changes]),
      },
      NOTICES_QUEUED,
    );
  }

  /** Devices whose sockets went with the last life of this object start their lease now. */
  recover(): void {
    const now = this.#home.now();
    const connected = this.#home.sessions.connected();
    for (const device of this.#home.devices.all()) {
      if (!device.connected || connected.has(device.device)) continue;
      this.#home.devices.save({ ...device, connected: false, seenAt: now });
      this.#recoveringUntil = now + this.#home.times.leaseMs;
    }
    // Set by a clock that has been set back since: it may be a long way off.
    if ((this.#home.deadlines.at(DEADLINE) ?? 0) > now + Math.max(SILENCE_MAX_MS, this.#home.times.lookAgainMs)) this.refresh();
    if (this.#recoveringUntil > now && this.#isWatched(this.#watchers())) this.#home.deadlines.setNoLater(DEADLINE, this.#recoveringUntil);
  }

  state(): PresenceState {
    return onlineStatus(this.#signs(), this.#home.now(), this.#home.times);
  }

  /** Whether this device's lease has not ended: it may come back as if nothing had been. */
  expects(device: DeviceId): boolean {
    const record = this.#home.devices.get(device);
    if (record === undefined) return false;
    // Its socket has closed a moment ago, and nobody been told.
    if (record.connected && this.#home.sessions.socket(device) === undefined) return true;
    const now = this.#home.now();
    return !isOffline(this.#unanswered.judge(device, this.#home.signOf(record), now), now, this.#home.times);
  }

  /** A device has not acknowledged what was pushed to it: its socket may be dead, and only the platform not know. */
  unanswered(device: DeviceId): void {
    this.#unanswered.mark(device, this.#home.now());
    this.refresh();
  }

  /** It speaks again. */
  heard(device: DeviceId): void {
    if (this.#unanswered.heard(device)) this.refresh();
  }

  /** Works the status out and tells watchers if it has changed. */
  refresh(): void {
    const watchers = this.#watchers();
    const state = this.state();
    this.#events.report(state !== "OFFLINE");
    if (!this.#isWatched(watchers)) return;
    const now = this.#home.now();
    const recovering = state === "UNREACHABLE" && now < this.#recoveringUntil;
    if (watchers.length > 0 && !recovering && state !== this.#told()) this.#tell(state, watchers);
    const next = offlineAt(this.#signs(), now, this.#home.times);
    if (next !== undefined) this.#home.deadlines.setNoLater(DEADLINE, watchers.length > 0 ? next : this.#lookAgain(next, now));
  }

  /** While a socket is there its end is told at once, as a rule; for servers alone an alarm every lease would cost more than it is worth. */
  #lookAgain(offline: number, now: number): number {
    return this.#home.sessions.connected().size > 0 ? Math.max(offline, now + this.#home.times.lookAgainMs) : offline;
  }

  /** Whether anybody hears of changes: other users, or the app's servers. */
  #isWatched(watchers: readonly UserId[]): boolean {
    return watchers.length > 0 || this.#events.on;
  }

  /** Another user starts or stops watching this one. */
  watch(watcher: UserId, on: boolean): Result<PresenceState, WireError> {
    const state = this.state();
    if (!on) {
      this.#home.tables.change("watcher", "DELETE FROM watcher WHERE user = ?", watcher);
      return ok(state);
    }
    const watchers = this.#watchers();
    if (!watchers.includes(watcher)) {
      if (watchers.length >= LIMITS.presenceWatchers) return err(wireError("limit_exceeded", { field: "users", limit: LIMITS.presenceWatchers }));
      this.#home.tables.write("watcher", "INSERT INTO watcher (user) VALUES (?)", watcher);
    }
    // Those who watch already hear of what the newcomer is told right now.
    if (watchers.length === 0) this.#remember(state);
    this.refresh();
    return ok(state);
  }

  /** Watched users' news. False for those nobody here watches any more. */
  changed(changes: readonly UserPresence[]): boolean[] {
    const watched = new Map(this.#watched().map(({ user, state }) => [user, state]));
    const news = changes.filter(({ user }) => watched.has(user));
    for (const { user, state } of news)
      if (watched.get(user) !== state) this.#home.tables.change("watched", "UPDATE watched SET state = ? WHERE user = ?", state, user);
    if (news.length > 0) this.#notify(news);
    return changes.map(({ user }) => watched.has(user));
  }

  async subscribe(users: readonly UserId[]): Promise<Result<UserPresence[], WireError>> {
    const wanted = [...new Set(users)];
    const watched = new Set(this.#watched().map(({ user }) => user));
    if (new Set([...watched, ...wanted]).size > LIMITS.presenceWatched) {
      return err(
        wireError("limit_exceeded", { field: "users", limit: LIMITS.presenceWatched, message: `users: at most ${LIMITS.presenceWatched} are watched at once` }),
      );
    }
    // First the row: a change that comes before the answer finds it.
    for (const user of wanted)
      if (!watched.has(user)) this.#home.tables.write("watched", "INSERT OR IGNORE INTO watched (user, state) VALUES (?, 'OFFLINE')", user);
    const answers = await eachBounded(wanted, LIMITS.callsAtOnce, (user) => this.#watchThere(user, true));
    const refused = answers.find((answer) => !answer.ok);
    if (refused !== undefined && !refused.ok) {
      for (const user of wanted) if (!watched.has(user)) this.#home.tables.change("watched", "DELETE FROM watched WHERE user = ?", user);
      return refused;
    }
    return ok(
      wanted.flatMap((user, index) => {
        const answer = answers[index];
        if (answer === undefined || !answer.ok) return [];
        this.#home.tables.change("watched", "UPDATE watched SET state = ? WHERE user = ? AND state <> ?", answer.value, user, answer.value);
        return [{ user, state: answer.value }];
      }),
    );
  }

  async unsubscribe(users: readonly UserId[]): Promise<void> {
    const watched = new Set(this.#watched().map(({ user }) => user));
    const gone = [...new Set(users)].filter((user) => watched.has(user));
    for (const user of gone) this.#home.tables.change("watched", "DELETE FROM watched WHERE user = ?", user);
    // One that cannot be told now learns it with its next news.
    await eachBounded(gone, LIMITS.callsAtOnce, (user) => this.#watchThere(user, false));
  }

  /** With the last device's logout. */
  unsubscribeAll(): Promise<void> {
    return this.unsubscribe(this.subscriptions());
  }

  subscriptions(): UserId[] {
    return this.#watched().map(({ user }) => user);
  }

  /** What a returning device may have missed. */
  snapshot(): UserPresence[] {
    return this.#watched();
  }

  async #watchThere(user: UserId, on: boolean): Promise<Result<PresenceState, WireError>> {
    if (user === this.#home.user) return this.watch(user, on);
    try {
      return await userObject(this.#home.env, this.#home.app, user, this.#home.where).watch(this.#home.user, on);
    } catch (error) {
      return err(classifyRpcError(error).error);
    }
  }

  #tell(state: PresenceState, watchers: readonly UserId[]): void {
    this.#remember(state);
    for (const watcher of watchers) this.#tellOne(watcher, { user: this.#home.user, state });
  }

  #tellOne(watcher: UserId, change: UserPresence): void {
    if (watcher === this.#home.user) {
      this.changed([change]);
      return;
    }
    this.#changes.put(watcher, change, 0, (known) => {
      if (known.ok && !known.value) this.#home.tables.change("watcher", "DELETE FROM watcher WHERE user = ?", watcher);
    });
  }

  #notify(users: readonly UserPresence[]): void {
    for (const device of this.#home.sessions.connected()) this.#home.sessions.send(device, [{ type: "notice", name: "presence.changed", users }]);
  }

  /** One for each device: of its sockets the newest counts, and not one that a cut way has left behind. */
  #signs(): Sign[] {
    const now = this.#home.now();
    return this.#home.devices.all().map((record) => this.#unanswered.judge(record.device, this.#home.signOf(record), now));
  }

  #watchers(): UserId[] {
    return this.#home.tables.read<{ user: string }>("watcher", "SELECT user FROM watcher").map(({ user }) => user);
  }

  #watched(): UserPresence[] {
    return this.#home.tables
      .read<{ user: string; state: string }>("watched", "SELECT user, state FROM watched ORDER BY user")
      .map(({ user, state }) => ({ user, state: presenceState.parse(state) }));
  }

  #told(): string {
    return this.#home.tables.read<{ state: string }>("told", "SELECT state FROM told")[0]?.state ?? "OFFLINE";
  }

  #remember(state: PresenceState): void {
    this.#home.tables.write("told", "INSERT OR REPLACE INTO told (one, state) VALUES (1, ?)", state);
  }
}
