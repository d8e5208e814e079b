DELETE FROM scan_open_rows WHERE key ~* $1
