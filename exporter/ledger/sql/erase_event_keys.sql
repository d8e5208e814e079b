UPDATE event_keys SET key = erased_id($3, key) WHERE tenant IN ($1, '') AND key ~* $2
