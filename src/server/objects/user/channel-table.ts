import { LIMITS } from "../../../protocol/limits.ts";
import { type ChannelRef, type DeviceId, isChannelType } from "../../../protocol/names.ts";
import type { Revocation } from "../../trust.ts";
import { parseRevocation } from "./revocation.ts";
import type { UserTables } from "./schema.ts";

export type Via = "direct" | "session";

interface Joined {
  readonly device: DeviceId;
  readonly channel: ChannelRef;
  readonly via: Via;
}

/** What a channel has to be told. */
export interface KeptRevocation {
  readonly id: number;
  readonly channel: ChannelRef;
  readonly revocation: Revocation;
}

interface Row extends Record<string, SqlStorageValue> {
  device: string;
  type: string;
  name: string;
  /** How. */
  value: string;
}

/** Which channels each device has joined. In SQL and not in the attachment: a kick must find them when the socket is gone. */
export class ChannelTable {
  readonly #tables: UserTables;

  constructor(tables: UserTables) {
    this.#tables = tables;
  }

  of(device: DeviceId): Joined[] {
    return this.#tables.read<Row>("login", "SELECT device, type, name, value FROM login WHERE device = ? AND type <> ''", device).flatMap(joinedOf);
  }

  via(device: DeviceId, { type, name }: ChannelRef): Via | undefined {
    const query = "SELECT device, type, name, value FROM login WHERE device = ? AND type = ? AND name = ?";
    return this.#tables.read<Row>("login", query, device, type, name).flatMap(joinedOf)[0]?.via;
  }

  /** False where the device has as many as it may. */
  add({ device, channel, via }: Joined): boolean {
    const before = this.via(device, channel);
    if (before === via) return true;
    if (before === undefined && this.of(device).length >= LIMITS.channelsPerDevice) return false;
    const statement = "INSERT OR REPLACE INTO login (device, type, name, value) VALUES (?, ?, ?, ?)";
    this.#tables.write("login", statement, device, channel.type, channel.name, via);
    return true;
  }

  remove(device: DeviceId, { type, name }: ChannelRef): void {
    this.#tables.change("login", "DELETE FROM login WHERE device = ? AND type = ? AND name = ?", device, type, name);
  }

  /** A channel the device has left while a ticket to it is still good. */
  keepTicketed(device: DeviceId, { type, name }: ChannelRef, until: number): void {
    this.#tables.write("ticketed", "INSERT OR REPLACE INTO ticketed (device, type, name, until) VALUES (?, ?, ?, ?)", device, type, name, until);
  }

  /** Channels left whose tickets are still good; the others are forgotten. */
  ticketed(device: DeviceId, now: number): ChannelRef[] {
    this.#tables.change("ticketed", "DELETE FROM ticketed WHERE until < ?", now);
    return this.#tables
      .read<{ type: string; name: string }>("ticketed", "SELECT type, name FROM ticketed WHERE device = ?", device)
      .flatMap(({ type, name }) => (isChannelType(type) ? [{ type, name }] : []));
  }

  dropTicketed(device: DeviceId, { type, name }: ChannelRef): void {
    this.#tables.change("ticketed", "DELETE FROM ticketed WHERE device = ? AND type = ? AND name = ?", device, type, name);
  }

  /** Keeps a revocation until its channel has been told. */
  keepRevocation({ type, name }: ChannelRef, kept: Revocation): number {
    return this.#tables
      .write<{ id: number }>("revocation", "INSERT INTO revocation (type, name, revocation) VALUES (?, ?, ?) RETURNING id", type, name, JSON.stringify(kept))
      .one().id;
  }

  keptRevocations(limit: number): KeptRevocation[] {
    const query = "SELECT id, type, name, revocation FROM revocation ORDER BY id LIMIT ?";
    return this.#tables
      .read<{ id: number; type: string; name: string; revocation: string }>("revocation", query, limit)
      .flatMap((row) =>
        isChannelType(row.type) ? [{ id: row.id, channel: { type: row.type, name: row.name }, revocation: parseRevocation(row.revocation) }] : [],
      );
  }

  dropRevocation(id: number): void {
    this.#tables.change("revocation", "DELETE FROM revocation WHERE id = ?", id);
  }
}

const joinedOf = ({ device, type, name, value }: Row): Joined[] =>
  isChannelType(type) ? [{ device, channel: { type, name }, via: value === "session" ? "session" : "direct" }] : [];
