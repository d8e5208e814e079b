UPDATE pages SET
    title = regexp_replace(title, $1, 'erased', 'gi'),
    text = regexp_replace(text, $1, 'erased', 'gi'),
    group_labels = CASE WHEN encode(group_labels, 'escape') ~* $1 THEN '{}' ELSE group_labels END
WHERE title ~* $1 OR text ~* $1 OR encode(group_labels, 'escape') ~* $1
