UPDATE pages SET closed_at = now(), closed_by = 'expired'
WHERE closed_at IS NULL AND opened_at < now() - make_interval(secs => $1)
