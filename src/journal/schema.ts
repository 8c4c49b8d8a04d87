// The journal's tables, oldest first. Must only grow.

export const migrations: readonly string[] = [
  `CREATE TABLE event (
    row INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    at REAL NOT NULL,
    wall INTEGER NOT NULL,
    level INTEGER NOT NULL,
    because TEXT,
    boot TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX event_wall ON event (wall);
  CREATE INDEX event_because ON event (because) WHERE because IS NOT NULL;
  CREATE INDEX event_source ON event (source, row)`,
]
