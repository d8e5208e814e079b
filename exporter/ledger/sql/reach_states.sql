INSERT INTO conversation_states (tenant, conversation_id, state, reached_on)
SELECT DISTINCT n.tenant, n.conversation_id, n.state, (now() AT TIME ZONE 'UTC')::date
FROM unnest($1::text[], $2::text[], $3::text[]) AS n (tenant, conversation_id, state)
ON CONFLICT DO NOTHING
RETURNING tenant, conversation_id, state
