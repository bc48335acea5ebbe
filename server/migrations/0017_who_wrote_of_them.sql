-- A laptop whose user has another team or role since was not told of erasures, and kept what it had sent. All are told
-- once more, with the next `init` or `serve`.
UPDATE cooperation SET erasures_owed = true
WHERE EXISTS (SELECT 1 FROM row WHERE cooperation_id = cooperation.id AND entity = 'erasure');
