SELECT
    seq, source, received_at, late, delivery_us, response_us, channel, engaged, template, template_steps,
    charged, told_again, data
FROM events
WHERE seq > $1 AND seq <= $3 AND received_at >= $2 AND kind = ANY ($4::text[])
ORDER BY seq
