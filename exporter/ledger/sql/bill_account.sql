SELECT fetched_at, balance, balance_currency FROM bill_accounts WHERE provider = $1 AND account = $2
