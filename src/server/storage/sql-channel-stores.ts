import type { Entry } from "../../domain/attributes.ts";
import type { Presence, RosterStore } from "../../domain/channel/members.ts";
import type { Answer, ChannelOptions, ChannelStateStore, CountedState, Revocation } from "../../domain/channel/ports.ts";
import type { Metadata } from "../../domain/metadata.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { metadataText, parseMetadata } from "./stored-metadata.ts";

/** A channel's members, in chunks. */
export class SqlRosterStore implements RosterStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  chunks(): Presence[][] {
    return this.#sql
      .exec<{ members: string }>("SELECT members FROM roster")
      .toArray()
      .map(({ members }) => JSON.parse(members) as Presence[]);
  }

  putChunk(chunk: number, members: readonly Presence[]): void {
    if (members.length === 0) this.#sql.exec("DELETE FROM roster WHERE chunk = ?", chunk);
    else this.#sql.exec("INSERT OR REPLACE INTO roster (chunk, members) VALUES (?, ?)", chunk, JSON.stringify(members));
  }

  clear(): void {
    this.#sql.exec("DELETE FROM roster");
  }
}

/** A channel's attributes, metadata, options, revoked tickets, and answers to servers. */
export class SqlChannelStateStore implements ChannelStateStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  attributes(): [string, Entry][] {
    return (this.#get("attributes") ?? []) as [string, Entry][];
  }

  setAttributes(entries: readonly [string, Entry][]): void {
    if (entries.length === 0) this.#sql.exec("DELETE FROM state WHERE name = 'attributes'");
    else this.#set("attributes", entries);
  }

  metadata(): Metadata | undefined {
    const text = this.#text("metadata");
    return text === undefined ? undefined : parseMetadata(text);
  }

  setMetadata(metadata: Metadata): void {
    this.#put("metadata", metadataText(metadata));
  }

  options(): Partial<ChannelOptions> | undefined {
    return this.#get("options") as Partial<ChannelOptions> | undefined;
  }

  setOptions(options: ChannelOptions): void {
    this.#set("options", options);
  }

  counted(): CountedState | undefined {
    return this.#get("counted") as CountedState | undefined;
  }

  setCounted(counted: CountedState): void {
    this.#set("counted", counted);
  }

  revocations(): Revocation[] {
    return this.#sql
      .exec<{ user: string; device: string; generation: number; until: number }>("SELECT user, device, generation, until FROM revocations")
      .toArray();
  }

  addRevocation({ user, device, generation, until }: Revocation): void {
    // One that had to be told again may come after a newer one, and takes nothing of it back.
    this.#sql.exec(
      `INSERT INTO revocations (user, device, generation, until) VALUES (?, ?, ?, ?)
       ON CONFLICT (user, device) DO UPDATE SET generation = max(generation, excluded.generation), until = max(until, excluded.until)`,
      user,
      device,
      generation,
      until,
    );
  }

  dropRevocations(before: number): void {
    this.#sql.exec("DELETE FROM revocations WHERE until < ?", before);
  }

  answer(key: string): Answer | undefined {
    return this.#sql.exec<{ epoch: string; seq: number; ts: number }>("SELECT epoch, seq, ts FROM answers WHERE key = ?", key).toArray()[0];
  }

  keepAnswer(key: string, { epoch, seq, ts }: Answer): void {
    this.dropAnswers(ts - LIMITS.idempotencyMs);
    const { count } = this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM answers").one();
    if (count >= LIMITS.idempotencyKeys) this.#sql.exec("DELETE FROM answers WHERE key = (SELECT key FROM answers ORDER BY ts LIMIT 1)");
    this.#sql.exec("INSERT OR REPLACE INTO answers (key, epoch, seq, ts) VALUES (?, ?, ?, ?)", key, epoch, seq, ts);
  }

  dropAnswers(before: number): void {
    this.#sql.exec("DELETE FROM answers WHERE ts < ?", before);
  }

  clear(): void {
    this.#sql.exec("DELETE FROM state WHERE name NOT IN ('options', 'metadata')");
    this.#sql.exec("DELETE FROM answers");
  }

  #get(name: string): unknown {
    const text = this.#text(name);
    return text === undefined ? undefined : JSON.parse(text);
  }

  #text(name: string): string | undefined {
    return this.#sql.exec<{ value: string }>("SELECT value FROM state WHERE name = ?", name).toArray()[0]?.value;
  }

  #set(name: string, value: unknown): void {
    this.#put(name, JSON.stringify(value));
  }

  #put(name: string, text: string): void {
    this.#sql.exec("INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)", name, text);
  }
}
