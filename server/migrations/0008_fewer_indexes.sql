-- A receipt counts the numbers from the narrowest index there can be, and the few refused ones from their own.
DROP INDEX change_by_device;
CREATE INDEX change_by_device ON change (device_id, sequence);
CREATE INDEX change_refused ON change (device_id, sequence) WHERE outcome = 'refused';
-- No question goes by it: a team's rows are read by position, its memberships by an index of their own.
DROP INDEX row_by_team;
-- Whoever is erased is asked for along with the teams of a person, which is what this index is for.
DROP INDEX belonging_by_person;
CREATE INDEX belonging_by_person ON row (cooperation_id, person_id) WHERE entity IN ('person', 'membership', 'erasure');
