-- Every transaction that runs now has a number from xmin on and below bound. pg_snapshot_xmax alone is only one past the
-- highest that has ended; those that run may be above it. A replica sees no locks, and takes pg_snapshot_xmax.
SELECT
    pg_snapshot_xmin(snapshot)::text::bigint AS xmin,
    greatest(pg_snapshot_xmax(snapshot)::text::bigint, (
        SELECT max(xmax + (((transactionid::text::bigint - xmax) & 4294967295) # 2147483648) - 2147483648) + 1
        FROM pg_locks, (SELECT pg_snapshot_xmax(snapshot)::text::bigint AS xmax) AS ended
        WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
    )) AS bound,
    least(clock_timestamp(), (
        SELECT min(xact_start) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
    )) AS oldest_start,
    clock_timestamp() AS now
FROM (SELECT pg_current_snapshot() AS snapshot) AS taken
