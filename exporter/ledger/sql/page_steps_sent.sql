SELECT page_steps_sent($1, $2, $3, $4)
