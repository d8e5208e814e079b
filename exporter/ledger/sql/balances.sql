SELECT tenant, sum(balance) AS balance FROM credit_balances GROUP BY 1
