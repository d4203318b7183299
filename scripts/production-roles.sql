-- Roles of a production ledger, by least privilege. Run once on the server, as a role that may create
-- roles and owns the database and the schema `scrip`, after `scrip init --database`:
--
--   psql -v ON_ERROR_STOP=1 postgres://owner@host:5432/database -f scripts/production-roles.sql
--
-- All of it is done or nothing. Who runs it becomes a member of scrip_migrator, and may run it again and
-- `scrip upgrade` later.
--
-- Then make people and services members:   GRANT scrip_reader TO ana;   GRANT scrip_engine TO posting;
--
--   scrip_reader   reads everything: desks that pull, analysts
--   scrip_operator reads, and records what people decide: desks that push or work with --database
--   scrip_engine   does that too, and imports and posts usage: services
--   scrip_migrator owns the tables; nobody works with it day by day
--
-- No role but the owner can change or remove a row of the ledger, and even the owner meets the triggers.

BEGIN;

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['scrip_reader', 'scrip_operator', 'scrip_engine', 'scrip_migrator'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
    END LOOP;
    -- Tables are handed over only by a member of whom they are handed to.
    IF NOT pg_has_role(current_user, 'scrip_migrator', 'MEMBER') THEN
        EXECUTE format('GRANT scrip_migrator TO %I', current_user);
    END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO scrip_migrator', current_database());
END;
$$;

GRANT USAGE ON SCHEMA scrip TO scrip_reader, scrip_operator, scrip_engine;
GRANT SELECT ON ALL TABLES IN SCHEMA scrip TO scrip_reader, scrip_operator, scrip_engine;

-- Everything of the ledger is added, nothing is changed.
GRANT INSERT ON ALL TABLES IN SCHEMA scrip TO scrip_operator, scrip_engine;
REVOKE INSERT ON scrip.formats, scrip.workspace, scrip.accounts, scrip._sqlx_migrations
FROM scrip_operator, scrip_engine;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA scrip TO scrip_operator, scrip_engine;

-- Usage is imported and posted by services.
REVOKE INSERT ON
    scrip.imports, scrip.segments, scrip.key_files, scrip.details, scrip.archive_parts,
    scrip.projection_segment_progress
FROM scrip_operator;

-- Projections are kept up to date.
GRANT UPDATE ON scrip.projection_heads, scrip.projection_books TO scrip_operator, scrip_engine;
GRANT UPDATE ON scrip.projection_segment_progress TO scrip_engine;

-- Tables of later versions.
ALTER DEFAULT PRIVILEGES IN SCHEMA scrip GRANT SELECT ON TABLES
TO scrip_reader, scrip_operator, scrip_engine;

DO $$
DECLARE
    t record;
BEGIN
    ALTER SCHEMA scrip OWNER TO scrip_migrator;
    FOR t IN
        SELECT c.relname AS name, c.relkind AS kind FROM pg_class AS c
        WHERE c.relnamespace = 'scrip'::regnamespace AND c.relkind IN ('r', 'p', 'v')
    LOOP
        EXECUTE format(
            'ALTER %s scrip.%I OWNER TO scrip_migrator',
            CASE t.kind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, t.name
        );
    END LOOP;
    FOR t IN
        SELECT p.oid::regprocedure AS name FROM pg_proc AS p WHERE p.pronamespace = 'scrip'::regnamespace
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO scrip_migrator', t.name);
    END LOOP;
END;
$$;

COMMIT;
