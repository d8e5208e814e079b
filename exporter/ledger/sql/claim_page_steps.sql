SELECT * FROM claim_page_steps(make_interval(secs => $1), make_interval(secs => $2), $3, $4)
