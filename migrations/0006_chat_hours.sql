-- Which conversations have messages of an hour, and between which numbers: what an export of that hour reads. An index of all
-- messages by time would be a row more for each of them; this is one for each conversation and burst.
CREATE TABLE chat_hours (
  app TEXT NOT NULL,
  -- Hours since 1970.
  hour INTEGER NOT NULL,
  number INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (app, hour, number)
) WITHOUT ROWID;
