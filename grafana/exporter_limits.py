"""Rows of the board "Exporter itself" about limits: room that is left, and thresholds in force."""

from __future__ import annotations

from grafana.board import Column, Limit, Panel, Query, Row, graph
from grafana.promql import DEFAULT_THRESHOLD, THRESHOLD, top

LIMITS = Row(
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

THRESHOLDS = Row(
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
