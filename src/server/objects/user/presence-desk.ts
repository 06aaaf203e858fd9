import { Lanes } from "../../../domain/user/lanes.ts";
import { isOffline, nextEnd, offlineAt, onlineStatus, type Sign } from "../../../domain/user/online-status.ts";
import { Unanswered } from "../../../domain/user/unanswered.ts";
import type { WatchWish } from "../../../domain/user/watching.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { DevicePresence, PresenceState, UserPresence } from "../../../protocol/messages/notice.ts";
import type { DeviceId, UserId } from "../../../protocol/names.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { userObject } from "../locate.ts";
import { classifyRpcError, pauseBeforeRetry } from "../shell/rpc.ts";
import type { EventDesk } from "./event-desk.ts";
import type { Home } from "./home.ts";
import { StatusWatched } from "./status-watched.ts";
import { StatusWatchers } from "./status-watchers.ts";

const DEADLINE = "presence";
/** No presence ends later than so long after its last sign of life. */
const SILENCE_MAX_MS = 3 * TIMINGS.keepAliveMaxMs;
const NOTICES_QUEUED = {
  queuedItems: LIMITS.presenceWatchers * 4,
  queuedBytes: Number.MAX_SAFE_INTEGER,
  batchItems: LIMITS.presenceWatched,
  batchBytes: Number.MAX_SAFE_INTEGER,
};

const EXT = "";

/** What a user is seen to be: the state, and for those who want it each device and what was published. */
interface Seen {
  readonly state: PresenceState;
  readonly details: Pick<UserPresence, "devices" | "ext">;
}

/** The user's online status, what its devices have published beside it, and those who watch it. */
export class PresenceDesk {
  /** Those this user watches. */
  readonly watched: StatusWatched;
  readonly #home: Home;
  readonly #events: EventDesk;
  readonly #changes: Lanes<UserPresence, boolean>;
  readonly #watchers: StatusWatchers;
  /** After an unclean start nobody hears of silence before everybody had the time to come back. */
  #recoveringUntil = 0;
  readonly #unanswered = new Unanswered();

