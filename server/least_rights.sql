-- What the serving process needs and nothing more. Run `python -m server init` as the owner of the tables, this after
-- it (and after every update), and serve with the role pusterum_server: it reads and writes rows, makes no tables,
-- changes none, and reads no other schema. It has no password yet: give it one with \password.
--
--   psql -d pusterum -f server/least_rights.sql        (as a superuser; all of it or nothing)
BEGIN;
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'pusterum_server') THEN
        CREATE ROLE pusterum_server LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS;
    END IF;
    -- Where the owner of the tables makes them by a right of everybody's, as before PostgreSQL 15, it keeps that right.
    EXECUTE format(
        'GRANT USAGE, CREATE ON SCHEMA public TO %I',
        (SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = 'schema_version')
    );
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO pusterum_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pusterum_server;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pusterum_server;
REVOKE INSERT, UPDATE, DELETE ON schema_version FROM pusterum_server;
COMMIT;
