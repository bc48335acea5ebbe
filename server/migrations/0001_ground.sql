CREATE TABLE server_identity (
    only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    server_id   uuid NOT NULL,
    epoch       uuid NOT NULL,
    receipt_key bytea NOT NULL
);

CREATE TABLE cooperation (
    id       uuid PRIMARY KEY,
    name     text NOT NULL,
    position bigint NOT NULL DEFAULT 0
);

CREATE TABLE user_account (
    id             uuid PRIMARY KEY,
    cooperation_id uuid NOT NULL REFERENCES cooperation,
    name           text NOT NULL,
    role           text NOT NULL CHECK (role IN ('counsellor', 'coordinator', 'auditor'))
);

CREATE TABLE user_team (
    user_id uuid NOT NULL REFERENCES user_account,
    team_id uuid NOT NULL,
    PRIMARY KEY (user_id, team_id)
);

CREATE TABLE device (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL REFERENCES user_account,
    cooperation_id uuid NOT NULL REFERENCES cooperation,
    name           text NOT NULL,
    database_id    uuid NOT NULL UNIQUE,
    token_hash     bytea NOT NULL UNIQUE,
    enrolled_at    timestamptz NOT NULL,
    revoked_at     timestamptz,
    last_seen_at   timestamptz
);

CREATE TABLE enrolment_code (
    code_hash  bytea PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES user_account,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

-- Every change as it arrived; position is 0 where it was refused.
CREATE TABLE change (
    change_id      uuid PRIMARY KEY,
    cooperation_id uuid NOT NULL,
    position       bigint NOT NULL,
    device_id      uuid NOT NULL,
    sequence       bigint NOT NULL,
    entity         text NOT NULL,
    row_id         uuid NOT NULL,
    operation      text NOT NULL,
    fields         jsonb,
    base           bigint NOT NULL,
    actor          uuid NOT NULL,
    device_time    text NOT NULL,
    received_at    timestamptz NOT NULL,
    outcome        text NOT NULL,
    code           text NOT NULL
);
CREATE INDEX change_by_device ON change (device_id, sequence);
CREATE INDEX change_by_position ON change (cooperation_id, position);

-- Every row as it now stands; position is unique within a cooperation and given in commit order.
CREATE TABLE row (
    cooperation_id uuid NOT NULL,
    entity         text NOT NULL,
    row_id         uuid NOT NULL,
    position       bigint NOT NULL,
    fields         jsonb NOT NULL,
    versions       jsonb NOT NULL,
    deleted        boolean NOT NULL,
    team_id        uuid,
    person_id      uuid,
    device_id      uuid,
    PRIMARY KEY (cooperation_id, entity, row_id)
);
CREATE INDEX row_by_position ON row (cooperation_id, position);
CREATE INDEX row_by_person ON row (cooperation_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX row_by_team ON row (cooperation_id, team_id) WHERE team_id IS NOT NULL;
CREATE INDEX belonging_by_person ON row (cooperation_id, person_id) WHERE entity IN ('person', 'membership');
CREATE INDEX membership_by_team ON row (cooperation_id, team_id, person_id) WHERE entity = 'membership';
CREATE INDEX open_conflict ON row (cooperation_id, (fields ->> 'row_id')) WHERE entity = 'conflict' AND NOT deleted;
