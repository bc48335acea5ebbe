-- How long a laptop works without being seen, the key its help codes are sealed to, and what it confirmed to hold.
ALTER TABLE cooperation
    ADD COLUMN lease_days integer NOT NULL DEFAULT 30 CHECK (lease_days >= 0),
    ADD COLUMN escrow_key bytea;

ALTER TABLE device
    ADD COLUMN token_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN next_token_hash bytea UNIQUE,
    ADD COLUMN sealed_help bytea,
    ADD COLUMN confirmed_position bigint NOT NULL DEFAULT 0;
