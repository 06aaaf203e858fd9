import * as z from "zod";
import { type ChannelRights, parseRights } from "../../../domain/access/rights.ts";
import type { Device } from "../../../domain/user/devices.ts";
import type { DeviceId } from "../../../protocol/names.ts";
import type { BroughtSettings } from "../../../protocol/settings.ts";
import { isRecord } from "../../../util/record.ts";
import { parseSettings } from "../../settings.ts";
import { randomHex } from "../shell/random-hex.ts";
import type { UserTables } from "./schema.ts";

/** What the device's token allows and its app is set to, as of its last login or renewal. */
export interface LoginFacts {
  readonly rights: ChannelRights;
  readonly settings: BroughtSettings;
}
export interface DeviceRecord extends Device, LoginFacts {
  /** Absent where it does not end the session. */
  readonly tokenEndsAt?: number | undefined;
  /** What people call it. */
  readonly name?: string | undefined;
}

interface Row extends Record<string, SqlStorageValue> {
  device: string;
  value: string;
}

/** Settings as an earlier version wrote them: those it did not know have their defaults. */
const stored = z.object({
  kind: z.string(),
  instance: z.string(),
  generation: z.int(),
  connected: z.boolean(),
  seenAt: z.int(),
  tokenEndsAt: z.number().optional(),
  name: z.string().optional(),
  inboxEpoch: z.string().optional(),
  rights: z.unknown(),
  settings: z.unknown(),
});
type Stored = z.infer<typeof stored>;

/** The registered devices, at most ten: read once, then kept. All that a login has to write is its row. */
export class DeviceTable {
  readonly #tables: UserTables;
  readonly #devices: Map<DeviceId, DeviceRecord>;
  /** Of the inbox as long as nothing has waited there: it comes with the first device, and stands in the row of each. */
  readonly inboxEpoch: string;
  /** The highest generation that was given, and the highest that stands where the end of its device leaves it. */
  #generation: number;
  #keptGeneration: number;

  constructor(tables: UserTables) {
    this.#tables = tables;
    const query = "SELECT device, value FROM login WHERE type = '' AND name = ''";
    const rows = tables.read<Row>("login", query).map(({ device, value }) => ({ device, ...stored.parse(JSON.parse(value)) }));
    this.#devices = new Map(rows.map((row) => [row.device, recordOf(row)]));
    this.inboxEpoch = rows.find(({ inboxEpoch }) => inboxEpoch !== undefined)?.inboxEpoch ?? randomHex();
    this.#keptGeneration = tables.read<{ generation: number }>("counters", "SELECT generation FROM counters")[0]?.generation ?? 0;
    this.#generation = Math.max(this.#keptGeneration, ...rows.map(({ generation }) => generation));
  }

  all(): DeviceRecord[] {
    return [...this.#devices.values()];
  }

  get(device: DeviceId): DeviceRecord | undefined {
    return this.#devices.get(device);
  }

  save(record: DeviceRecord): void {
    const { device, ...kept } = record;
    const before = this.#devices.get(device);
    this.#devices.set(device, record);
    if (before !== undefined && sameRow(before, record)) return;
    const value = JSON.stringify({ ...kept, inboxEpoch: this.inboxEpoch } satisfies Stored);
    this.#tables.write("login", "INSERT OR REPLACE INTO login (device, type, name, value) VALUES (?, '', '', ?)", device, value);
  }

  remove(device: DeviceId): void {
    const generation = this.#devices.get(device)?.generation ?? 0;
    this.#devices.delete(device);
    this.#tables.change("login", "DELETE FROM login WHERE device = ? AND type = '' AND name = ''", device);
    const kept = Math.max(this.#keptGeneration, ...this.all().map((left) => left.generation));
    if (generation > kept) this.#keepGeneration(generation);
  }

  /** Rises with every login of the user, for ever. Kept by the row of the device that gets it. */
  nextGeneration(): number {
    this.#generation += 1;
    return this.#generation;
  }

  /** The first of `many` ids for messages that come over REST. */
  reserveServerIds(many: number): number {
    const row = this.#tables.write<{ value: number }>(
      "counters",
      `INSERT INTO counters (one, generation, server_id) VALUES (1, 0, ?)
       ON CONFLICT (one) DO UPDATE SET server_id = server_id + excluded.server_id RETURNING server_id AS value`,
      many,
    );
    return row.one().value - many + 1;
  }

  #keepGeneration(generation: number): void {
    this.#keptGeneration = generation;
    this.#tables.write(
      "counters",
      `INSERT INTO counters (one, generation, server_id) VALUES (1, ?, 0)
       ON CONFLICT (one) DO UPDATE SET generation = excluded.generation`,
      generation,
    );
  }
}

/** A device that takes the place of its own half-open socket. While it is connected nobody asks since when. */
function sameRow(a: DeviceRecord, b: DeviceRecord): boolean {
  if (!a.connected || !b.connected || a.kind !== b.kind || a.instance !== b.instance || a.generation !== b.generation) return false;
  if (a.tokenEndsAt !== b.tokenEndsAt || a.name !== b.name) return false;
  return JSON.stringify([a.rights, a.settings]) === JSON.stringify([b.rights, b.settings]);
}

/** Rights nobody can read any more allow nothing. */
function recordOf({ inboxEpoch: _, rights, settings, ...row }: Stored & { readonly device: DeviceId }): DeviceRecord {
  return {
    ...row,
    rights: parseRights(rights) ?? [],
    settings: { ...parseSettings(settings), ...(isRecord(settings) && settings.unknown === true && { unknown: true }) },
  };
}
