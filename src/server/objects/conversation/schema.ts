/** Appended to, never edited, once released. */
export const CONVERSATION_SCHEMA: readonly string[] = [
  `CREATE TABLE conversation (one INTEGER PRIMARY KEY CHECK (one = 1), meta TEXT NOT NULL);
  CREATE TABLE member (user TEXT PRIMARY KEY, version INTEGER NOT NULL, hot INTEGER NOT NULL, delivered INTEGER NOT NULL, read INTEGER NOT NULL,
    cleared INTEGER NOT NULL, refuses INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE message (seq INTEGER PRIMARY KEY, version INTEGER NOT NULL, content_version INTEGER NOT NULL, sender TEXT NOT NULL, ts INTEGER NOT NULL,
    key TEXT NOT NULL, type TEXT NOT NULL, countable INTEGER NOT NULL, receivers TEXT, content TEXT, ext TEXT, facts TEXT);
  CREATE TABLE change (version INTEGER PRIMARY KEY, seq INTEGER NOT NULL, user TEXT);
  CREATE TABLE reaction (seq INTEGER NOT NULL, reaction TEXT NOT NULL, user TEXT NOT NULL, at INTEGER NOT NULL, nth INTEGER NOT NULL,
    PRIMARY KEY (seq, reaction, user)) WITHOUT ROWID;
  CREATE TABLE pin (seq INTEGER PRIMARY KEY, by TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE piece (version INTEGER PRIMARY KEY, seq INTEGER NOT NULL, at INTEGER NOT NULL, text TEXT NOT NULL, ts INTEGER NOT NULL);
  CREATE TABLE growing (seq INTEGER PRIMARY KEY);
  CREATE TABLE removed (user TEXT NOT NULL, seq INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (user, seq)) WITHOUT ROWID`,
  // A row for many members: marks rise all the time, and their members' rows do not.
  "CREATE TABLE delivered (chunk INTEGER PRIMARY KEY, marks TEXT NOT NULL)",
];
