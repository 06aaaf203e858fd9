import type { Sign } from "../../../domain/user/online-status.ts";
import { tokenMoment } from "../../../domain/user/token-watch.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { DeviceId, UserId } from "../../../protocol/names.ts";
import { type BroughtSettings, UNKNOWN_SETTINGS } from "../../../protocol/settings.ts";
import type { Env } from "../../env.ts";
import { timeScale } from "../../time-scale.ts";
import type { Where } from "../locate.ts";
import { Deadlines, type DueStore } from "../shell/alarms.ts";
import { type DeviceRecord, DeviceTable } from "./device-table.ts";
import type { UserTables } from "./schema.ts";
import { Sessions } from "./sessions.ts";

const INBOX_AGE = "inboxAgeMs";

/** Which user this object is. */
export interface Identity {
  readonly app: string;
  readonly user: UserId;
}

/** What all desks of a user's object share. */
export class Home {
  readonly env: Env;
  readonly app: string;
  readonly user: UserId;
  readonly where: Where;
  readonly ctx: DurableObjectState;
  readonly sql: SqlStorage;
  readonly tables: UserTables;
  readonly devices: DeviceTable;
  readonly sessions: Sessions;
  readonly deadlines: Deadlines;
  readonly times: {
    readonly ackMs: number;
    readonly outcomeMs: number;
    readonly leaseMs: number;
    readonly unreachableMs: number;
    readonly tokenWarningMs: number;
    readonly exportDelayMs: number;
    readonly metadataRetryMs: number;
    readonly lookAgainMs: number;
  };
  /** Of the app, as the last caller brought them. */
  settings: BroughtSettings;
  /** Told when this object's clock shows an earlier time than before. */
  clockSetBack = (): void => {};
  #lastNow = 0;
  /** What the next life will take for the app's. */
  #inboxAgeMs: number;

  constructor(ctx: DurableObjectState, env: Env, { app, user }: Identity, tables: UserTables) {
    const scale = timeScale(env);
    this.env = env;
    this.app = app;
    this.user = user;
    this.where = { jurisdiction: ctx.id.jurisdiction };
    this.ctx = ctx;
    this.sql = ctx.storage.sql;
    this.tables = tables;
    this.devices = new DeviceTable(tables);
    this.sessions = new Sessions(ctx);
    this.times = {
      ackMs: LIMITS.deliveryAckMs * scale,
      // The receiver decides after `ackMs`; so much again for its word to come here.
      outcomeMs: 2 * LIMITS.deliveryAckMs * scale,
      leaseMs: LIMITS.leaseMs * scale,
      unreachableMs: TIMINGS.unreachableMs * scale,
      tokenWarningMs: LIMITS.tokenWarningMs * scale,
      exportDelayMs: TIMINGS.exportDelayMs * scale,
      metadataRetryMs: TIMINGS.metadataRetryMs * scale,
      lookAgainMs: TIMINGS.restEventLookMs * scale,
    };
    this.deadlines = new Deadlines(ctx.storage, dueIn(tables), () => this.#tokenAt());
    this.settings = this.devices.all()[0]?.settings ?? UNKNOWN_SETTINGS;
    // Kept when something begins to wait, so that most have no such key.
    const inboxAgeMs = tables.has("inbox_page") ? ctx.storage.kv.get<number>(INBOX_AGE) : undefined;
    if (inboxAgeMs !== undefined) this.settings = { ...this.settings, inboxAgeMs };
    this.#inboxAgeMs = this.settings.inboxAgeMs;
  }

  /** What somebody brings who could not read them says nothing of the app. */
  learn(settings: BroughtSettings): void {
    if (settings.unknown === undefined || this.settings.unknown) this.settings = settings;
  }

  /** For a life that nobody brings the app's settings: how long messages wait is decided by what was true when they came. */
  keepInboxAge(): void {
    const { inboxAgeMs } = this.settings;
    if (inboxAgeMs === this.#inboxAgeMs) return;
    this.#inboxAgeMs = inboxAgeMs;
    this.ctx.storage.kv.put(INBOX_AGE, inboxAgeMs);
  }

  now(): number {
    const now = Date.now();
    if (now < this.#lastNow) queueMicrotask(() => this.clockSetBack());
    this.#lastNow = now;
    return now;
  }

  /** What the connection of a registered device says of it. */
  signOf(record: DeviceRecord): Sign {
    const socket = this.sessions.socket(record.device);
    const session = socket === undefined ? undefined : this.sessions.of(socket);
    if (socket === undefined || session === undefined) return this.lostSign(record);
    return { kind: "connected", heardAt: this.sessions.heardAt(socket, this.now()), keepAliveMs: session.keepAliveMs };
  }

  /** Of a device without a socket. One that was lost at a time still to come, by a clock that was set back since, is lost now. */
  lostSign(record: DeviceRecord): Sign {
    const now = this.now();
    if (record.seenAt > now) this.devices.save({ ...record, seenAt: now });
    return { kind: "lost", lostAt: Math.min(record.seenAt, now) };
  }

  /** When the next token needs a word to its device, or ends. */
  #tokenAt(): number | undefined {
    const now = this.now();
    const times = this.devices.all().flatMap((record) => tokenMoment(record, this.times.tokenWarningMs, now) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** To all devices of the user that are connected. */
  notify(notice: object): void {
    const frame = encodeFrame([{ type: "notice", ...notice }]);
    for (const device of this.sessions.connected()) this.sessions.sendFrame(device, frame);
  }

  registered(): DeviceId[] {
    return this.devices.all().map(({ device }) => device);
  }
}

const dueIn = (tables: UserTables): DueStore => ({
  all: () => tables.read<{ name: string; at: number }>("due", "SELECT name, at FROM due"),
  put: (name, at) => void tables.write("due", "INSERT OR REPLACE INTO due (name, at) VALUES (?, ?)", name, at),
  remove: (name) => tables.change("due", "DELETE FROM due WHERE name = ?", name),
});
