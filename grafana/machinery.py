"""Rows about our own machinery, the same on every board: does everything reach us, is the exporter itself fine."""

from __future__ import annotations

from grafana.board import Panel, Query, Row

REACHING = Row(
    "Does everything reach us",
    (
        Panel(
            41,
            "timeseries",
            "Events received",
            "By source and what became of them; IngestErrorRatioHigh and WebhookSilent watch the requests behind.",
            "ops",
            (
                Query(
                    "sum by (source, outcome) (rate(comms_events_received_total[$__rate_interval]))",
                    "{{source}} {{outcome}}",
                ),
            ),
        ),
        Panel(
            42,
            "timeseries",
            "Refused signatures",
            "Requests that could not prove who sent them; WebhookSignatureFailures pages above 5 a minute.",
            "ops",
            (
                Query(
                    "sum by (source, reason) (rate(comms_signature_failures_total[$__rate_interval]))",
                    "{{source}} {{reason}}",
                ),
            ),
            limit=5 / 60,
        ),
        Panel(
            43,
            "timeseries",
            "Parked events",
            "Kept aside with their bytes because they could not be counted; EventsParked makes a ticket.",
            "short",
            (Query("max by (source, reason) (comms_parked_events)", "{{source}} {{reason}}"),),
        ),
        Panel(
            44,
            "timeseries",
            "Age of scans in intervals",
            "Intervals since a database scan last succeeded; ScanStale pages above 3.",
            "short",
            (Query("scan:comms_scan_age_per_interval:ratio", "{{scan}}"),),
            limit=3,
        ),
    ),
)

EXPORTER = Row(
    "Is the exporter itself fine",
    (
        Panel(
            51,
            "timeseries",
            "Answering replicas",
            "1 while the replica answers its scrape; ExporterDown pages when none does.",
            "short",
            (Query('up{job="comms-exporter"}', "{{instance}}"),),
        ),
        Panel(
            52,
            "timeseries",
            "Ledger: up, and time to commit p95",
            "1 while the ledger takes events (LedgerDown), and the seconds within which 95 of 100 batches commit.",
            "short",
            (
                Query("comms_ledger_up", "up {{instance}}"),
                Query(
                    "histogram_quantile(0.95, sum by (instance, le) ("
                    "rate(comms_ledger_append_seconds_bucket[$__rate_interval])))",
                    "p95 seconds {{instance}}",
                ),
            ),
        ),
        Panel(
            53,
            "timeseries",
            "Events not folded yet",
            "Stored but not in the totals of the replica; FollowerLagging pages above 1000.",
            "short",
            (Query("comms_follower_lag_events", "{{instance}}"),),
            limit=1000,
        ),
        Panel(
            54,
            "timeseries",
            "Leaders",
            "Replicas that run the scheduled work; NoLeader and TwoLeaders fire when it is not one.",
            "short",
            (Query("job:comms_leader:sum", "{{job}}"),),
        ),
        Panel(
            55,
            "timeseries",
            "Series used of their limit",
            "The ten metrics closest to folding values into _other; SeriesNearLimit makes a ticket above 90%.",
            "percentunit",
            (Query("topk(10, metric:comms_series_per_limit:ratio)", "{{metric}}"),),
            limit=0.9,
        ),
    ),
)
