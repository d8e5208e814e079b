UPDATE webhook_endpoints SET
    previous_secret = secret, previous_until = now() + make_interval(secs => $4), secret = $3
WHERE tenant = $1 AND endpoint_id = $2
