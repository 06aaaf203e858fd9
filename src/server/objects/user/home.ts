import type { Sign } from "../../../domain/user/online-status.ts";
import { tokenMoment } from "../../../domain/user/token-watch.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { DeviceId, UserId } from "../../../protocol/names.ts";
import { type AppSettings, DEFAULT_SETTINGS } from "../../../protocol/settings.ts";
import type { Env } from "../../env.ts";
import { timeScale } from "../../time-scale.ts";
import type { Where } from "../locate.ts";
import { Deadlines, type DueStore } from "../shell/alarms.ts";
import { type DeviceRecord, DeviceTable } from "./device-table.ts";
import type { UserTables } from "./schema.ts";
import { Sessions } from "./sessions.ts";

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
  settings: AppSettings;

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
    this.settings = this.devices.all()[0]?.settings ?? DEFAULT_SETTINGS;
  }

  now(): number {
    return Date.now();
  }

  /** What the connection of a registered device says of it. */
  signOf({ device, seenAt }: DeviceRecord): Sign {
    const socket = this.sessions.socket(device);
    const session = socket === undefined ? undefined : this.sessions.of(socket);
    if (socket === undefined || session === undefined) return { kind: "lost", lostAt: seenAt };
    return { kind: "connected", heardAt: this.sessions.heardAt(socket), keepAliveMs: session.keepAliveMs };
  }

  /** When the next token needs a word to its device, or ends. */
  #tokenAt(): number | undefined {
    const now = this.now();
    const times = this.devices.all().flatMap((record) => tokenMoment(record, this.times.tokenWarningMs, now) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
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
