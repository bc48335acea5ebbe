-- Who has been told of a row's edits asks for the later ones alone.
DROP INDEX change_that_edits;
CREATE INDEX change_that_edits ON change (row_id, position) WHERE before IS NOT NULL;
