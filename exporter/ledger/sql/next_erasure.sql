SELECT tenant, erasure_id FROM erasures WHERE finished_at IS NULL ORDER BY requested_at LIMIT 1
