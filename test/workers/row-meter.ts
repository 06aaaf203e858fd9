import { runInDurableObject } from "cloudflare:test";

export interface Cost {
  /** As the platform counts and bills them; those of CREATE TABLE are counted apart. */
  readonly rows: number;
  readonly alarms: number;
}

/** Counts what all objects of this worker write while `work` runs. `some` is an object, to get at the platform's classes. */
export async function costOf(some: DurableObjectStub, work: () => Promise<unknown>, whose: "of all" | "of this object" = "of all"): Promise<Cost> {
  const { sql, storage, own } = await runInDurableObject(some, (_object, ctx) => ({
    sql: Object.getPrototypeOf(ctx.storage.sql) as SqlStorage,
    storage: Object.getPrototypeOf(ctx.storage) as DurableObjectStorage,
    own: ctx.storage.sql,
  }));
  const { exec } = sql;
  const { setAlarm } = storage;
  const cursors: { readonly rowsWritten: number }[] = [];
  let alarms = 0;
  sql.exec = function (this: SqlStorage, text: string, ...bindings: unknown[]) {
    const cursor = exec.call(this, text, ...bindings);
    if (!/CREATE TABLE|_schema/.test(text) && (whose === "of all" || this === own)) cursors.push(cursor);
    return cursor;
  } as SqlStorage["exec"];
  storage.setAlarm = function (this: DurableObjectStorage, ...args) {
    alarms += 1;
    return setAlarm.apply(this, args);
  };
  try {
    await work();
    // A cursor's count is whole once its statement is done.
    return { rows: cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0), alarms };
  } finally {
    sql.exec = exec;
    storage.setAlarm = setAlarm;
  }
}
