-- Where a message that was not understood came from, so that it can be read again once that is mended. Rows of before have none.
ALTER TABLE dead_letter ADD COLUMN way TEXT;       -- 'native', 'topic', 'kept', 'session', 'frame', 'poll', 'panel', 'none'
ALTER TABLE dead_letter ADD COLUMN link TEXT;
ALTER TABLE dead_letter ADD COLUMN topic TEXT;
ALTER TABLE dead_letter ADD COLUMN length INTEGER; -- bytes that came; `bytes` may be cut
ALTER TABLE dead_letter ADD COLUMN part INTEGER NOT NULL DEFAULT 0; -- 1: the rest of the message was taken
CREATE INDEX dead_letter_source ON dead_letter (source);
