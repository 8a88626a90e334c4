-- Why a dead letter was not understood, by codes with what fills in their words (contract/misread.ts), as JSON. Rows of before have none.
ALTER TABLE dead_letter ADD COLUMN why TEXT;
