import * as z from "zod";
import { type ChannelRights, parseRights } from "../../../domain/access/rights.ts";
import type { Device } from "../../../domain/user/devices.ts";
import type { DeviceId } from "../../../protocol/names.ts";
import type { AppSettings } from "../../../protocol/settings.ts";
import { must } from "../../../util/assert.ts";
import { parseSettings } from "../../settings.ts";

/** What the device's token allows and its app is set to, as of its last login or renewal. */
export interface LoginFacts {
  readonly rights: ChannelRights;
  readonly settings: AppSettings;
}
export interface DeviceRecord extends Device, LoginFacts {}

interface Row extends Record<string, SqlStorageValue> {
  device: string;
  kind: string;
  instance: string;
  generation: number;
  connected: number;
  seen_at: number;
  login: string;
}

/** The registered devices, at most ten: read once, then kept. */
export class DeviceTable {
  readonly #sql: SqlStorage;
  readonly #devices: Map<DeviceId, DeviceRecord>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#devices = new Map(
      sql
        .exec<Row>("SELECT * FROM device")
        .toArray()
        .map((row) => [row.device, recordOf(row)]),
    );
  }

  all(): DeviceRecord[] {
    return [...this.#devices.values()];
  }

  get(device: DeviceId): DeviceRecord | undefined {
    return this.#devices.get(device);
  }

  save(record: DeviceRecord): void {
    const { device, kind, instance, generation, connected, seenAt, rights, settings } = record;
    const before = this.#devices.get(device);
    this.#devices.set(device, record);
    if (before !== undefined && sameRow(before, record)) return;
    this.#sql.exec(
      "INSERT OR REPLACE INTO device (device, kind, instance, generation, connected, seen_at, login) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[device, kind, instance, generation, Number(connected), seenAt, JSON.stringify({ rights, settings })],
    );
  }

  remove(device: DeviceId): void {
    this.#devices.delete(device);
    this.#sql.exec("DELETE FROM device WHERE device = ?", device);
  }

  /** Rises with every login of the user, for ever. */
  nextGeneration(): number {
    return this.#count("generation", 1);
  }

  /** The first of `many` ids for messages that come over REST. */
  reserveServerIds(many: number): number {
    return this.#count("server_id", many) - many + 1;
  }

  #count(column: "generation" | "server_id", by: number): number {
    const rows = this.#sql.exec<Record<string, number>>(
      `INSERT INTO counters (one, generation, server_id) VALUES (1, ?, ?)
       ON CONFLICT (one) DO UPDATE SET ${column} = ${column} + excluded.${column} RETURNING ${column} AS value`,
      column === "generation" ? by : 0,
      column === "server_id" ? by : 0,
    );
    return must(rows.one().value, "a counter");
  }
}

/** A device that takes the place of its own half-open socket. While it is connected nobody asks since when. */
function sameRow(a: DeviceRecord, b: DeviceRecord): boolean {
  if (!a.connected || !b.connected || a.kind !== b.kind || a.instance !== b.instance || a.generation !== b.generation) return false;
  return JSON.stringify([a.rights, a.settings]) === JSON.stringify([b.rights, b.settings]);
}

/** Settings as an earlier version wrote them: those it did not know have their defaults. */
const storedLogin = z.object({ rights: z.unknown(), settings: z.unknown() });

function recordOf({ device, kind, instance, generation, connected, seen_at, login }: Row): DeviceRecord {
  const { rights, settings } = storedLogin.parse(JSON.parse(login));
  // Rights nobody can read any more allow nothing.
  return {
    device,
    kind,
    instance,
    generation,
    connected: connected === 1,
    seenAt: seen_at,
    rights: parseRights(rights) ?? [],
    settings: parseSettings(settings),
  };
}
