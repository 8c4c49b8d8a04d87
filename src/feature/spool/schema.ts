// The spool's tables: what waits, what came of it, how many in all, and who applies them just now.

export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT,
    digest TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'applied', 'dead', 'dropped')),
    accepted_at INTEGER NOT NULL,
    ended_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL DEFAULT 0,
    reason TEXT
  ) STRICT;
  CREATE INDEX pending_in_line ON items (line, id) WHERE state = 'pending';
  CREATE INDEX pending_in_order ON items (id) WHERE state = 'pending';
  CREATE INDEX dead ON items (id) WHERE state = 'dead';
  CREATE INDEX ended ON items (ended_at) WHERE state IN ('applied', 'dropped');
  CREATE TABLE totals (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    accepted INTEGER NOT NULL,
    applied INTEGER NOT NULL,
    dead INTEGER NOT NULL,
    pending_bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO totals VALUES (1, 0, 0, 0, 0);
  CREATE TABLE turn (id INTEGER PRIMARY KEY CHECK (id = 1), owner TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
  INSERT INTO turn VALUES (1, '', 0);
  `,
]
