SELECT queued, dropped FROM enqueue_webhook($1, $2, $3, $4, $5, $6)
