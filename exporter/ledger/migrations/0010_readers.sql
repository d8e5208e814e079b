-- A role for those who only read, who see the rows of one tenant: the second wall behind the API's own checks.
-- Roles belong to the whole server, so that it may exist already. Where we may not make one, an administrator does:
-- CREATE ROLE comms_reader NOLOGIN; GRANT comms_reader TO <the exporter's role>.

DO $$
BEGIN
    CREATE ROLE comms_reader NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN RAISE WARNING 'comms_reader cannot be made: row-level security is off';
END $$;

-- Lets comms_reader see the rows of the tenant that its transaction names, in a table that has one.
CREATE FUNCTION open_to_readers(p_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF to_regrole('comms_reader') IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT SELECT ON %s TO comms_reader', p_table);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
    EXECUTE format(
        'CREATE POLICY own_tenant ON %s FOR SELECT TO comms_reader '
        'USING (tenant = current_setting(''comms.tenant'', true) OR current_setting(''comms.all_tenants'', true) = ''on'')',
        p_table
    );
END $$;

SELECT open_to_readers(name::regclass)
FROM unnest(ARRAY['events', 'messages', 'credit_balances', 'rollup_hour', 'rollup_day']) AS name;

DO $$
BEGIN
    IF to_regrole('comms_reader') IS NOT NULL THEN
        GRANT SELECT ON checkpoints TO comms_reader;
    END IF;
END $$;
