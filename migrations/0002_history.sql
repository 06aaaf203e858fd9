-- Stored messages of channels and inboxes, as pages that their objects export in order.
CREATE TABLE history_pages (
  app TEXT NOT NULL,
  stream TEXT NOT NULL,
  epoch TEXT NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  from_ts INTEGER NOT NULL,
  to_ts INTEGER NOT NULL,
  count INTEGER NOT NULL,
  -- JSON array of stored items; a payload of bytes stands as its place in bin.
  items TEXT NOT NULL,
  bin BLOB,
  PRIMARY KEY (app, stream, from_ts, epoch, first_seq)
) WITHOUT ROWID;

-- Retention deletes the oldest pages of an app; without this it would read all of them, every hour.
CREATE INDEX history_pages_by_age ON history_pages (app, to_ts);
