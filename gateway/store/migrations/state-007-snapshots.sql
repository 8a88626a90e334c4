-- What a linkage did on account of an alarm, while it is followed and afterwards as part of the alarm's record.
CREATE TABLE linkage_run (
  alarm TEXT NOT NULL,
  linkage TEXT NOT NULL,
  ended_at INTEGER,
  doc TEXT NOT NULL,             -- contract/linkage-run.ts
  PRIMARY KEY (alarm, linkage)
) WITHOUT ROWID;
CREATE INDEX linkage_run_open ON linkage_run (alarm) WHERE ended_at IS NULL;

-- The pictures of an alarm; the files lie in the data directory's `snapshots/`. Alarms that ask a camera in the same moment share one.
CREATE TABLE snapshot (
  alarm TEXT NOT NULL,
  n INTEGER NOT NULL,            -- 1, 2 … of its alarm
  state TEXT NOT NULL,
  file TEXT,                     -- while it is kept
  taken_at INTEGER,
  doc TEXT NOT NULL,             -- contract/snapshot.ts
  PRIMARY KEY (alarm, n)
) WITHOUT ROWID;
CREATE INDEX snapshot_pending ON snapshot (alarm) WHERE state = 'pending';
CREATE INDEX snapshot_file ON snapshot (file, taken_at) WHERE file IS NOT NULL;
