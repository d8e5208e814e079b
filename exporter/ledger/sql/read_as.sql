-- The role is taken where it exists; all three end with the transaction.
SELECT
    set_config('comms.tenant', $1, true),
    set_config('comms.all_tenants', $2, true),
    CASE WHEN to_regrole('comms_reader') IS NOT NULL THEN set_config('role', 'comms_reader', true) END
