import { LOG_META, LOG_PAGES } from "../../storage/sql-log-store.ts";
import { DUE_TABLE } from "../shell/alarms.ts";
import type { TableShape, Tables } from "../shell/tables.ts";

const WAS_DEVICE = {
  table: "device",
  is: `(device TEXT PRIMARY KEY, kind TEXT NOT NULL, instance TEXT NOT NULL, generation INTEGER NOT NULL,
    connected INTEGER NOT NULL, seen_at INTEGER NOT NULL, login TEXT NOT NULL) WITHOUT ROWID`,
  select: `device, '', '', json_object('kind', kind, 'instance', instance, 'generation', generation, 'connected', json(iif(connected, 'true', 'false')),
    'seenAt', seen_at, 'rights', json(login -> '$.rights'), 'settings', json(login -> '$.settings'))`,
};
const WAS_JOINED = {
  table: "joined",
  is: "(device TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, via TEXT NOT NULL, PRIMARY KEY (device, type, name)) WITHOUT ROWID",
  select: "device, type, name, via",
};
const WAS_WATCHER = { table: "watcher", is: "(user TEXT PRIMARY KEY) WITHOUT ROWID", select: "user, '{}'" };
const WAS_WATCHED = {
  table: "watched",
  is: "(user TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID",
  select: "user, json_object('presence', json_object('user', user, 'state', state), 'session', json('true'))",
};

/** A user's tables, each made with its first row. A shape, once released, is never edited: it goes to `was`, and another takes its place. */
export const USER_TABLES = {
  due: { is: DUE_TABLE },
  counters: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL, server_id INTEGER NOT NULL)" },
  /** A device, where type and name are empty, and the channels it has joined: all that a client's start has to write is in one table. */
  login: {
    is: "(device TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (device, type, name)) WITHOUT ROWID",
    was: [WAS_DEVICE, WAS_JOINED],
  },
  ticketed: { is: "(device TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (device, type, name)) WITHOUT ROWID" },
  revocation: { is: "(id INTEGER PRIMARY KEY, type TEXT NOT NULL, name TEXT NOT NULL, revocation TEXT NOT NULL)" },
  inbox_head: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, seq INTEGER NOT NULL, floor INTEGER NOT NULL)" },
  inbox_reader: { is: "(device TEXT PRIMARY KEY, cursor INTEGER NOT NULL, since INTEGER NOT NULL, lost INTEGER NOT NULL) WITHOUT ROWID" },
  inbox_unbridged: { is: "(device TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID" },
  inbox_page: { is: "(first INTEGER PRIMARY KEY, last INTEGER NOT NULL, at INTEGER NOT NULL, entries TEXT NOT NULL, messages TEXT NOT NULL, bin BLOB)" },
  attributes: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), list TEXT NOT NULL)" },
  /** Who watches this user's status, and whose it watches. */
  status_watcher: { is: "(user TEXT PRIMARY KEY, wish TEXT NOT NULL) WITHOUT ROWID", was: [WAS_WATCHER] },
  status_watched: { is: "(user TEXT PRIMARY KEY, watched TEXT NOT NULL) WITHOUT ROWID", was: [WAS_WATCHED] },
  told: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL)" },
  told_details: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), details TEXT NOT NULL)" },
  /** By its devices; the user's `ext` under the empty name. */
  published: { is: "(device TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID" },
  answered: {
    is: `(key TEXT PRIMARY KEY, id INTEGER NOT NULL, at INTEGER NOT NULL, delivered INTEGER NOT NULL, waiting INTEGER NOT NULL,
      stored INTEGER NOT NULL, settled INTEGER NOT NULL) WITHOUT ROWID`,
  },
  history_meta: { is: LOG_META },
  history_pages: { is: LOG_PAGES },
  call: { is: "(call TEXT PRIMARY KEY, pointer TEXT NOT NULL) WITHOUT ROWID" },
  metadata: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), metadata TEXT NOT NULL)" },
  metadata_watcher: { is: "(user TEXT PRIMARY KEY) WITHOUT ROWID" },
  metadata_watched: { is: "(user TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID" },
  chat_entry: { is: "(conversation TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID" },
  chat_device: { is: "(device TEXT PRIMARY KEY) WITHOUT ROWID" },
  chat_mark: { is: "(device TEXT NOT NULL, conversation TEXT NOT NULL, PRIMARY KEY (device, conversation)) WITHOUT ROWID" },
  group_invitation: { is: "(group_id TEXT PRIMARY KEY, by_user TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID" },
  /** Words of groups that no device has heard. */
  group_word: { is: "(n INTEGER PRIMARY KEY AUTOINCREMENT, kept TEXT NOT NULL)" },
  chat_block: { is: "(user TEXT PRIMARY KEY) WITHOUT ROWID" },
  contact: { is: "(user TEXT PRIMARY KEY, state TEXT NOT NULL, contact TEXT NOT NULL) WITHOUT ROWID" },
  account: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), account TEXT NOT NULL)" },
  profile: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), profile TEXT NOT NULL)" },
  reported: { is: "(one INTEGER PRIMARY KEY CHECK (one = 1), online INTEGER NOT NULL, at INTEGER NOT NULL, waiting TEXT NOT NULL)" },
} satisfies Readonly<Record<string, TableShape>>;

export type UserTables = Tables<keyof typeof USER_TABLES>;
