import { DurableObject } from "cloudflare:workers";
import type { EventKind, RestEvent } from "../../domain/events/event.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Env } from "../env.ts";
import { EVENTS_SCHEMA, EventTable } from "../storage/event-table.ts";
import { migrate, schemaVersion } from "./shell/schema.ts";

/** One of the queues of an app's events: those of some of its users. It knows nothing of the others; who reads, asks all. */
export class EventsObject extends DurableObject<Env> {
  #table: EventTable | undefined;

  /** Takes events in. One that comes again, because its sender did not hear that it came, is there once. */
  async push(events: RestEvent[]): Promise<void> {
    migrate(this.ctx.storage.sql, EVENTS_SCHEMA);
    this.#table ??= new EventTable(this.ctx.storage.sql);
    this.#table.add(events);
  }

  /** What waits, oldest first. Nothing is taken away by looking. */
  async peek(kind: EventKind): Promise<RestEvent[]> {
    return this.#opened()?.oldest(kind, LIMITS.restEvents) ?? [];
  }

  /** Takes these away: the answer is those that were there, so of two readers each gets what the other did not. */
  async take(kind: EventKind, events: RestEvent[], dropBefore?: number): Promise<RestEvent[]> {
    const table = this.#opened();
    if (table === undefined) return [];
    const taken = events.filter((event) => table.remove(event));
    if (dropBefore !== undefined) table.drop(kind, dropBefore);
    return taken;
  }

  /** Undefined: nothing was ever put here, and asking must not make it a row. */
  #opened(): EventTable | undefined {
    if (this.#table === undefined && schemaVersion(this.ctx.storage.sql) > 0) this.#table = new EventTable(this.ctx.storage.sql);
    return this.#table;
  }
}
