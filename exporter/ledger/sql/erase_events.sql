UPDATE events AS e SET
    key = n.key, message_id = n.message_id, outlet = n.outlet, user_id = n.user_id,
    conversation_id = n.conversation_id, data = n.data, raw = ''
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
    AS n (seq, key, message_id, outlet, user_id, conversation_id, data)
WHERE e.seq = n.seq
