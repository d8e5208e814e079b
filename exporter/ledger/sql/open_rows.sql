SELECT key, at FROM scan_open_rows WHERE scan = $1 AND key > $2 ORDER BY key LIMIT $3
