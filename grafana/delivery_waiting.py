"""Rows of the board "Delivery" about how fast it goes and who waits."""

from __future__ import annotations

from grafana.board import Query, Row, graph
from grafana.promql import (
    CHANNELS,
    ROUTES,
    THRESHOLD,
    against_limit,
    quantile,
    top,
)

_DELIVERY = "comms_message_delivery_seconds"


FAST = Row(
    "How fast",
    (
        graph(
            21,
            "Answer time p95 and its limit",
            "From the customer's message to the answer; ResponseTimeP95High pages above the limit.",
            "s",
            *against_limit(
                "tenant_channel:comms_message_response_seconds:p95_rate5m", "response_p95_seconds"
            ),
        ),
        graph(
            22,
            "Processing time p95 and its limit",
            "The application's own share of it; ProcessingTimeP95High makes a ticket above the limit.",
            "s",
            *against_limit(
                "tenant_channel:comms_message_processing_seconds:p95_rate5m", "response_p95_seconds"
            ),
        ),
        graph(
            23,
            "Delivery time",
            "From sent to delivered by the provider's own clock: half, and 95 of 100, within this time.",
            "s",
            Query(quantile(0.5, _DELIVERY, ROUTES, "provider, channel"), "p50 {{provider}} {{channel}}"),
            Query(quantile(0.95, _DELIVERY, ROUTES, "provider, channel"), "p95 {{provider}} {{channel}}"),
        ),
        graph(
            24,
            "Answer time p99 and its limit",
            "99 of 100 customers got it within this time; ResponseTimeP99High makes a ticket above the limit.",
            "s",
            *against_limit(
                "tenant_channel:comms_message_response_seconds:p99_rate5m", "response_p99_seconds"
            ),
        ),
    ),
)


WAITING = Row(
    "Who waits",
    (
        graph(
            31,
            "Messages without a final status, by age",
            "Accepted by the provider and neither delivered nor failed yet.",
            "short",
            Query(f"sum by (age) (max without (instance) (comms_messages_pending{{{ROUTES}}}))", "{{age}}"),
        ),
        graph(
            32,
            "Waiting over an hour, by tenant",
            "The ten tenants with most messages that wait over an hour.",
            "short",
            Query(
                top(
                    "sum by (tenant, channel) (max without (instance) ("
                    f'comms_messages_pending{{age="ge_1h",{ROUTES}}}))'
                ),
                "{{tenant}} {{channel}}",
            ),
        ),
        graph(
            33,
            "Overdue share and its limit",
            "Messages of 7 days without a final status in time, over those due; MessagesOverdue makes a ticket.",
            "percentunit",
            Query(
                f"tenant_channel_provider:comms_messages_overdue_per_due:ratio{{{ROUTES}}}",
                "{{tenant}} {{channel}} {{provider}}",
            ),
            Query(f'1 - {THRESHOLD}{{rule="delivery_ratio",{CHANNELS}}}', "limit {{tenant}} {{channel}}"),
        ),
    ),
)
