SELECT replace_unsettled($1, $2, $3, $4, $5, $6)
