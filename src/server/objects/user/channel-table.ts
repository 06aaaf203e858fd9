import { LIMITS } from "../../../protocol/limits.ts";
import { type ChannelRef, type DeviceId, isChannelType } from "../../../protocol/names.ts";
import type { Revocation } from "../../trust.ts";
import { parseRevocation } from "./revocation.ts";

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
  via: string;
}

/** Which channels each device has joined. In SQL and not in the attachment: a kick must find them when the socket is gone. */
export class ChannelTable {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  of(device: DeviceId): Joined[] {
    return this.#sql.exec<Row>("SELECT device, type, name, via FROM joined WHERE device = ?", device).toArray().flatMap(joinedOf);
  }

  via(device: DeviceId, { type, name }: ChannelRef): Via | undefined {
    const row = this.#sql.exec<Row>("SELECT device, type, name, via FROM joined WHERE device = ? AND type = ? AND name = ?", device, type, name).toArray()[0];
    return row === undefined ? undefined : joinedOf(row)[0]?.via;
  }

  /** False where the device has as many as it may. */
  add({ device, channel, via }: Joined): boolean {
    const before = this.via(device, channel);
    if (before === via) return true;
    if (before === undefined && this.of(device).length >= LIMITS.channelsPerDevice) return false;
    this.#sql.exec("INSERT OR REPLACE INTO joined (device, type, name, via) VALUES (?, ?, ?, ?)", device, channel.type, channel.name, via);
    return true;
  }

  remove(device: DeviceId, { type, name }: ChannelRef): void {
    this.#sql.exec("DELETE FROM joined WHERE device = ? AND type = ? AND name = ?", device, type, name);
  }

  /** A channel the device has left while a ticket to it is still good. */
  keepTicketed(device: DeviceId, { type, name }: ChannelRef, until: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO ticketed (device, type, name, until) VALUES (?, ?, ?, ?)", device, type, name, until);
  }

  /** Channels left whose tickets are still good; the others are forgotten. */
  ticketed(device: DeviceId, now: number): ChannelRef[] {
    this.#sql.exec("DELETE FROM ticketed WHERE until < ?", now);
    return this.#sql
      .exec<{ type: string; name: string }>("SELECT type, name FROM ticketed WHERE device = ?", device)
      .toArray()
      .flatMap(({ type, name }) => (isChannelType(type) ? [{ type, name }] : []));
  }

  dropTicketed(device: DeviceId, { type, name }: ChannelRef): void {
    this.#sql.exec("DELETE FROM ticketed WHERE device = ? AND type = ? AND name = ?", device, type, name);
  }

  /** Keeps a revocation until its channel has been told. */
  keepRevocation({ type, name }: ChannelRef, kept: Revocation): number {
    return this.#sql
      .exec<{ id: number }>("INSERT INTO revocation (type, name, revocation) VALUES (?, ?, ?) RETURNING id", type, name, JSON.stringify(kept))
      .one().id;
  }

  keptRevocations(limit: number): KeptRevocation[] {
    return this.#sql
      .exec<{ id: number; type: string; name: string; revocation: string }>("SELECT id, type, name, revocation FROM revocation ORDER BY id LIMIT ?", limit)
      .toArray()
      .flatMap((row) =>
        isChannelType(row.type) ? [{ id: row.id, channel: { type: row.type, name: row.name }, revocation: parseRevocation(row.revocation) }] : [],
      );
  }

  dropRevocation(id: number): void {
    this.#sql.exec("DELETE FROM revocation WHERE id = ?", id);
  }
}

const joinedOf = ({ device, type, name, via }: Row): Joined[] =>
  isChannelType(type) ? [{ device, channel: { type, name }, via: via === "session" ? "session" : "direct" }] : [];
