INSERT INTO erasures (tenant, kind, subject, requested_by) VALUES ($1, $2, $3, $4) RETURNING erasure_id
