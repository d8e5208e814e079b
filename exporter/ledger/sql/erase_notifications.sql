UPDATE notifications SET
    title = regexp_replace(title, $2, 'erased', 'gi'),
    message = regexp_replace(message, $2, 'erased', 'gi'),
    data = CASE WHEN data::text ~* $2 THEN NULL ELSE data END,
    cause = CASE WHEN cause ~* $2 THEN erased_id($3, cause) ELSE cause END
WHERE tenant = $1 AND (title ~* $2 OR message ~* $2 OR data::text ~* $2 OR cause ~* $2)
