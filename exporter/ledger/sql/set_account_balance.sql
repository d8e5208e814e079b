INSERT INTO bill_accounts (provider, account, balance, balance_currency) VALUES ($1, $2, $3, $4)
ON CONFLICT (provider, account) DO UPDATE
    SET balance = excluded.balance, balance_currency = excluded.balance_currency
