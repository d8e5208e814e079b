-- What providers bill and what is left of prepaid money. Small tables of the whole installation: reference tables
-- where the ledger is distributed.

CREATE TABLE bills (
    id         bigint      GENERATED ALWAYS AS IDENTITY,
    provider   text        NOT NULL,
    account    text        NOT NULL,
    day        date        NOT NULL,
    category   text        NOT NULL,
    amount     numeric     NOT NULL,
    currency   text        NOT NULL,
    units      numeric,
    is_total   boolean     NOT NULL,
    fetched_at timestamptz NOT NULL,
    PRIMARY KEY (provider, account, day, category, id)
);

COMMENT ON TABLE bills IS 'What a provider billed for a day, as often as it said something new; the row with the largest id stands.';
COMMENT ON COLUMN bills.category IS 'The provider''s own word. Categories overlap and nest: never sum them all.';
COMMENT ON COLUMN bills.is_total IS 'The provider''s own sum of the day.';

CREATE TABLE bill_accounts (
    provider         text NOT NULL,
    account          text NOT NULL,
    fetched_at       timestamptz,
    balance          numeric,
    balance_currency text,
    PRIMARY KEY (provider, account)
);

COMMENT ON COLUMN bill_accounts.fetched_at IS 'When its bill was last read to the end.';

CREATE TABLE unsettled_costs (
    provider text    NOT NULL,
    account  text    NOT NULL,
    tenant   text    NOT NULL,
    channel  text    NOT NULL,
    low_usd  numeric NOT NULL,
    high_usd numeric NOT NULL,
    PRIMARY KEY (provider, account, tenant, channel)
);

COMMENT ON TABLE unsettled_costs IS 'Estimated money of messages that the provider had no price for when it was last asked.';

-- Writes down what is new of a bill and answers how many lines that were. An answer that was fetched before what
-- stands is left out.
CREATE FUNCTION record_bill(
    p_provider text, p_account text, p_fetched_at timestamptz,
    p_day date[], p_category text[], p_amount numeric[], p_currency text[], p_units numeric[], p_is_total boolean[]
) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_new bigint;
BEGIN
    -- Held to the commit: ids are given in the order in which lines become visible, so nobody can read a later
    -- line of a bill and miss an earlier one.
    PERFORM pg_advisory_xact_lock(4702394921427289931);
    INSERT INTO bills (provider, account, day, category, amount, currency, units, is_total, fetched_at)
    SELECT p_provider, p_account, n.day, n.category, n.amount, n.currency, n.units, n.is_total, p_fetched_at
    FROM unnest(p_day, p_category, p_amount, p_currency, p_units, p_is_total)
        AS n (day, category, amount, currency, units, is_total)
    LEFT JOIN LATERAL (
        SELECT * FROM bills b
        WHERE b.provider = p_provider AND b.account = p_account AND b.day = n.day AND b.category = n.category
        ORDER BY b.id DESC LIMIT 1
    ) b ON true
    WHERE CASE
        WHEN b.id IS NULL THEN n.amount <> 0
        ELSE b.fetched_at <= p_fetched_at
            AND (b.amount, b.currency, b.units) IS DISTINCT FROM (n.amount, n.currency, n.units)
    END;
    GET DIAGNOSTICS v_new = ROW_COUNT;
    INSERT INTO bill_accounts (provider, account, fetched_at) VALUES (p_provider, p_account, p_fetched_at)
    ON CONFLICT (provider, account) DO UPDATE
        SET fetched_at = greatest(bill_accounts.fetched_at, excluded.fetched_at);
    RETURN v_new;
END $$;

-- Puts the unsettled money of an account in the place of what stood before.
CREATE FUNCTION replace_unsettled(
    p_provider text, p_account text, p_tenant text[], p_channel text[], p_low_usd numeric[], p_high_usd numeric[]
) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(4702394921427289931);
    DELETE FROM unsettled_costs WHERE provider = p_provider AND account = p_account;
    INSERT INTO unsettled_costs
    SELECT p_provider, p_account, tenant, channel, low_usd, high_usd
    FROM unnest(p_tenant, p_channel, p_low_usd, p_high_usd) AS t (tenant, channel, low_usd, high_usd);
END $$;
