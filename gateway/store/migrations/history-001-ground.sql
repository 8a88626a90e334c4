CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  point TEXT NOT NULL,
  UNIQUE (device, point)
);

-- The words of enum and text points.
CREATE TABLE word (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
);

-- Batches as they arrived: what an acknowledgement waits for. Folded into chunks, then deleted.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  batch BLOB NOT NULL
);

-- Sealed readings of one series (gateway/history/chunk.ts). Chunks may overlap in time when data came late.
CREATE TABLE chunk (
  series INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  id INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (series, from_at, id)
) WITHOUT ROWID;
