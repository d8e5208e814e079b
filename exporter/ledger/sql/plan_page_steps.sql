-- Two replicas may plan the same step; one is enough. Not once somebody has answered.
INSERT INTO page_steps (page_id, person, way, channel)
SELECT $1, s.person, s.way, s.channel FROM unnest($2::text[], $3::integer[], $4::text[]) AS s (person, way, channel)
WHERE EXISTS (SELECT FROM pages WHERE page_id = $1 AND closed_at IS NULL AND acked_at IS NULL)
ON CONFLICT DO NOTHING
