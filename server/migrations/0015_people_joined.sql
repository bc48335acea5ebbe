-- Who was joined into somebody is looked for where two correct what is theirs: each may have written it of another row.
CREATE INDEX joined_person ON row (cooperation_id, (fields ->> 'merged_into_id'))
    WHERE entity = 'person' AND fields ->> 'merged_into_id' IS NOT NULL;