  constructor(home: Home, events: EventDesk) {
    this.#home = home;
    this.#events = events;
    this.#watchers = new StatusWatchers(home);
    this.watched = new StatusWatched(home, (wish) => this.watch(home.user, wish));
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
    if (this.#recoveringUntil > now && this.#isWatched(this.#watchers.all())) this.#home.deadlines.setNoLater(DEADLINE, this.#recoveringUntil);
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

  /** What this device says from now on; the watchers are told. */
  publish(device: DeviceId | undefined, { status, ext }: { readonly status?: string | undefined; readonly ext?: string | undefined }) {
    if (device === undefined || this.#home.devices.get(device) === undefined) return err(wireError("not_found", { field: "device" }));
    const published = this.#published();
    for (const [name, text] of [[device, status] as const, [EXT, ext] as const]) {
      if (text === undefined || text === (published.get(name) ?? "")) continue;
      if (text === "") this.#unpublish(name);
      else this.#home.tables.write("published", "INSERT OR REPLACE INTO published (device, text) VALUES (?, ?)", name, text);
    }
    this.refresh();
    return ok({});
  }

  /** The device is logged out, and what it has published goes; with the last one the user's `ext`. */
  ended(device: DeviceId): void {
    this.#unpublish(device);
    if (this.#home.registered().length === 0) this.#unpublish(EXT);
  }

  /** For whoever asks, of the state alone or with details. */
  presence(wish: Pick<WatchWish, "details">): UserPresence {
    return this.#as(this.#seen(), wish);
  }

  /** Works the status out and tells watchers if it has changed. */
  refresh(): void {
    const watchers = this.#watchers.all();
    const seen = this.#seen();
    this.#events.report(seen.state !== "OFFLINE");
    if (!this.#isWatched(watchers)) return;
    const now = this.#home.now();
    const curious = new Map([...watchers].filter(([, { details }]) => details));
    if (watchers.size > 0) this.#tellChanges(seen, watchers, curious, now);
    const next = (curious.size > 0 ? nextEnd : offlineAt)(this.#signs(), now, this.#home.times);
    if (next !== undefined) this.#home.deadlines.setNoLater(DEADLINE, watchers.size > 0 ? next : this.#lookAgain(next, now));
  }

  #tellChanges(seen: Seen, watchers: ReadonlyMap<UserId, WatchWish>, curious: ReadonlyMap<UserId, WatchWish>, now: number): void {
    const recovering = now < this.#recoveringUntil;
    const changed = seen.state !== this.#told() && !(recovering && seen.state === "UNREACHABLE");
    const awaited = recovering && seen.details.devices?.some(({ state }) => state === "UNREACHABLE");
    const inDetail = curious.size > 0 && JSON.stringify(seen.details) !== this.#toldDetails() && !awaited;
    if (changed) this.#remember(seen.state);
    if (inDetail) this.#rememberDetails(seen);
    for (const [watcher, wish] of watchers) if (wish.details ? inDetail || changed : changed) this.#tellOne(watcher, this.#as(seen, wish));
  }

  /** While a socket is there its end is told at once, as a rule; for servers alone an alarm every lease would cost more than it is worth. */
  #lookAgain(offline: number, now: number): number {
    return this.#home.sessions.connected().size > 0 ? Math.max(offline, now + this.#home.times.lookAgainMs) : offline;
  }

  /** Whether anybody hears of changes: other users, or the app's servers. */
  #isWatched(watchers: ReadonlyMap<UserId, WatchWish>): boolean {
    return watchers.size > 0 || this.#events.on;
  }

  /** Another user watches this one, in another way than before, or no longer. */
  watch(watcher: UserId, wish: WatchWish | undefined): Result<UserPresence, WireError> {
    const seen = this.#seen();
    if (wish === undefined) {
      this.#watchers.drop(watcher);
      return ok(this.#as(seen, {}));
    }
    const before = [...this.#watchers.all()];
    const put = this.#watchers.put(watcher, wish);
    if (!put.ok) return put;
    // Those who watch already hear of what the newcomer is told right now.
    if (before.length === 0) this.#remember(seen.state);
    if (wish.details && !before.some(([, { details }]) => details)) this.#rememberDetails(seen);
    this.refresh();
    return ok(this.#as(seen, wish));
  }

  #tellOne(watcher: UserId, change: UserPresence): void {
    if (watcher === this.#home.user) {
      this.watched.changed([change]);
      return;
    }
    this.#changes.put(watcher, change, 0, (known) => {
      if (known.ok && !known.value) this.#watchers.drop(watcher);
    });
  }

  #as({ state, details }: Seen, wish: Pick<WatchWish, "details">): UserPresence {
    return { user: this.#home.user, state, ...(wish.details && details) };
  }

  #seen(): Seen {
    const now = this.#home.now();
    const signs = this.#signs();
    const published = this.#published();
    const devices = this.#home.devices.all().map(({ device, kind }, index): DevicePresence => {
      const status = published.get(device);
      const sign = signs[index];
      return { device, kind, state: onlineStatus(sign === undefined ? [] : [sign], now, this.#home.times), ...(status !== undefined && { status }) };
    });
    const ext = published.get(EXT);
    return { state: onlineStatus(signs, now, this.#home.times), details: { devices, ...(ext !== undefined && { ext }) } };
  }

  /** One for each device: of its sockets the newest counts, and not one that a cut way has left behind. */
  #signs(): Sign[] {
    const now = this.#home.now();
    return this.#home.devices.all().map((record) => this.#unanswered.judge(record.device, this.#home.signOf(record), now));
  }

  #told(): string {
    return this.#home.tables.read<{ state: string }>("told", "SELECT state FROM told")[0]?.state ?? "OFFLINE";
  }

  #remember(state: PresenceState): void {
    this.#home.tables.write("told", "INSERT OR REPLACE INTO told (one, state) VALUES (1, ?)", state);
  }

  #toldDetails(): string | undefined {
    return this.#home.tables.read<{ details: string }>("told_details", "SELECT details FROM told_details")[0]?.details;
  }

  #rememberDetails({ details }: Seen): void {
    this.#home.tables.write("told_details", "INSERT OR REPLACE INTO told_details (one, details) VALUES (1, ?)", JSON.stringify(details));
  }

  #published(): ReadonlyMap<string, string> {
    const rows = this.#home.tables.read<{ device: string; text: string }>("published", "SELECT device, text FROM published");
    return new Map(rows.map(({ device, text }) => [device, text]));
  }

  #unpublish(device: string): void {
    this.#home.tables.change("published", "DELETE FROM published WHERE device = ?", device);
  }
}
