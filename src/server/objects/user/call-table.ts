import * as z from "zod";
import { type Pointer, type Pointers, sameStanding } from "../../../domain/call/pointers.ts";

const pointer = z.strictObject({
  call: z.string(),
  version: z.int(),
  standing: z.enum(["ringing", "joined", "over"]),
  exclusive: z.boolean(),
  placed: z.boolean(),
  peer: z.string().optional(),
  device: z.string().optional(),
  at: z.int(),
});

/** A user's calls: read once, then kept. */
export class CallTable {
  readonly #sql: SqlStorage;
  #pointers: Pointers;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<{ call: string; pointer: string }>("SELECT call, pointer FROM call").toArray();
    this.#pointers = new Map(rows.map((row) => [row.call, pointer.parse(JSON.parse(row.pointer)) as Pointer]));
  }

  get pointers(): Pointers {
    return this.#pointers;
  }

  save(next: Pointers): void {
    const before = this.#pointers;
    this.#pointers = next;
    for (const call of before.keys()) if (!next.has(call)) this.#sql.exec("DELETE FROM call WHERE call = ?", call);
    for (const [call, pointer] of next) {
      const known = before.get(call);
      if (known === pointer || (known !== undefined && sameStanding(known, pointer))) continue;
      this.#sql.exec("INSERT OR REPLACE INTO call (call, pointer) VALUES (?, ?)", call, JSON.stringify(pointer));
    }
  }
}
