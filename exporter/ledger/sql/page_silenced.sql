UPDATE pages SET silenced_at = now() WHERE page_id = $1
