DELETE FROM parked_events WHERE tenant = $1 AND (detail ~* $2 OR encode(raw, 'escape') ~* $2)
