-- The registers of which there are marks.
CREATE TABLE meter_register (
  meter TEXT NOT NULL,
  point TEXT NOT NULL,
  PRIMARY KEY (meter, point)
) WITHOUT ROWID;

-- What meters showed: the register of each full hour, readings by hand, and both registers of a replacement. One row a mark.
CREATE TABLE meter_mark (
  meter TEXT NOT NULL,
  point TEXT NOT NULL,
  at INTEGER NOT NULL,           -- when it was read
  rank INTEGER NOT NULL,         -- order at the same moment, and its source: 0 hour, 1 manual, 2 final, 3 initial
  slot INTEGER,                  -- of the hour's register: that full hour
  register REAL NOT NULL,
  total REAL NOT NULL,           -- gone through since the first mark, over roll-overs and replacements
  flag TEXT,                     -- rolled-over, backwards
  entry TEXT,                    -- of one entered by hand: its record
  PRIMARY KEY (meter, point, at, rank)
) WITHOUT ROWID;
CREATE INDEX meter_event ON meter_mark (meter, point, at) WHERE flag IS NOT NULL OR rank = 3;

-- What people entered: readings and replacements, as contract/meter.ts has them.
CREATE TABLE meter_entry (
  id TEXT PRIMARY KEY,
  meter TEXT NOT NULL,
  at INTEGER NOT NULL,
  request TEXT,                  -- what the client asked with its own id, to tell a repeat from a conflict
  doc TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX meter_entries ON meter_entry (meter, at);
