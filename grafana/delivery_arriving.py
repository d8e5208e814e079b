"""Rows of the board "Delivery" about whether messages arrive and what is left of the error budget."""

from __future__ import annotations

from grafana.board import Limit, Query, Row, graph, stat
from grafana.promql import (
    CHANNELS,
    ROUTES,
    THRESHOLD,
    against_limit,
    increase,
    rate,
    top,
    waiting_over_an_hour,
)


def _burn(window: str) -> str:
    """How many times faster than allowed messages fail."""
    return (
        f"tenant_channel:comms_messages_failed_per_attempted:ratio_rate{window}{{{CHANNELS}}} "
        f'/ on (tenant, channel) ({THRESHOLD}{{rule="error_ratio"}} > 0)'
    )


NOW = Row(
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


ARRIVING = Row(
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


BUDGET = Row(
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
