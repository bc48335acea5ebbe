-- What laptops wrote is kept as they wrote it. As jsonb it was taken apart on its way in and put together on its way out,
-- which cost more than anything that was ever asked about what is in it.
DROP INDEX open_conflict;
ALTER TABLE row
    ALTER COLUMN fields TYPE json USING fields::text::json,
    ALTER COLUMN versions TYPE json USING versions::text::json;
CREATE INDEX open_conflict ON row (cooperation_id, (fields ->> 'row_id')) WHERE entity = 'conflict' AND NOT deleted;
-- The server wrote it and nothing is asked about it: it need not be checked once more.
ALTER TABLE change
    ALTER COLUMN fields TYPE text USING fields::text,
    ALTER COLUMN before TYPE json USING before::text::json;
