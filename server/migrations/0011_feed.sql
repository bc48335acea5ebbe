-- Laptops are told of rows in the order of the changes that made them as they are. A row that got its place otherwise
-- (a conflict, a person's history that a team has gained, an erasure, what the server itself wrote) stands here.
-- An index of rows by position told the same, and made every change write all indexes of its row.
CREATE TABLE placed (
    cooperation_id uuid NOT NULL,
    position       bigint NOT NULL,
    entity         text NOT NULL,
    row_id         uuid NOT NULL
);
INSERT INTO placed (cooperation_id, position, entity, row_id)
SELECT cooperation_id, position, entity, row_id FROM row WHERE NOT EXISTS (
    SELECT 1 FROM change
    WHERE change.cooperation_id = row.cooperation_id AND change.position = row.position AND change.row_id = row.row_id
);
CREATE INDEX placed_by_position ON placed (cooperation_id, position);
DROP INDEX row_by_position;

-- What a row's indexes are of must not change with its fields, or they are all written anew. Room is left for the next
-- version of a row beside the one before, so that they still point there.
DROP INDEX open_conflict;
ALTER TABLE row ADD COLUMN about_id uuid
    GENERATED ALWAYS AS (CASE WHEN entity = 'conflict' THEN (fields ->> 'row_id')::uuid END) STORED;
CREATE INDEX open_conflict ON row (cooperation_id, about_id) WHERE entity = 'conflict' AND NOT deleted;
ALTER TABLE row SET (fillfactor = 85);

-- Who has been told of a row's edits asks for the later ones alone.
DROP INDEX change_that_edits;
CREATE INDEX change_that_edits ON change (row_id, position) WHERE before IS NOT NULL;

-- Whoever takes changes away leaves the rows where they are in the order.
CREATE OR REPLACE FUNCTION changes_have_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE device SET whole_through = greatest(0, least(whole_through, gone.lowest - 1))
    FROM (SELECT device_id, min(sequence) AS lowest FROM gone_changes GROUP BY device_id) AS gone
    WHERE device.id = gone.device_id;
    INSERT INTO placed (cooperation_id, position, entity, row_id)
    SELECT cooperation_id, position, entity, row_id FROM gone_changes WHERE position > 0;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION all_changes_have_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE device SET whole_through = 0;
    DELETE FROM placed;
    INSERT INTO placed (cooperation_id, position, entity, row_id)
    SELECT cooperation_id, position, entity, row_id FROM row;
    RETURN NULL;
END $$;
