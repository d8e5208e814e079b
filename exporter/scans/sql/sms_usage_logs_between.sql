SELECT
    row.id, row.user_id, row.message_direction, row.message_length, row.success, row.processing_time_ms,
    row.error_message, row.created_at
FROM unnest($1::bigint[], $2::bigint[]) AS gap (low, high)
JOIN :table AS row ON row.id BETWEEN gap.low AND gap.high
ORDER BY row.id
LIMIT $3
