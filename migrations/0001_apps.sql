-- Tenants. Listed and looked up across objects, so they live in D1.
CREATE TABLE apps (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  primary_certificate TEXT NOT NULL,
  secondary_certificate TEXT,
  -- Part of the identity of every object of the app: set at creation, never changed.
  jurisdiction TEXT,
  -- The Idempotency-Key of its creation: a repeat must not make a second app.
  creation_key TEXT UNIQUE,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Keys are random and long, so a plain SHA-256 is enough, and is what they are looked up by.
CREATE TABLE api_keys (
  hash TEXT PRIMARY KEY,
  app TEXT NOT NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
