import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import * as z from "zod";

const path = z.enum(["peer", "channel"]);

/** A message that was received, written down before it is acknowledged. */
export const receipt = z.object({
  path,
  from: z.string(),
  n: z.int(),
  sentAt: z.number(),
  receivedAt: z.number(),
  /** Of a channel's message: its place. */
  place: z.object({ epoch: z.string(), seq: z.int() }).optional(),
  line: z.string().optional(),
  chunk: z.int().optional(),
});
export type Receipt = z.infer<typeof receipt>;

/** A message that the service has acknowledged. */
export const acknowledged = z.object({ path, n: z.int(), sentAt: z.number(), ackedAt: z.number() });
export type Acknowledged = z.infer<typeof acknowledged>;

/** A file that only grows, one JSON value a line. What was written survives the process: the write is done when `append` returns. */
export class Journal<Entry> {
  readonly entries: readonly Entry[];
  readonly #file: number;

  constructor(file: string, schema: z.ZodType<Entry>) {
    if (existsSync(file)) cutTornLine(file);
    this.entries = existsSync(file) ? readJournal(file, schema) : [];
    this.#file = openSync(file, "a");
  }

  append(entry: Entry): void {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

export function readJournal<Entry>(file: string, schema: z.ZodType<Entry>): Entry[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => schema.parse(JSON.parse(line)));
}

/** A process that was killed while it wrote has not acknowledged what it wrote. */
function cutTornLine(file: string): void {
  const bytes = readFileSync(file);
  truncateSync(file, bytes.lastIndexOf("\n") + 1);
}
