"""The board "Exporter itself": does everything reach us, is the exporter fine, which thresholds are in force."""

from __future__ import annotations

from grafana.board import Board, Column, Limit, Panel, Query, Row, graph, stat
from grafana.promql import DEFAULT_THRESHOLD, THRESHOLD, or_zero, top


def _scanned(gauge: str, by: str = "scan") -> str:
    """A gauge of a scanned database: only the leader scans, and a leader of before may still show what it saw."""
    return f"sum by ({by}) (max without (instance) (comms_scanned_{gauge}))"


_NOW = Row(
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

_REACHING = Row(
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

_FINE = Row(
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

_WORKING = Row(
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

_SCANS = Row(
    "Do scans and sweeps find what they should",
    (
        graph(
            51,
            "Runs of scans",
            "Runs a second of database scans, by how they ended.",
            "ops",
            Query(
                "sum by (scan, status) (rate(comms_scan_runs_total[$__rate_interval]))",
                "{{scan}} {{status}}",
            ),
        ),
        graph(
            52,
            "Rows found",
            "Rows a second seen for the first time, those of them behind the cursor, and what ScanGivesUp tells of.",
            "ops",
            Query("sum by (scan) (rate(comms_scan_rows_total[$__rate_interval]))", "{{scan}}"),
            Query("sum by (scan) (rate(comms_scan_late_rows_total[$__rate_interval]))", "late {{scan}}"),
            Query("sum by (scan) (rate(comms_scan_given_up_total[$__rate_interval]))", "given up {{scan}}"),
        ),
        graph(
            53,
            "Time of scans, p95",
            "95 of 100 runs took up to this time.",
            "s",
            Query(
                "histogram_quantile(0.95, sum by (scan, le) ("
                "rate(comms_scan_duration_seconds_bucket[$__rate_interval])))",
                "{{scan}}",
            ),
        ),
        graph(
            54,
            "Steps reported only when asked",
            "Message steps a second whose callback never came; many of them mean that callbacks are lost.",
            "ops",
            Query(
                "sum by (source, status) (rate(comms_reconciled_messages_total[$__rate_interval]))",
                "{{source}} {{status}}",
            ),
        ),
    ),
)

_SCANNED = Row(
    "What do scanned databases say of themselves",
    (
        graph(
            55,
            "Bytes billed for scans",
            "Bytes a second that a warehouse bills for the queries of a scan; 0 where a database bills none.",
            "Bps",
            Query("sum by (scan) (rate(comms_scan_billed_bytes_total[$__rate_interval]))", "{{scan}}"),
        ),
        graph(
            56,
            "Open and waiting",
            "Conversations that are open, messages without a final status, and the ten longest queues.",
            "short",
            Query(_scanned("active_conversations"), "conversations {{scan}}"),
            Query(_scanned("messages_pending"), "messages {{scan}}"),
            Query(top("max by (scan, queue) (comms_scanned_queue_depth)"), "{{queue}} {{scan}}"),
        ),
        graph(
            57,
            "Users by state",
            "As the scanned database calls the states; the ten most frequent.",
            "short",
            Query(top(_scanned("users", "scan, state")), "{{state}} {{scan}}"),
        ),
        graph(
            58,
            "Prepaid credit left",
            "In the unit of the scanned database; the ten tenants with the least.",
            "short",
            Query(
                "bottomk(10, max by (scan, tenant) (comms_scanned_credit_balance))",
                "{{tenant}} {{scan}}",
            ),
        ),
        graph(
            59,
            "Rate limits in use",
            "As the scanned database reckons them; the ten closest to their limit.",
            "percentunit",
            Query(
                top("max by (scan, provider, api) (comms_scanned_rate_limit_used_ratio)"),
                "{{provider}} {{api}}",
            ),
        ),
        graph(
            60,
            "Since the newest row",
            "By scanned table, by the row's own time; the ten oldest.",
            "s",
            Query(
                top("time() - max by (scan, table) (comms_scanned_data_timestamp_seconds)"),
                "{{scan}} {{table}}",
            ),
        ),
    ),
)

_LIMITS = Row(
    "Is there room left",
    (
        graph(
            25,
            "Series used of their limit",
            "The ten metrics closest to folding values into _other; SeriesNearLimit makes a ticket above 90%.",
            "percentunit",
            Query(top("metric:comms_series_per_limit:ratio"), "{{metric}}"),
            limit=Limit(0.9),
        ),
        graph(
            26,
            "Values folded into _other",
            "Events a second counted under _other because a metric was at its limit; SeriesFolded makes a ticket.",
            "ops",
            Query(top("sum by (metric) (rate(comms_series_folded_total[$__rate_interval]))"), "{{metric}}"),
        ),
        graph(
            27,
            "Events a commit",
            "Half, and 95 of 100, commits held up to so many events: large ones mean that events wait for the disk.",
            "short",
            Query(
                "histogram_quantile(0.5, sum by (le) (rate(comms_ledger_batch_events_bucket[$__rate_interval])))",
                "p50",
            ),
            Query(
                "histogram_quantile(0.95, sum by (le) (rate(comms_ledger_batch_events_bucket[$__rate_interval])))",
                "p95",
            ),
        ),
    ),
)

_THRESHOLDS = Row(
    "Which thresholds are in force, and is Prometheus well",
    (
        Panel(
            41,
            "table",
            "Default thresholds",
            "From sla: in config.yaml, or built in where no replica exports them (ThresholdsNotExported).",
            "none",
            (Query(f"max by (rule) ({DEFAULT_THRESHOLD})", ""),),
            columns=(Column("Time", hidden=True), Column("Value", "threshold")),
        ),
        Panel(
            42,
            "table",
            "Thresholds of tenants and channels",
            "The nearest level wins: a channel of a tenant, a tenant, a channel, the default.",
            "none",
            (Query(f"max by (rule, tenant, channel) ({THRESHOLD})", ""),),
            columns=(Column("Time", hidden=True), Column("Value", "threshold")),
        ),
        graph(
            43,
            "Configuration and clocks",
            "0 once a reload failed (ConfigReloadFailed), and by how many seconds a clock differs (ClockSkew).",
            "short",
            Query("min by (instance) (comms_config_last_reload_successful)", "loaded {{instance}}"),
            Query("comms_clock_seconds - timestamp(comms_clock_seconds)", "clock {{instance}}"),
        ),
        graph(
            44,
            "Rules and notifications that fail",
            "A second; RuleEvaluationFailures and NotificationsFailing make tickets.",
            "ops",
            Query(
                "sum(rate(prometheus_rule_evaluation_failures_total[$__rate_interval]))",
                "rules",
            ),
            Query(
                "sum by (integration) (rate(alertmanager_notifications_failed_total[$__rate_interval]))",
                "notifications {{integration}}",
            ),
        ),
    ),
)

_PAGES = Row(
    "Do pages reach somebody",
    (
        graph(
            61,
            "Steps of pages",
            "A second, by channel and what became of them; PagingBroken pages when none can be handed over.",
            "ops",
            Query(
                top("sum by (channel, outcome) (rate(comms_pages_total[$__rate_interval]))"),
                "{{channel}} {{outcome}}",
            ),
        ),
        graph(
            62,
            "Oldest page that reached nobody",
            "PageNotDelivered pages above five minutes.",
            "s",
            Query("max(comms_page_undelivered_seconds)", "oldest"),
            limit=Limit(300),
        ),
        graph(
            63,
            "Time until a page arrives, p95",
            "From Alertmanager's notification to the receipt, for 95 of 100 pages of a channel.",
            "s",
            Query(
                "histogram_quantile(0.95, sum by (channel, le) ("
                "rate(comms_page_delivery_seconds_bucket[$__rate_interval])))",
                "{{channel}}",
            ),
        ),
    ),
)

_PEOPLE = Row(
    "Do people get what they asked for",
    (
        graph(
            71,
            "Notifications",
            "A second, by channel and what became of them; UserNotificationsFailing makes a ticket when most fail.",
            "ops",
            Query(
                top("sum by (channel, outcome) (rate(comms_notifications_total[$__rate_interval]))"),
                "{{channel}} {{outcome}}",
            ),
        ),
        graph(
            72,
            "Backlog of webhooks",
            "What waits, is dead or found no room, and paused endpoints; OutboundWebhooksDropped makes a ticket.",
            "short",
            Query("max by (state) (comms_outbound_webhook_backlog)", "{{state}}"),
        ),
        graph(
            73,
            "Downloads",
            "Exports a second, by how they ended.",
            "ops",
            Query(
                "sum by (outcome) (rate(comms_downloads_total[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        graph(
            74,
            "API answers from the cache",
            "Share of the analytics answers that were given again within their time.",
            "percentunit",
            Query(
                'sum(rate(comms_api_cache_requests_total{outcome="hit"}[$__rate_interval]))'
                " / sum(rate(comms_api_cache_requests_total[$__rate_interval]))",
                "hits",
            ),
        ),
    ),
)

EXPORTER = Board(
    uid="exporter",
    title="Comms: exporter itself",
    description="Does everything reach us, is the exporter fine, how fresh is it, which thresholds are in force.",
    variables=(),
    rows=(_NOW, _REACHING, _FINE, _WORKING, _LIMITS, _THRESHOLDS, _SCANS, _SCANNED, _PAGES, _PEOPLE),
)
