-- Whoever was erased by an older server still stands in what had been deleted of them before, and in the changes about
-- it. That is emptied by what erases today (server/erasure.py: erase_again), with the next `init` or `serve`.
ALTER TABLE cooperation ADD COLUMN erasures_owed boolean NOT NULL DEFAULT false;
UPDATE cooperation SET erasures_owed = true
WHERE EXISTS (SELECT 1 FROM row WHERE cooperation_id = cooperation.id AND entity = 'erasure');
