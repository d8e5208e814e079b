UPDATE erasures SET counts = counts || jsonb_build_object(
    $2::text, coalesce((counts ->> $2::text)::bigint, 0) + $3::bigint
)
WHERE erasure_id = $1
