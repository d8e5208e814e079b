"""Rows of the board "Exporter itself" about pages, notifications and what customers fetch."""

from __future__ import annotations

from grafana.board import Limit, Query, Row, graph
from grafana.promql import top

PAGES = Row(
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

PEOPLE = Row(
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
                " / (sum(rate(comms_api_cache_requests_total[$__rate_interval])) > 0)",
                "hits",
            ),
        ),
    ),
)
