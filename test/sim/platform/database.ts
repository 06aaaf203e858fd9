import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../scripts/lib/root.ts";
import { owner } from "./actor.ts";
import type { Conditions } from "./conditions.ts";
import { Disk } from "./disk.ts";
import type { Scheduler } from "./scheduler.ts";

export interface DatabasePorts {
  readonly scheduler: Scheduler;
  readonly conditions: Conditions;
  readonly random: () => number;
}

const folder = join(root, "migrations");
const MIGRATIONS = readdirSync(folder)
  .sort()
  .map((file) => readFileSync(join(folder, file), "utf8").replace(/^\s*--.*$/gm, ""));

class Statement {
  readonly #database: Database;
  readonly sql: string;
  readonly values: readonly unknown[];

  constructor(database: Database, sql: string, values: readonly unknown[] = []) {
    this.#database = database;
    this.sql = sql;
    this.values = values;
  }

  bind(...values: unknown[]): Statement {
    return new Statement(this.#database, this.sql, values);
  }

  async all(): Promise<Result> {
    const [result] = await this.#database.run([this]);
    if (result === undefined) throw new Error("D1 gave no result");
    return result;
  }

  run(): Promise<Result> {
    return this.all();
  }

  async first(): Promise<Record<string, unknown> | null> {
    return (await this.all()).results[0] ?? null;
  }
}

interface Result {
  readonly results: Record<string, unknown>[];
  readonly meta: { readonly changes: number };
}

/** D1, over the same SQLite. A batch is one transaction; its answer may get lost after it was done. */
export class Database {
  readonly #ports: DatabasePorts;
  readonly #disk = new Disk(() => {});

  constructor(ports: DatabasePorts) {
    this.#ports = ports;
    for (const migration of MIGRATIONS) this.#disk.exec(migration, []);
    this.#disk.commit();
  }

  prepare(sql: string): Statement {
    return new Statement(this, sql);
  }

  batch(statements: readonly Statement[]): Promise<Result[]> {
    return this.run(statements);
  }

  /** For whoever looks from outside. */
  read(sql: string): Record<string, unknown>[] {
    return this.#disk.exec(sql, []);
  }

  close(): void {
    this.#disk.close();
  }

  run(statements: readonly Statement[]): Promise<Result[]> {
    const caller = owner();
    const { scheduler, conditions, random } = this.#ports;
    const label = `${caller.name} > D1`;
    const delay = (): number => (2 + 20 * random()) * conditions.slowness;
    caller.busy(1);
    return new Promise((resolve, reject) => {
      const back = (what: string, settle: () => void): void =>
        void scheduler.after(delay(), `${label} ${what}`, () => {
          if (!caller.alive) return;
          caller.busy(-1);
          settle();
        });
      caller.output(() =>
        scheduler.after(delay(), label, () => {
          if (conditions.databaseRefuses || random() < conditions.databaseLost)
            return back("refuses", () => reject(new Error("D1_ERROR: Network connection lost.")));
          try {
            const results = this.#transaction(statements);
            if (random() < conditions.databaseLost) back("lost", () => reject(new Error("D1_ERROR: Network connection lost.")));
            else back("answers", () => resolve(results));
          } catch (error) {
            back("fails", () => reject(error));
          }
        }),
      );
    });
  }

  #transaction(statements: readonly Statement[]): Result[] {
    try {
      const results = statements.map(({ sql, values }) => {
        const results = this.#disk.exec(sql, values).map(asJson);
        return { results, meta: { changes: this.#disk.changed } };
      });
      this.#disk.commit();
      return results;
    } catch (error) {
      this.#disk.rollback();
      throw error;
    }
  }
}

/** D1's answers are JSON: a BLOB is an array of numbers. */
const asJson = (row: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value]));
