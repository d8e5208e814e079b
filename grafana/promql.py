"""Pieces of PromQL that several boards use, and their variables."""

from __future__ import annotations

from grafana.board import Filter, Query

TENANT = 'tenant=~"$tenant"'
CHANNELS = f'{TENANT},channel=~"$channel"'
ROUTES = f'{CHANNELS},provider=~"$provider"'
PROVIDER = 'provider=~"$provider"'
THRESHOLD = "tenant_channel_rule:comms_sla_threshold:effective"
DEFAULT_THRESHOLD = "rule:comms_sla_threshold:effective"


def filters(metric: str, *names: str) -> tuple[Filter, ...]:
    """Variables over labels of a metric, each within the choice of those before it."""
    chosen: list[Filter] = []
    for name in names:
        before = ",".join(f'{one.name}=~"${one.name}"' for one in chosen)
        selector = f"{metric}{{{before}}}" if before else metric
        chosen.append(Filter(name, name.capitalize(), f"label_values({selector}, {name})"))
    return tuple(chosen)


def rate(counter: str, by: str) -> str:
    """Rate, then the largest of the replicas, then the sum: every replica shows the same totals."""
    return f"sum by ({by}) (max without (instance) (rate({counter}[$__rate_interval])))"


def increase(counter: str, by: str = "") -> str:
    """The same over the shown time."""
    grouped = f"sum by ({by})" if by else "sum"
    return f"{grouped} (max without (instance) (increase({counter}[$__range])))"


def quantile(share: float, histogram: str, selector: str, by: str = "") -> str:
    """The time within which a share of the observations stays."""
    le = f"{by}, le" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket{{{selector}}}', le)})"


def newest(gauge: str, by: str) -> str:
    """A gauge of the ledger: the same on every replica, so that the largest is the one."""
    return f"max by ({by}) ({gauge})"


def alerting(*alerts: str) -> str:
    """How many channels of tenants are beyond the limit of an alert, whether long enough to fire or not yet."""
    beyond = f'ALERTS{{alertname=~"{"|".join(alerts)}",tenant=~"$tenant"}}'
    return f"count(count by (tenant, channel) ({beyond})) or vector(0)"


def top(expr: str) -> str:
    """The ten largest: more lines than that say nothing."""
    return f"topk(10, {expr})"


def against_limit(record: str, rule: str) -> tuple[Query, Query]:
    """A recorded series of each tenant and channel, and the threshold in force for it."""
    return (
        Query(f"{record}{{{CHANNELS}}}", "{{tenant}} {{channel}}"),
        Query(f'{THRESHOLD}{{rule="{rule}",{CHANNELS}}}', "limit {{tenant}} {{channel}}"),
    )


def or_zero(expr: str) -> str:
    """Zero where there is nothing to count, but only while an exporter answers: silence is not zero."""
    return f'{expr} or 0 * max(up{{job="comms-exporter"}} == 1)'


def waiting_over_an_hour(selector: str) -> str:
    """Outbound messages accepted over an hour ago without a final status."""
    return or_zero(f'sum(max without (instance) (comms_messages_pending{{age="ge_1h",{selector}}}))')
