-- Readings lie by series and day (UTC days since 1970). What the release before left is read once and laid down anew
-- (gateway/history/adopt.ts); words then stand in the chunks that need them, and the journal is a database of its own.
ALTER TABLE chunk RENAME TO chunk_001;
ALTER TABLE journal RENAME TO journal_001;
ALTER TABLE word RENAME TO word_001;

-- Sealed readings of one series and day (gateway/history/chunk.ts). Chunks may overlap in time when data came late; the one with
-- the greater id is the later word.
CREATE TABLE chunk (
  series INTEGER NOT NULL,
  day INTEGER NOT NULL,
  id INTEGER NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (series, day, id)
) WITHOUT ROWID;

-- The roll-up of a day, by hours (gateway/history/hours.ts). `gone`: its readings were rolled over, this is what is left.
CREATE TABLE hours (
  series INTEGER NOT NULL,
  day INTEGER NOT NULL,
  gone INTEGER NOT NULL DEFAULT 0,
  data BLOB NOT NULL,
  PRIMARY KEY (series, day)
) WITHOUT ROWID;

-- Days with chunks that their roll-up does not know, and how many.
CREATE TABLE unsettled (
  series INTEGER NOT NULL,
  day INTEGER NOT NULL,
  chunks INTEGER NOT NULL,
  PRIMARY KEY (series, day)
) WITHOUT ROWID;
