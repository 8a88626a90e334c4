-- One loss of mains and the steps of the generator that backs it up.
CREATE TABLE sequence (
  id TEXT PRIMARY KEY,
  generator TEXT NOT NULL,
  lost_at INTEGER NOT NULL,
  ended_at INTEGER,
  rule TEXT NOT NULL,            -- what it is judged by, and what the machine remembers beside it
  doc TEXT NOT NULL              -- contract/plant.ts
) WITHOUT ROWID;
CREATE INDEX sequence_lost ON sequence (lost_at);
CREATE INDEX sequence_generator ON sequence (generator, lost_at);

-- How far a schedule has switched, and how its devices stand to it.
CREATE TABLE schedule_state (
  schedule TEXT PRIMARY KEY,
  doc TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE run_hours (
  device TEXT PRIMARY KEY,
  doc TEXT NOT NULL
) WITHOUT ROWID;
