DELETE FROM scan_open_rows WHERE scan = $1 AND key = ANY($2::text[])
