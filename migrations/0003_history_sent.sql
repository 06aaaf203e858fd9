-- Where a sender has stored something: one row for each stream and minute, however many messages.
-- The week comes first so that retention deletes a range, and no index by age is written beside each row.
CREATE TABLE history_sent (
  app TEXT NOT NULL,
  week INTEGER NOT NULL,
  sender TEXT NOT NULL,
  minute INTEGER NOT NULL,
  stream TEXT NOT NULL,
  PRIMARY KEY (app, week, sender, minute, stream)
) WITHOUT ROWID;
