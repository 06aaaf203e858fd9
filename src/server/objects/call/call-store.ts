import * as z from "zod";
import type { CallKept } from "../../../domain/call/authority.ts";
import { userId } from "../../../protocol/ids.ts";
import { callEnd, callId, callMember } from "../../../protocol/messages/call.ts";
import { migrate, schemaVersion } from "../shell/schema.ts";

const CALL_SCHEMA: readonly string[] = ["CREATE TABLE call (one INTEGER PRIMARY KEY CHECK (one = 1), record TEXT NOT NULL)"];

const callState = z.strictObject({
  call: callId,
  version: z.int(),
  end: callEnd.optional(),
  into: callId.optional(),
  endedAt: z.int().optional(),
  answered: z.boolean(),
  exclusive: z.boolean(),
  content: z.string().optional(),
  channel: z.string().optional(),
  startedAt: z.int(),
  reachMs: z.number(),
  answerMs: z.number(),
  members: z.array(callMember),
});

const callRecord = z.strictObject({
  app: z.string(),
  state: callState,
  told: z.int(),
  // Rows of calls from before there was such a list have none.
  owed: z.array(z.strictObject({ type: z.enum(["call.ring", "call.cancelled"]), to: userId, until: z.int().optional() })).default([]),
  hook: z.strictObject({ url: z.string(), secret: z.string() }).optional(),
});

/** What the app was set to when the call was placed. */
export interface CallFacts {
  readonly app: string;
  /** Where to say that a call rings somebody who is not there. */
  readonly hook?: { readonly url: string; readonly secret: string } | undefined;
}
export interface CallRecord extends CallKept, CallFacts {}

/** The one row of a call. Nothing is created before it has to be written: asking after a call that never was leaves no trace. */
export class CallStore {
  readonly #storage: DurableObjectStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  read(): CallRecord | undefined {
    const { sql } = this.#storage;
    if (schemaVersion(sql) === 0) return undefined;
    const row = sql.exec<{ record: string }>("SELECT record FROM call").toArray()[0];
    // The schema has looked at every field; what it cannot say is that absent and undefined are one.
    return row === undefined ? undefined : (callRecord.parse(JSON.parse(row.record)) as CallRecord);
  }

  write(record: CallRecord): void {
    const { sql } = this.#storage;
    migrate(sql, CALL_SCHEMA);
    sql.exec("INSERT OR REPLACE INTO call (one, record) VALUES (1, ?)", JSON.stringify(record));
  }

  async clear(): Promise<void> {
    await this.#storage.deleteAlarm();
    await this.#storage.deleteAll();
  }
}
