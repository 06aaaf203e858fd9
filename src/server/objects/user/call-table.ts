import * as z from "zod";
import { type Pointer, type Pointers, rowsOf } from "../../../domain/call/pointers.ts";
import type { UserTables } from "./schema.ts";

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
  readonly #tables: UserTables;
  #pointers: Pointers;

  constructor(tables: UserTables) {
    this.#tables = tables;
    const rows = tables.read<{ call: string; pointer: string }>("call", "SELECT call, pointer FROM call");
    this.#pointers = new Map(rows.map((row) => [row.call, pointer.parse(JSON.parse(row.pointer)) as Pointer]));
  }

  get pointers(): Pointers {
    return this.#pointers;
  }

  save(next: Pointers): void {
    const { put, drop } = rowsOf(this.#pointers, next);
    this.#pointers = next;
    for (const call of drop) this.#tables.change("call", "DELETE FROM call WHERE call = ?", call);
    for (const pointer of put) this.#tables.write("call", "INSERT OR REPLACE INTO call (call, pointer) VALUES (?, ?)", pointer.call, JSON.stringify(pointer));
  }
}
