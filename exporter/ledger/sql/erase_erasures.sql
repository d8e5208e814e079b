UPDATE erasures SET requested_by = 'erased' WHERE tenant = $1 AND (requested_by = $3 OR requested_by ~* $2)
