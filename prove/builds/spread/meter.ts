import type { Counts } from "./counts.ts";

/** Cursors whose rows are not added up yet: one is whole once its statement is done, which is at the end of its turn. */
const KEPT = 512;

const calls = new Map<string, number>();
let abroad = 0;
let rows = 0;
let alarms = 0;
let cursors: { readonly rowsWritten: number }[] = [];
let isWatching = false;

export function called(method: string, leaves: boolean): void {
  calls.set(method, (calls.get(method) ?? 0) + 1);
  if (leaves) abroad += 1;
}

/** From the first object on: the platform's classes are the same for all. Rows are counted as the platform bills them. */
export function watch(storage: DurableObjectStorage): void {
  if (isWatching) return;
  isWatching = true;
  const sql = Object.getPrototypeOf(storage.sql) as SqlStorage;
  const all = Object.getPrototypeOf(storage) as DurableObjectStorage;
  const { exec } = sql;
  const { setAlarm } = all;
  sql.exec = function (this: SqlStorage, text: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, text, ...bindings);
    if (cursors.length >= KEPT) add(cursors.splice(0, KEPT / 2));
    cursors.push(cursor);
    return cursor;
  } as SqlStorage["exec"];
  all.setAlarm = function (this: DurableObjectStorage, ...args) {
    alarms += 1;
    return setAlarm.apply(this, args);
  };
}

/** Counting begins anew with the answer. */
export function takeCounts(): Counts {
  add(cursors);
  const counts = { calls: Object.fromEntries(calls), abroad, rows, alarms };
  calls.clear();
  cursors = [];
  abroad = rows = alarms = 0;
  return counts;
}

function add(done: readonly { readonly rowsWritten: number }[]): void {
  for (const cursor of done) rows += cursor.rowsWritten;
}
