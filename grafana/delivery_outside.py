"""Rows of the board "Delivery" about what receivers say, what holds messages back, and webhooks of customers."""

from __future__ import annotations

from grafana.board import Limit, Query, Row, graph
from grafana.promql import (
    CHANNELS,
    DEFAULT_THRESHOLD,
    THRESHOLD,
    quantile,
    rate,
    top,
)

RECEIVERS = Row(
    "What do receivers say",
    (
        graph(
            61,
            "Messages opened, by people and by machines",
            "The first open of each message by each; proxies open mail that nobody reads.",
            "ops",
            Query(
                rate(f'comms_messages_engaged_total{{action="open",{CHANNELS}}}', "channel, actor"),
                "{{channel}} {{actor}}",
            ),
        ),
        graph(
            62,
            "Reported as spam",
            "Complaints over mails delivered in a day; a ticket above the limit, a page above 0.3%.",
            "percentunit",
            Query(
                f"tenant_channel:comms_complaints_per_delivered:ratio_increase1d{{{CHANNELS}}}",
                "{{tenant}} {{channel}}",
            ),
            Query(f'{THRESHOLD}{{rule="complaint_ratio",channel="email",{CHANNELS}}}', "limit {{tenant}}"),
            limit=Limit(0.003),
        ),
        graph(
            63,
            "Opted out in an hour",
            "OptOutSpike makes a ticket above three times the hourly mean of 7 days.",
            "short",
            Query(f"tenant_channel:comms_opt_outs:increase1h{{{CHANNELS}}}", "{{tenant}} {{channel}}"),
            Query(
                f"3 * tenant_channel:comms_opt_outs:mean1h_over7d{{{CHANNELS}}}",
                "limit {{tenant}} {{channel}}",
            ),
        ),
    ),
)


HELD_BACK = Row(
    "What holds messages back",
    (
        graph(
            71,
            "Rate limits in use",
            "RateLimitNearlyUsed makes a ticket above the limit, RateLimitExhausted pages at 100%.",
            "percentunit",
            Query('provider_api:comms_rate_limit_used:ratio{provider=~"$provider"}', "{{provider}} {{api}}"),
            Query(f'{DEFAULT_THRESHOLD}{{rule="rate_limit_ratio"}}', "limit"),
        ),
        graph(
            72,
            "Queues",
            "Items waiting, as last reported; QueueDeep makes a ticket above 1000.",
            "short",
            Query("max by (queue) (comms_queue_depth)", "{{queue}}"),
            limit=Limit(1000),
        ),
        graph(
            73,
            "Since workers last reported",
            "WorkerHeartbeatStale pages above two minutes.",
            "s",
            Query("worker:comms_worker_heartbeat_age_seconds:min", "{{worker}}"),
            limit=Limit(120),
        ),
        graph(
            74,
            "Negative times",
            "Of the times measured between two clocks in an hour, the share that was negative and counts as 0 s.",
            "percentunit",
            Query(
                "channel_provider_measure:comms_clock_skew_per_measured:ratio_increase1h"
                '{channel=~"$channel",provider=~"$provider"}',
                "{{channel}} {{provider}} {{measure}}",
            ),
            limit=Limit(0.01),
        ),
    ),
)


WEBHOOKS = Row(
    "Do customers' webhooks answer",
    (
        graph(
            81,
            "Attempts by endpoint and outcome",
            "Calls of customers' webhooks a second; the ten most frequent.",
            "ops",
            Query(
                top(rate("comms_outbound_webhooks_total", "endpoint, outcome")), "{{endpoint}} {{outcome}}"
            ),
        ),
        graph(
            82,
            "Time of attempts, p95",
            "95 of 100 calls of an endpoint took up to this time.",
            "s",
            Query(quantile(0.95, "comms_outbound_webhook_seconds", "", "endpoint"), "{{endpoint}}"),
        ),
    ),
)
