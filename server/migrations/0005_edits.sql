-- What the fields of a row were before a change took effect: with it the feed says who changed which value, and when.
ALTER TABLE change ADD COLUMN before jsonb;
CREATE INDEX change_that_edits ON change (row_id) WHERE before IS NOT NULL;
