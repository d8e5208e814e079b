SELECT
    event_place, new_seq, stored_at, was_late, delivered_us, answered_us, of_channel, now_engaged, of_template,
    now_template_steps, now_charged, is_told_again
FROM append_events(
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28
)
