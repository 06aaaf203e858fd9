import { assert } from "../../../util/assert.ts";

/**
 * Brings an object's database to the newest version. `steps[n]` leads from version n to n + 1 and is never edited once
 * released. `PRAGMA user_version` is not authorised in Durable Objects, hence the `_schema` table. Synchronous: called in
 * a constructor, it needs no `blockConcurrencyWhile`.
 */
export function migrate(sql: SqlStorage, steps: readonly string[]): void {
  const from = schemaVersion(sql);
  assert(from <= steps.length, `the database has version ${from}, this code only knows ${steps.length}`);
  if (from === steps.length) return;
  sql.exec("CREATE TABLE IF NOT EXISTS _schema (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL)");
  for (const step of steps.slice(from)) sql.exec(step);
  sql.exec("INSERT OR REPLACE INTO _schema (one, version) VALUES (1, ?)", steps.length);
}

/** 0 for an object that has never written: asking it something must not make it a row. */
export function schemaVersion(sql: SqlStorage): number {
  const known = sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_schema'").toArray();
  if (known.length === 0) return 0;
  return sql.exec<{ version: number }>("SELECT version FROM _schema").toArray()[0]?.version ?? 0;
}
