import { logTables } from "../../storage/sql-log-store.ts";
import { DEADLINES_SCHEMA } from "../shell/alarms.ts";
import { BLOCK_SCHEMA } from "./block-desk.ts";
import { CHAT_SCHEMA } from "./chat-tables.ts";

/** Appended to, never edited, once released. */
export const USER_SCHEMA: readonly string[] = [
  `${DEADLINES_SCHEMA};
  CREATE TABLE counters (one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, server_id INTEGER NOT NULL);
  CREATE TABLE device (device TEXT PRIMARY KEY, kind TEXT NOT NULL, instance TEXT NOT NULL, generation INTEGER NOT NULL,
    connected INTEGER NOT NULL, seen_at INTEGER NOT NULL, login TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE joined (device TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, via TEXT NOT NULL, PRIMARY KEY (device, type, name)) WITHOUT ROWID;
  CREATE TABLE revocation (id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, revocation TEXT NOT NULL);
  CREATE TABLE inbox_head (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, seq INTEGER NOT NULL, floor INTEGER NOT NULL);
  CREATE TABLE inbox_reader (device TEXT PRIMARY KEY, cursor INTEGER NOT NULL, since INTEGER NOT NULL, lost INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE inbox_page (first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at INTEGER NOT NULL, entries TEXT NOT NULL, messages TEXT NOT NULL, bin BLOB);
  CREATE TABLE attributes (one INTEGER PRIMARY KEY CHECK (one = 1), list TEXT NOT NULL);
  CREATE TABLE watcher (user TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE watched (user TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE told (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL);
  CREATE TABLE answered (key TEXT PRIMARY KEY, id INTEGER NOT NULL, at INTEGER NOT NULL, delivered INTEGER NOT NULL, waiting INTEGER NOT NULL,
    stored INTEGER NOT NULL, settled INTEGER NOT NULL) WITHOUT ROWID;
  ${logTables("history_")}
  CREATE TABLE ticketed (device TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (device, type, name)) WITHOUT ROWID`,
  "CREATE TABLE call (call TEXT PRIMARY KEY, pointer TEXT NOT NULL) WITHOUT ROWID",
  `CREATE TABLE metadata (one INTEGER PRIMARY KEY CHECK (one = 1), metadata TEXT NOT NULL);
  CREATE TABLE metadata_watcher (user TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE metadata_watched (user TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID`,
  "CREATE TABLE reported (one INTEGER PRIMARY KEY CHECK (one = 1), online INTEGER NOT NULL, at INTEGER NOT NULL, waiting TEXT NOT NULL)",
  "CREATE TABLE inbox_unbridged (device TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID",
  CHAT_SCHEMA,
  BLOCK_SCHEMA,
];
