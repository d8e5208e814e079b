SELECT page, is_new FROM open_page($1, $2, $3, $4, $5, make_interval(secs => $6), $7, $8, $9)
