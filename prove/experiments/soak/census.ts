import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What the objects have on disk. */
export interface Census {
  readonly files: number;
  readonly megabytes: number;
  readonly alarms: number;
  /** Objects of each class. */
  readonly objects: ReadonlyMap<string, number>;
  /** Rows, as `<class>.<table>`. */
  readonly rows: ReadonlyMap<string, number>;
}

/** workerd's own list of a namespace's alarms. */
const METADATA = "metadata.sqlite";

/** An object that wakes or sleeps holds its database for a moment. */
const LOCKED_MS_MAX = 10_000;

/** Counts what lies in a storage directory of workerd. Only reads, also while the service runs. */
export function takeCensus(storage: string): Census {
  const rows = new Map<string, number>();
  const objects = new Map<string, number>();
  let files = 0;
  let bytes = 0;
  let alarms = 0;
  for (const namespace of readdirSync(storage)) {
    for (const name of readdirSync(join(storage, namespace))) {
      const file = join(storage, namespace, name);
      files += 1;
      bytes += statSync(file).size;
      if (!name.endsWith(".sqlite")) continue;
      if (name !== METADATA) objects.set(namespace, (objects.get(namespace) ?? 0) + 1);
      for (const [table, count] of rowsOf(file)) {
        if (name === METADATA) alarms += table === "_cf_ALARM" ? count : 0;
        else if (!table.startsWith("_cf_")) rows.set(`${namespace}.${table}`, (rows.get(`${namespace}.${table}`) ?? 0) + count);
      }
    }
  }
  return { files, megabytes: bytes / 1024 / 1024, alarms, objects, rows };
}

function rowsOf(file: string): [table: string, count: number][] {
  const database = new DatabaseSync(file, { readOnly: true, timeout: LOCKED_MS_MAX });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return tables.map(({ name }) => {
      const count = database.prepare(`SELECT count(*) AS count FROM "${String(name)}"`).get()?.count;
      return [String(name), Number(count)];
    });
  } finally {
    database.close();
  }
}
