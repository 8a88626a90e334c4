-- What has been recorded and is not in the history store yet (gateway/history/journal-worker.ts). An acknowledgement waits for it.

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  point TEXT NOT NULL,
  UNIQUE (device, point)
);

-- Batches as they came (gateway/history/batch.ts). `words`: the texts of the batch as a JSON list, where it has any.
-- AUTOINCREMENT: a number is never given twice, though the store may have taken everything.
CREATE TABLE batch (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  rows BLOB NOT NULL,
  words TEXT
);
