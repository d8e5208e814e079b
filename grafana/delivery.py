"""The board "Delivery": is it arriving, how fast, what fails, who waits, and is the exporter itself fine."""

from __future__ import annotations

from grafana.board import Board, Filter, Panel, Query, Row
from grafana.machinery import EXPORTER, REACHING

_TENANTS = 'tenant=~"$tenant",channel=~"$channel"'
_ROUTES = f'{_TENANTS},provider=~"$provider"'
_THRESHOLD = "tenant_channel_rule:comms_sla_threshold:effective"


def _against_limit(number: int, title: str, description: str, unit: str, record: str, rule: str) -> Panel:
    """A recorded series of each tenant and channel, with the threshold in force for it."""
    queries = (
        Query(f"{record}{{{_TENANTS}}}", "{{tenant}} {{channel}}"),
        Query(f'{_THRESHOLD}{{rule="{rule}",{_TENANTS}}}', "limit {{tenant}} {{channel}}"),
    )
    return Panel(number, "timeseries", title, description, unit, queries)


def _rate(counter: str, by: str) -> str:
    """Rate, then the largest of the replicas, then the sum: every replica shows the same totals."""
    return f"sum by ({by}) (max without (instance) (rate({counter}[$__rate_interval])))"


def _quantile(quantile: float, histogram: str, by: str) -> str:
    return f"histogram_quantile({quantile}, {_rate(f'{histogram}_bucket{{{_ROUTES}}}', f'{by}, le')})"


_NOW = Row(
    "Now",
    (
        Panel(
            1,
            "stat",
            "Messages sent",
            "Outbound messages handed to a provider in the shown time.",
            "short",
            (
                Query(
                    "sum(max without (instance) (increase("
                    f'comms_messages_total{{direction="outbound",status="sent",{_ROUTES}}}[$__range])))',
                    "sent",
                ),
            ),
        ),
        Panel(
            2,
            "stat",
            "Lowest delivered share",
            "Of the messages that ended within the last hour, the share delivered, for the worst tenant and channel.",
            "percentunit",
            (
                Query(
                    f"min(tenant_channel:comms_messages_delivered_per_final:ratio_rate1h{{{_TENANTS}}})",
                    "delivered",
                ),
            ),
        ),
        Panel(
            3,
            "stat",
            "Highest failed share",
            "Of the messages of the last 5 minutes, the share that failed, for the worst tenant and channel.",
            "percentunit",
            (
                Query(
                    f"max(tenant_channel:comms_messages_failed_per_attempted:ratio_rate5m{{{_TENANTS}}})",
                    "failed",
                ),
            ),
        ),
        Panel(
            4,
            "stat",
            "Slowest answers, p95",
            "95 of 100 customers of the slowest tenant and channel got their answer within this time.",
            "s",
            (Query(f"max(tenant_channel:comms_message_response_seconds:p95_rate5m{{{_TENANTS}}})", "p95"),),
        ),
        Panel(
            5,
            "stat",
            "Waiting over an hour",
            "Outbound messages accepted over an hour ago without a final status.",
            "short",
            (
                Query(
                    f'sum(max without (instance) (comms_messages_pending{{age="ge_1h",{_ROUTES}}}))',
                    "waiting",
                ),
            ),
        ),
        Panel(
            6,
            "stat",
            "Firing alerts",
            "Pages and tickets that fire now, of every tenant.",
            "short",
            (Query('count(ALERTS{alertstate="firing",severity=~"page|ticket"}) or vector(0)', "firing"),),
            limit=1,
        ),
    ),
)

_ARRIVING = Row(
    "Is it arriving, and what fails",
    (
        _against_limit(
            11,
            "Failed share and its limit",
            "Failed messages over those attempted, 5 minutes; MessageErrorRatioHigh pages above the limit.",
            "percentunit",
            "tenant_channel:comms_messages_failed_per_attempted:ratio_rate5m",
            "error_ratio",
        ),
        _against_limit(
            12,
            "Delivered share and its limit",
            "Delivered messages over those that ended, one hour; DeliveryRatioLow pages below the limit.",
            "percentunit",
            "tenant_channel:comms_messages_delivered_per_final:ratio_rate1h",
            "delivery_ratio",
        ),
        Panel(
            13,
            "timeseries",
            "Message steps by status",
            "Each (message, status) pair counts once, so a delivered and read message is in both lines.",
            "ops",
            (
                Query(
                    _rate(f'comms_messages_total{{direction="outbound",{_ROUTES}}}', "status"),
                    "{{status}}",
                ),
            ),
        ),
        Panel(
            14,
            "timeseries",
            "Failures by reason",
            "What the provider's error codes mean, per provider.",
            "ops",
            (
                Query(
                    _rate(f"comms_message_errors_total{{{_ROUTES}}}", "provider, error_class"),
                    "{{provider}} {{error_class}}",
                ),
            ),
        ),
    ),
)

_FAST = Row(
    "How fast",
    (
        _against_limit(
            21,
            "Answer time p95 and its limit",
            "From the customer's message to the answer; ResponseTimeP95High pages above the limit.",
            "s",
            "tenant_channel:comms_message_response_seconds:p95_rate5m",
            "response_p95_seconds",
        ),
        _against_limit(
            22,
            "Processing time p95 and its limit",
            "The application's own share of it; ProcessingTimeP95High makes a ticket above the limit.",
            "s",
            "tenant_channel:comms_message_processing_seconds:p95_rate5m",
            "response_p95_seconds",
        ),
        Panel(
            23,
            "timeseries",
            "Delivery time",
            "From sent to delivered by the provider's own clock: half, and 95 of 100, within this time.",
            "s",
            (
                Query(
                    _quantile(0.5, "comms_message_delivery_seconds", "provider, channel"),
                    "p50 {{provider}} {{channel}}",
                ),
                Query(
                    _quantile(0.95, "comms_message_delivery_seconds", "provider, channel"),
                    "p95 {{provider}} {{channel}}",
                ),
            ),
        ),
    ),
)

_WAITING = Row(
    "Who waits",
    (
        Panel(
            31,
            "timeseries",
            "Messages without a final status, by age",
            "Accepted by the provider and neither delivered nor failed yet.",
            "short",
            (
                Query(
                    f"sum by (age) (max without (instance) (comms_messages_pending{{{_ROUTES}}}))", "{{age}}"
                ),
            ),
        ),
        Panel(
            32,
            "timeseries",
            "Waiting over an hour, by tenant",
            "The ten tenants with most messages that wait over an hour.",
            "short",
            (
                Query(
                    "topk(10, sum by (tenant, channel) (max without (instance) ("
                    f'comms_messages_pending{{age="ge_1h",{_ROUTES}}})))',
                    "{{tenant}} {{channel}}",
                ),
            ),
        ),
    ),
)

DELIVERY = Board(
    uid="delivery",
    title="Comms: delivery",
    description="Is it arriving, how fast, what fails, who waits, and is the exporter itself fine.",
    filters=(
        Filter("tenant", "Tenant", "label_values(comms_messages_total, tenant)"),
        Filter("channel", "Channel", 'label_values(comms_messages_total{tenant=~"$tenant"}, channel)'),
        Filter("provider", "Provider", f"label_values(comms_messages_total{{{_TENANTS}}}, provider)"),
    ),
    rows=(_NOW, _ARRIVING, _FAST, _WAITING, REACHING, EXPORTER),
)
