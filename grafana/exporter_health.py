"""Rows of the board "Exporter itself" that say whether it is fine: now, what reaches it, its ledger and its work."""

from __future__ import annotations

from grafana.board import Limit, Panel, Query, Row, graph, stat
from grafana.promql import or_zero, top

NOW = Row(
    "Now",
    (
        stat(
            1,
            "Answering replicas",
            "Exporters that answer their scrape; ExporterDown pages when none does.",
            "short",
            'sum(up{job="comms-exporter"}) or vector(0)',
            Limit(1, "below"),
        ),
        Panel(
            2,
            "stat",
            "The ledger",
            "Whether some replica can store events; LedgerDown pages when none can.",
            "short",
            (Query("max(comms_ledger_up) or vector(0)", "ledger"),),
            Limit(1, "below"),
            words={"0": "DOWN", "1": "takes events"},
        ),
        stat(
            3,
            "Events received",
            "Events a second handed to all replicas, over the last minutes.",
            "ops",
            "sum(rate(comms_events_received_total[$__rate_interval]))",
        ),
        stat(
            4,
            "Waiting to be stored",
            "Events that wait for their commit, on all replicas.",
            "short",
            "sum(comms_ledger_queue_events)",
        ),
        stat(
            5,
            "Stored but not counted",
            "Events that the replica which is furthest behind has not folded; FollowerLagging pages above 1000.",
            "short",
            "max(comms_follower_lag_events)",
            Limit(1000),
        ),
        stat(
            6,
            "Parked events",
            "Events kept aside because they could not be counted; EventsParked makes a ticket.",
            "short",
            or_zero("sum(max by (source, reason) (comms_parked_events))"),
            Limit(1, color="orange"),
        ),
    ),
)

REACHING = Row(
    "Does everything reach us",
    (
        graph(
            11,
            "Events received",
            "By source and what became of them; IngestErrorRatioHigh and WebhookSilent watch the requests behind.",
            "ops",
            Query(
                top("sum by (source, outcome) (rate(comms_events_received_total[$__rate_interval]))"),
                "{{source}} {{outcome}}",
            ),
        ),
        graph(
            12,
            "Refused signatures",
            "Requests that could not prove who sent them; WebhookSignatureFailures pages above 5 a minute.",
            "ops",
            Query(
                top("sum by (source, reason) (rate(comms_signature_failures_total[$__rate_interval]))"),
                "{{source}} {{reason}}",
            ),
            limit=Limit(5 / 60),
        ),
        graph(
            13,
            "Parked events",
            "Kept aside with their bytes because they could not be counted; EventsParked makes a ticket.",
            "short",
            Query(top("max by (source, reason) (comms_parked_events)"), "{{source}} {{reason}}"),
        ),
        graph(
            14,
            "Age of scans in intervals",
            "Intervals since a database scan last succeeded; ScanStale pages above 3.",
            "short",
            Query("scan:comms_scan_age_per_interval:ratio", "{{scan}}"),
            limit=Limit(3),
        ),
        graph(
            15,
            "Repeated share of events",
            "Events that were counted before, over those received; WebhookDuplicateFlood makes a ticket above 50%.",
            "percentunit",
            Query("source:comms_events_duplicate_per_received:ratio_rate15m", "{{source}}"),
            limit=Limit(0.5),
        ),
    ),
)

FINE = Row(
    "Is the exporter itself fine",
    (
        graph(
            21,
            "Answering replicas",
            "1 while the replica answers its scrape; ExporterDown pages when none does.",
            "short",
            Query('up{job="comms-exporter"}', "{{instance}}"),
        ),
        graph(
            22,
            "Ledger: up, and time to commit p95",
            "1 while the ledger takes events (LedgerDown), and the seconds within which 95 of 100 batches commit.",
            "short",
            Query("comms_ledger_up", "up {{instance}}"),
            Query(
                "histogram_quantile(0.95, sum by (instance, le) ("
                "rate(comms_ledger_append_seconds_bucket[$__rate_interval])))",
                "p95 seconds {{instance}}",
            ),
        ),
        graph(
            23,
            "Events not folded yet",
            "Stored but not in the totals of the replica; FollowerLagging pages above 1000.",
            "short",
            Query("comms_follower_lag_events", "{{instance}}"),
            limit=Limit(1000),
        ),
        graph(
            24,
            "Leaders",
            "Replicas that run the scheduled work; NoLeader and TwoLeaders fire when it is not one.",
            "short",
            Query("job:comms_leader:sum", "{{job}}"),
        ),
    ),
)

WORKING = Row(
    "What does it do, and how fresh is it",
    (
        graph(
            31,
            "Answers by route",
            "HTTP requests a second, by route and status code; the ten most frequent.",
            "ops",
            Query(
                top("sum by (route, code) (rate(comms_http_requests_total[$__rate_interval]))"),
                "{{route}} {{code}}",
            ),
        ),
        graph(
            32,
            "Work that failed",
            "Runs a second of scheduled work that did not succeed, and metrics that could not be rendered.",
            "ops",
            Query(
                top('sum by (work, status) (rate(comms_jobs_total{status!="success"}[$__rate_interval]))'),
                "{{work}} {{status}}",
            ),
            Query(
                top("sum by (metric) (rate(comms_exposition_failures_total[$__rate_interval]))"),
                "{{metric}} not rendered",
            ),
        ),
        graph(
            33,
            "Since the newest event",
            "By source, by the source's own time.",
            "s",
            Query("time() - max by (source) (comms_data_timestamp_seconds)", "{{source}}"),
        ),
        graph(
            34,
            "Since the last checkpoint",
            "CheckpointStale makes a ticket; a start has to fold what came since.",
            "s",
            Query("time() - max(comms_checkpoint_timestamp_seconds)", "checkpoint"),
        ),
        graph(
            35,
            "Alerts that are blind",
            "Shipped alerts that read a metric without series, by that metric; RuleInputsAbsent makes a ticket.",
            "short",
            Query(top("max by (metric) (comms_rule_inputs_absent)"), "{{metric}}"),
        ),
    ),
)
