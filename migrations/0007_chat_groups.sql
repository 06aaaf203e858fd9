-- An app's groups as its lists show them, each in the newest state that its object has told. A dismissed one stays as a mark, so
-- that no late word of an earlier state brings it back.
CREATE TABLE chat_groups (
  app TEXT NOT NULL,
  id TEXT NOT NULL,
  -- Rises with each time that the group's object tells it.
  revision INTEGER NOT NULL,
  public INTEGER NOT NULL,
  dismissed INTEGER NOT NULL,
  -- JSON: what the lists show.
  shown TEXT NOT NULL,
  PRIMARY KEY (app, id)
) WITHOUT ROWID;

-- What users page through; without it they would read past every private group.
CREATE INDEX chat_groups_public ON chat_groups (app, id) WHERE public = 1 AND dismissed = 0;
