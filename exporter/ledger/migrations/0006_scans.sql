-- A scan may read several tables, each with a cursor of its own; rows that still change are read again by their key.

-- Until now every scan read the one table of its profile sms_usage_logs.
UPDATE scan_cursors SET scan = scan || '/messages' WHERE scan NOT LIKE '%/%';

CREATE TABLE scan_open_rows (
    scan text        NOT NULL,
    key  text        NOT NULL,
    at   timestamptz NOT NULL,
    PRIMARY KEY (scan, key)
);

COMMENT ON TABLE scan_open_rows IS 'Rows of scanned tables that may change, by their key as JSON; gone once they are final or too old.';
