-- The numbers that we rent, as their provider lists them. A small table of the whole installation: a reference table
-- where the ledger is distributed.
CREATE TABLE own_numbers (
    provider         text        NOT NULL,
    account          text        NOT NULL,
    number           text        NOT NULL,
    tenant           text        NOT NULL,
    alias            text,
    monthly_rent_usd numeric     NOT NULL,
    first_listed_at  timestamptz NOT NULL,
    listed_at        timestamptz NOT NULL,
    PRIMARY KEY (provider, account, number)
);

COMMENT ON COLUMN own_numbers.number IS 'As events name it in own_number.';
COMMENT ON COLUMN own_numbers.first_listed_at IS 'Since when we know it; before that its messages may not be known.';

-- Puts a whole list in the place of the one before; what stays on it keeps when it was first listed.
CREATE FUNCTION replace_own_numbers(
    p_provider text, p_account text, p_listed_at timestamptz,
    p_number text[], p_tenant text[], p_alias text[], p_monthly_rent_usd numeric[]
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(4702394921427289931);
    DELETE FROM own_numbers
    WHERE provider = p_provider AND account = p_account AND number <> ALL (p_number);
    INSERT INTO own_numbers AS n (
        provider, account, number, tenant, alias, monthly_rent_usd, first_listed_at, listed_at
    )
    SELECT p_provider, p_account, number, tenant, alias, monthly_rent_usd, p_listed_at, p_listed_at
    FROM unnest(p_number, p_tenant, p_alias, p_monthly_rent_usd) AS t (number, tenant, alias, monthly_rent_usd)
    ON CONFLICT (provider, account, number) DO UPDATE SET
        tenant = excluded.tenant,
        alias = excluded.alias,
        monthly_rent_usd = excluded.monthly_rent_usd,
        listed_at = greatest(n.listed_at, excluded.listed_at);
END $$;
