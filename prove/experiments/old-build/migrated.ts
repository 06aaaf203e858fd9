import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** workerd's own list of a namespace's alarms. */
const METADATA = "metadata.sqlite";

export interface Migrated {
  readonly kind: string;
  /** With anything in their databases. */
  readonly objects: number;
  /** With the table. */
  readonly migrated: number;
}

/** Of each class, how many of the objects in a storage directory of workerd have the table. */
export function migratedShare(storage: string, table: string): Migrated[] {
  return readdirSync(storage).flatMap((kind): Migrated[] => {
    const tables = readdirSync(join(storage, kind))
      .filter((name) => name.endsWith(".sqlite") && name !== METADATA)
      .map((name) => tablesOf(join(storage, kind, name)))
      .filter((names) => names.has("_schema"));
    return tables.length === 0 ? [] : [{ kind, objects: tables.length, migrated: tables.filter((names) => names.has(table)).length }];
  });
}

function tablesOf(file: string): ReadonlySet<string> {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return new Set(
      database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .all()
        .map(({ name }) => String(name)),
    );
  } finally {
    database.close();
  }
}
