-- What the serving process needs and nothing more. Run `python -m server init` as the owner of the tables, this once
-- after it (and after every update), and serve with the role pusterum_server: it reads and writes rows, makes no
-- tables, changes none, and reads no other schema.
--
--   psql -d pusterum -f server/least_rights.sql
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'pusterum_server') THEN
        CREATE ROLE pusterum_server LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOBYPASSRLS;
    END IF;
END
$$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO pusterum_server;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pusterum_server;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pusterum_server;
REVOKE INSERT, UPDATE, DELETE ON schema_version FROM pusterum_server;
