SELECT m.tenant, m.message_id, m.user_id
FROM unnest($1::text[], $2::text[]) AS n (tenant, message_id)
JOIN messages AS m USING (tenant, message_id)
WHERE m.user_id IS NOT NULL
