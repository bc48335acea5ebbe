-- What left the scope of a team, and when: one person, or one row.
CREATE TABLE departure (
    cooperation_id uuid NOT NULL,
    position       bigint NOT NULL,
    team_id        uuid NOT NULL,
    entity         text NOT NULL,
    row_id         uuid NOT NULL
);
CREATE INDEX departure_by_team ON departure (cooperation_id, team_id, position);

-- How many rows each owner has of each entity, and the sum of their marks; written with the rows, never computed anew.
-- The owner is a person, a team, a device, or the cooperation itself; the nil identifier stands for all of them.
CREATE TABLE tally (
    cooperation_id uuid NOT NULL,
    owner_id       uuid NOT NULL,
    entity         text NOT NULL,
    rows           bigint NOT NULL,
    hash           numeric NOT NULL,
    PRIMARY KEY (cooperation_id, owner_id, entity)
);

-- Somebody who changed teams may still deliver what they recorded before.
ALTER TABLE user_team ADD COLUMN left_at timestamptz;

ALTER TABLE device ADD COLUMN turn text NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN turn_before text NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN is_turn_used boolean NOT NULL DEFAULT false;
ALTER TABLE device ADD COLUMN highest_sequence bigint NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN schema integer NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN clock_ahead_seconds double precision;
ALTER TABLE device ADD COLUMN waiting integer;
ALTER TABLE device ADD COLUMN confirmed_at timestamptz;
UPDATE device SET highest_sequence = coalesce((SELECT max(sequence) FROM change WHERE device_id = device.id), 0);

INSERT INTO tally (cooperation_id, owner_id, entity, rows, hash)
SELECT cooperation_id, owner_id, entity, count(*),
       sum(mod(('x' || right(row_id::text, 8))::bit(32)::bigint * mod(position, 2147483647), 4294967291))
FROM (
    SELECT cooperation_id, entity, row_id, position, unnest(ARRAY[
        'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid,
        coalesce(
            CASE
                WHEN entity IN ('municipality', 'team', 'user', 'programme_version', 'day_off',
                                'pharmacy_invoice', 'invoice_line') THEN NULL
                WHEN entity IN ('place', 'place_contact', 'place_cycle', 'place_cycle_step', 'course', 'session',
                                'outreach_visit', 'incoming_message') THEN team_id
                WHEN entity = 'stock_movement' THEN device_id
                ELSE coalesce(person_id, team_id)
            END,
            '00000000-0000-0000-0000-000000000000'::uuid
        )
    ]) AS owner_id
    FROM row WHERE NOT deleted
) AS counted
GROUP BY cooperation_id, owner_id, entity;
