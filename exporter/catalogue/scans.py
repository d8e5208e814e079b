"""Database scans: their runs, and the numbers that they read."""

from __future__ import annotations

from exporter.catalogue.family import Family, Kind, Origin

_SCAN_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)

SCANS = (
    Family(
        "comms_scan_runs_total", Kind.COUNTER, "Runs of database scans.", ("scan", "status"), Origin.PROCESS
    ),
    Family(
        "comms_scan_rows_total",
        Kind.COUNTER,
        "Rows seen for the first time by a scan.",
        ("scan",),
        Origin.PROCESS,
    ),
    Family(
        "comms_scan_late_rows_total",
        Kind.COUNTER,
        "Rows that became visible behind the scan's cursor.",
        ("scan",),
        Origin.PROCESS,
    ),
    Family(
        "comms_scan_given_up_total",
        Kind.COUNTER,
        "Missing ids, open rows and rows without a time that a scan let go because it keeps no more of them.",
        ("scan", "what"),
        Origin.PROCESS,
    ),
    Family(
        "comms_scan_duration_seconds",
        Kind.HISTOGRAM,
        "Time of scan runs, in seconds.",
        ("scan",),
        Origin.PROCESS,
        _SCAN_S,
    ),
    Family(
        "comms_scan_last_success_timestamp_seconds",
        Kind.GAUGE,
        "When a scan last succeeded, in Unix seconds; 0 before the first.",
        ("scan",),
        Origin.PROCESS,
    ),
    Family(
        "comms_scan_billed_bytes_total",
        Kind.COUNTER,
        "Bytes that a warehouse bills for the queries of a scan; 0 of a database that bills none.",
        ("scan",),
        Origin.PROCESS,
    ),
    Family(
        "comms_scan_interval_seconds",
        Kind.GAUGE,
        "Time between runs of a scan, in seconds.",
        ("scan",),
        Origin.PROCESS,
    ),
    Family(
        "comms_scanned_active_conversations",
        Kind.GAUGE,
        "Conversations that are open in a scanned database.",
        ("scan", "tenant"),
        Origin.PROCESS,
    ),
    Family(
        "comms_scanned_credit_balance",
        Kind.GAUGE,
        "Prepaid credit left by a scanned database.",
        ("scan", "tenant"),
        Origin.PROCESS,
    ),
    Family(
        "comms_scanned_messages_pending",
        Kind.GAUGE,
        "Messages without a final status in a scanned database.",
        ("scan", "tenant", "channel", "age"),
        Origin.PROCESS,
    ),
    Family(
        "comms_scanned_users",
        Kind.GAUGE,
        "Users of a scanned database by the state that it gives them.",
        ("scan", "tenant", "state"),
        Origin.PROCESS,
    ),
    Family(
        "comms_scanned_queue_depth",
        Kind.GAUGE,
        "Items waiting in a scanned database.",
        ("scan", "queue"),
        Origin.PROCESS,
    ),
    Family(
        "comms_scanned_rate_limit_used_ratio",
        Kind.GAUGE,
        "Share of a provider's rate limit in use by a scanned database, 0 to 1.",
        ("scan", "provider", "api"),
        Origin.PROCESS,
    ),
    Family(
        "comms_scanned_data_timestamp_seconds",
        Kind.GAUGE,
        "Time of the newest row of a scanned table, in Unix seconds.",
        ("scan", "table"),
        Origin.PROCESS,
    ),
)
