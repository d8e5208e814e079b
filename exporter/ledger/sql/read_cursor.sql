SELECT state::text AS state, version FROM scan_cursors WHERE scan = $1
