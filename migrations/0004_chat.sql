-- Conversations by their number, which is the upper part of a message's id.
CREATE TABLE chat_conversations (
  app TEXT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (app, number)
) WITHOUT ROWID;

-- Messages of conversations, one row each, in their newest exported state.
CREATE TABLE chat_messages (
  app TEXT NOT NULL,
  number INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL,
  sender TEXT NOT NULL,
  ts INTEGER NOT NULL,
  type TEXT NOT NULL,
  -- JSON: the message with reactions and pin.
  message TEXT NOT NULL,
  PRIMARY KEY (app, number, seq)
) WITHOUT ROWID;
