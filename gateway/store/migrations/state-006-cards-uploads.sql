-- What wands bring home in one go: reads keep the wand's own time beside the corrected one, and whether it is in doubt.
ALTER TABLE checkin ADD COLUMN reader_at INTEGER;
ALTER TABLE checkin ADD COLUMN upload TEXT;
ALTER TABLE checkin ADD COLUMN doubt TEXT;
-- The clock's correction differs a little from one read-out to the next; the wand's own time of a read does not.
CREATE UNIQUE INDEX checkin_read_once ON checkin (reader, tag, reader_at) WHERE reader_at IS NOT NULL;
CREATE INDEX checkin_upload ON checkin (upload) WHERE upload IS NOT NULL;

CREATE TABLE patrol_upload (
  id TEXT PRIMARY KEY,
  reader TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  request TEXT NOT NULL,         -- SHA-256 of what was sent, to tell a repeat from a conflict
  raw TEXT NOT NULL,             -- as it was sent
  doc TEXT NOT NULL              -- contract/patrol.ts
);
CREATE INDEX patrol_upload_at ON patrol_upload (received_at, id);

-- One row an issue. Of a number at most one is in use; those before it stay as records.
CREATE TABLE card (
  id TEXT PRIMARY KEY,
  number TEXT NOT NULL,          -- canonical, contract/tag.ts
  state TEXT NOT NULL,
  request TEXT,                  -- what the client asked with its own id, to tell a repeat from a conflict
  doc TEXT NOT NULL              -- contract/card.ts
) WITHOUT ROWID;
CREATE UNIQUE INDEX card_in_use ON card (number) WHERE state <> 'revoked';

-- What a controller should hold of a card number, and how far it has come with it.
CREATE TABLE card_entry (
  controller TEXT NOT NULL,
  number TEXT NOT NULL,
  doc TEXT NOT NULL,
  PRIMARY KEY (controller, number)
) WITHOUT ROWID;
