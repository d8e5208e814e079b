"""The board "Delivery": is it arriving, how fast, what fails, who waits, what do receivers say, what holds it back."""

from __future__ import annotations

from grafana.board import Board, Limit, Query, Row, graph, stat
from grafana.promql import (
    CHANNELS,
    DEFAULT_THRESHOLD,
    ROUTES,
    THRESHOLD,
    against_limit,
    filters,
    increase,
    quantile,
    rate,
    top,
    waiting_over_an_hour,
)

_DELIVERY = "comms_message_delivery_seconds"


def _burn(window: str) -> str:
    """How many times faster than allowed messages fail."""
    return (
        f"tenant_channel:comms_messages_failed_per_attempted:ratio_rate{window}{{{CHANNELS}}} "
        f'/ on (tenant, channel) ({THRESHOLD}{{rule="error_ratio"}} > 0)'
    )


_NOW = Row(
    "Now",
    (
        stat(
            1,
            "Messages sent",
            "Outbound messages handed to a provider in the shown time.",
            "short",
            increase(f'comms_messages_total{{direction="outbound",status="sent",{ROUTES}}}'),
        ),
        stat(
            2,
            "Lowest delivered share",
            "Of the messages that ended within the last hour, the share delivered, for the worst tenant and channel.",
            "percentunit",
            f"min(tenant_channel:comms_messages_delivered_per_final:ratio_rate1h{{{CHANNELS}}})",
        ),
        stat(
            3,
            "Highest failed share",
            "Of the messages of the last 5 minutes, the share that failed, for the worst tenant and channel.",
            "percentunit",
            f"max(tenant_channel:comms_messages_failed_per_attempted:ratio_rate5m{{{CHANNELS}}})",
        ),
        stat(
            4,
            "Slowest answers, p95",
            "95 of 100 customers of the slowest tenant and channel got their answer within this time.",
            "s",
            f"max(tenant_channel:comms_message_response_seconds:p95_rate5m{{{CHANNELS}}})",
        ),
        stat(
            5,
            "Waiting over an hour",
            "Outbound messages accepted over an hour ago without a final status.",
            "short",
            waiting_over_an_hour(ROUTES),
        ),
        stat(
            6,
            "Alerts about delivery",
            "Pages and tickets of the subsystem delivery that fire now, of the chosen tenants.",
            "short",
            'count(ALERTS{alertstate="firing",subsystem="delivery",tenant=~"$tenant|"}) or vector(0)',
            Limit(1),
        ),
    ),
)

_ARRIVING = Row(
    "Is it arriving, and what fails",
    (
        graph(
            11,
            "Failed share and its limit",
            "Failed messages over those attempted, 5 minutes; MessageErrorRatioHigh pages above the limit.",
            "percentunit",
            *against_limit("tenant_channel:comms_messages_failed_per_attempted:ratio_rate5m", "error_ratio"),
        ),
        graph(
            12,
            "Delivered share and its limit",
            "Delivered messages over those that ended, one hour; DeliveryRatioLow pages below the limit.",
            "percentunit",
            *against_limit(
                "tenant_channel:comms_messages_delivered_per_final:ratio_rate1h", "delivery_ratio"
            ),
        ),
        graph(
            13,
            "Message steps by status",
            "Each (message, status) pair counts once, so a delivered and read message is in both lines.",
            "ops",
            Query(rate(f'comms_messages_total{{direction="outbound",{ROUTES}}}', "status"), "{{status}}"),
        ),
        graph(
            14,
            "Failures by reason",
            "What the provider's error codes mean; the ten most frequent.",
            "ops",
            Query(
                top(rate(f"comms_message_errors_total{{{ROUTES}}}", "provider, error_class")),
                "{{provider}} {{error_class}}",
            ),
        ),
    ),
)

_BUDGET = Row(
    "How fast are the failures that we allow used up",
    (
        graph(
            15,
            "Burn of the error budget, one hour",
            "Failed share over the share allowed; MessageErrorBudgetFastBurn pages above 6 while it still goes on.",
            "short",
            Query(_burn("1h"), "{{tenant}} {{channel}}"),
            limit=Limit(6),
        ),
        graph(
            16,
            "Burn of the error budget, six hours",
            "Failed share over the share allowed; MessageErrorBudgetFastBurn pages above 3 while it still goes on.",
            "short",
            Query(_burn("6h"), "{{tenant}} {{channel}}"),
            limit=Limit(3),
        ),
        graph(
            17,
            "Burn of the error budget, three days",
            "Failed share over the share allowed; MessageErrorBudgetSlowBurn makes a ticket above 1.",
            "short",
            Query(_burn("3d"), "{{tenant}} {{channel}}"),
            limit=Limit(1),
        ),
    ),
)

_FAST = Row(
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

_WAITING = Row(
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

_RECEIVERS = Row(
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

_HELD_BACK = Row(
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

_WEBHOOKS = Row(
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

DELIVERY = Board(
    uid="delivery",
    title="Comms: delivery",
    description="Is it arriving, how fast, what fails, who waits, what do receivers say, what holds messages back.",
    variables=filters("comms_messages_total", "tenant", "channel", "provider"),
    rows=(_NOW, _ARRIVING, _BUDGET, _FAST, _WAITING, _RECEIVERS, _HELD_BACK, _WEBHOOKS),
)
