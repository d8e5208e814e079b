SELECT tenant, channel, low_usd, high_usd FROM unsettled_costs WHERE provider = $1 AND account = $2
