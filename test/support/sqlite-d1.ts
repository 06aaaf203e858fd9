import { readdirSync, readFileSync } from "node:fs";
import type { SearchDatabase } from "../contract/chat-search.ts";
import { Disk } from "../sim/platform/disk.ts";

const folder = new URL("../../migrations/", import.meta.url);

class Statement {
  readonly #disk: Disk;
  readonly #sql: string;
  readonly #values: readonly unknown[];

  constructor(disk: Disk, sql: string, values: readonly unknown[] = []) {
    this.#disk = disk;
    this.#sql = sql;
    this.#values = values;
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.#disk, this.#sql, values);
  }

  async all<Row>(): Promise<{ results: Row[] }> {
    return { results: this.#disk.exec(this.#sql, this.#values) as Row[] };
  }
}

/** D1 over SQLite in memory, with all migrations. */
export function sqliteD1(): SearchDatabase {
  const disk = new Disk(() => {});
  for (const file of readdirSync(folder).sort()) disk.exec(readFileSync(new URL(file, folder), "utf8").replace(/^\s*--.*$/gm, ""), []);
  return {
    prepare: (sql: string) => new Statement(disk, sql),
    batch: async (statements) => {
      for (const statement of statements) await statement.all();
    },
  };
}
