INSERT INTO credit_balances AS b (tenant, user_id, balance, at)
SELECT DISTINCT ON (tenant, user_id) tenant, user_id, balance, at
FROM unnest($1::text[], $2::text[], $3::numeric[], $4::timestamptz[]) AS t (tenant, user_id, balance, at)
ORDER BY tenant, user_id, at DESC, balance DESC
ON CONFLICT (tenant, user_id) DO UPDATE SET balance = excluded.balance, at = excluded.at
WHERE (excluded.at, excluded.balance) > (b.at, b.balance)
