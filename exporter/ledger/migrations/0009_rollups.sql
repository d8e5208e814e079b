-- What happened by hour and by day, for people: sums that only grow, made by the same fold as the totals.

CREATE TABLE rollup_hour (
    tenant  text        NOT NULL,
    scope   smallint    NOT NULL,
    subject text        NOT NULL,
    family  text        NOT NULL,
    begins  timestamptz NOT NULL,
    labels  text[]      NOT NULL,
    value   numeric     NOT NULL,
    PRIMARY KEY (tenant, scope, subject, family, begins, labels)
) PARTITION BY RANGE (begins);

CREATE TABLE rollup_day (LIKE rollup_hour INCLUDING ALL) PARTITION BY RANGE (begins);

COMMENT ON TABLE rollup_hour IS 'A row a sum and hour; hours without any have no row.';
COMMENT ON COLUMN rollup_hour.scope IS 'As exporter.rollup.Scope: 0 all tenants together (tenant is empty), 1 the tenant, 2 a user, 3 an outlet.';
COMMENT ON COLUMN rollup_hour.subject IS 'The user or outlet, else empty.';
COMMENT ON COLUMN rollup_hour.labels IS 'Those of the family without the tenant; of a histogram with the place of the bucket, or sum_us, as the last.';
COMMENT ON TABLE rollup_day IS 'As rollup_hour, by UTC day, and for users too.';

-- A partition of the table for each of these months, given by their first day.
CREATE FUNCTION ensure_rollup_partitions(p_table text, p_months date[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    month date;
BEGIN
    FOREACH month IN ARRAY p_months LOOP
        CONTINUE WHEN to_regclass(p_table || to_char(month, '_YYYYMM')) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
            p_table || to_char(month, '_YYYYMM'),
            p_table,
            month::timestamp AT TIME ZONE 'UTC',
            (month + interval '1 month')::timestamp AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;

-- Drops whole months that end before p_first, and answers how many.
CREATE FUNCTION drop_rollup_partitions(p_table text, p_first date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    part regclass;
    dropped integer := 0;
BEGIN
    FOR part IN
        SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = p_table::regclass AND relname < p_table || to_char(p_first, '_YYYYMM')
    LOOP
        EXECUTE format('DROP TABLE %s', part);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$;
