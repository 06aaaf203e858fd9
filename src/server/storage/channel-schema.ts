import { DEADLINES_SCHEMA } from "../objects/shell/alarms.ts";
import { logTables } from "./sql-log-store.ts";

/** The tables of a ChannelObject. Steps are never edited once released. */
export const CHANNEL_SCHEMA: readonly string[] = [
  `${DEADLINES_SCHEMA};${logTables("")}
  CREATE TABLE roster (chunk INTEGER PRIMARY KEY, members TEXT NOT NULL);
  CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE revocations (user TEXT NOT NULL, device TEXT NOT NULL, generation INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (user, device)) WITHOUT ROWID;
  CREATE TABLE answers (key TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, ts INTEGER NOT NULL) WITHOUT ROWID;`,
  "CREATE TABLE attended (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, count INTEGER NOT NULL, changes TEXT NOT NULL)",
];
