-- Not deleted: the tenant's sum stays.
UPDATE credit_balances SET user_id = erased_id($3, user_id) WHERE tenant = $1 AND (user_id = $4 OR user_id ~* $2)
