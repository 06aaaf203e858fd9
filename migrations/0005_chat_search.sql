-- Messages that can be searched for. The id has the time in front, so that the newest are found first, and below it 21 bits
-- made of number and seq: nothing else has to be looked up to find a message's id, or the message of an id.
CREATE TABLE chat_search (
  id INTEGER PRIMARY KEY,
  app TEXT NOT NULL,
  number INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  version INTEGER NOT NULL
);

-- Their words, which `ascii` takes as they come: small letters, no accents, pairs of letters where there are no spaces. `scope`
-- says whose they are: both people, the conversation, the sender, the type.
CREATE VIRTUAL TABLE chat_words USING fts5(scope, words, content='', contentless_delete=1, tokenize='ascii');
