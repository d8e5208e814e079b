-- Price lists as their provider gave them. A changed list is a new row; old ones stay, so that what held at a time can
-- be looked up. A small table of the whole installation: a reference table where the ledger is distributed.
CREATE TABLE rate_cards (
    provider   text        NOT NULL,
    account    text        NOT NULL,
    country    text        NOT NULL,
    valid_from timestamptz NOT NULL,
    fetched_at timestamptz NOT NULL,
    digest     bytea       NOT NULL,
    body       jsonb       NOT NULL,
    PRIMARY KEY (provider, account, country, valid_from)
);

COMMENT ON COLUMN rate_cards.account IS 'The operator''s alias: each account has prices of its own.';
COMMENT ON COLUMN rate_cards.valid_from IS 'When the list was first seen.';
COMMENT ON COLUMN rate_cards.fetched_at IS 'When it was last seen unchanged.';
