UPDATE erasures SET
    done_seq = $2,
    counts = counts || jsonb_build_object('events', coalesce((counts ->> 'events')::bigint, 0) + $3::bigint)
WHERE erasure_id = $1
