import { DEADLINES_SCHEMA } from "../objects/shell/alarms.ts";

/** The tables of a ChannelObject. Steps are never edited once released. */
export const CHANNEL_SCHEMA: readonly string[] = [
  `${DEADLINES_SCHEMA};
  CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, exported INTEGER NOT NULL, dirty INTEGER NOT NULL);
  CREATE TABLE pages (
    slot INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, ts INTEGER NOT NULL, bytes INTEGER NOT NULL,
    stored INTEGER NOT NULL, writers TEXT NOT NULL, floors TEXT NOT NULL, items TEXT NOT NULL, bin BLOB
  );
  CREATE TABLE roster (chunk INTEGER PRIMARY KEY, members TEXT NOT NULL);
  CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE revocations (user TEXT NOT NULL, device TEXT NOT NULL, generation INTEGER NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (user, device)) WITHOUT ROWID;
  CREATE TABLE answers (key TEXT PRIMARY KEY, epoch TEXT NOT NULL, seq INTEGER NOT NULL, ts INTEGER NOT NULL) WITHOUT ROWID;`,
];
