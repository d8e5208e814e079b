SELECT m.tenant, m.channel, m.provider, count(*) AS messages
FROM messages m
CROSS JOIN LATERAL (
    SELECT level.seconds
    FROM unnest($1::text[], $2::text[], $3::float8[]) AS level (tenant, channel, seconds)
    WHERE level.tenant IN ('', m.tenant) AND level.channel IN ('', m.channel)
    -- A channel of a tenant wins over the tenant, the tenant over the channel, the channel over the default.
    ORDER BY level.tenant = '', level.channel = ''
    LIMIT 1
) threshold
WHERE m.direction = 'outbound' AND m.rank < 6 AND m.first_at > now() - interval '7 days'
    -- 2 is exporter.vocabulary.BIT of `scheduled`: whoever scheduled a message waits from its next step on.
    AND m.seen <> 2
    AND CASE WHEN m.seen & 2 <> 0 THEN m.updated_at ELSE m.first_at END < now() - make_interval(secs => threshold.seconds)
GROUP BY 1, 2, 3
