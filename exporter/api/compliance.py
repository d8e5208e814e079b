"""GET /api/v1/sla: what was seen of each tenant and channel over a period, against the thresholds in force.

The alert rules compare the same numbers over minutes and hours; this answers for days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, NamedTuple

from pydantic import Field

from exporter.api.answer import Answer, Exact
from exporter.api.arrival import MESSAGES, arrival
from exporter.api.caller import Role
from exporter.api.channel_name import ChannelName
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.freshness import Fresh, freshness
from exporter.api.percentile import histogram
from exporter.api.period import PeriodAnswer, Range, said
from exporter.api.sources import Sources
from exporter.config import Config, thresholds
from exporter.ledger.rollup_query import Owner, Sum, sums

_RESPONSE = "comms_message_response_seconds"
Key = tuple[str, str, str]


class Rule(Answer):
    """One threshold and what was seen."""

    rule: str = Field(description="The threshold's key under `sla:`.")
    channel: str = Field(description="The channel.")
    threshold: float = Field(description="The number in force for this tenant and channel.")
    observed: Exact | float | None = Field(
        description="What was seen; null where too little happened to say."
    )
    compliant: bool | None = Field(description="Whether the threshold held; null where nothing can be said.")


class Compliance(Fresh):
    """Thresholds of a tenant's channels, or of all tenants together."""

    period: PeriodAnswer = Field(description="The time that this is about.")
    compliant: bool = Field(description="Whether every threshold held that something can be said of.")
    rules: list[Rule] = Field(description="By channel and rule.")


class _Parameters(Range):
    channel: Annotated[ChannelName | None, Field(description="One channel only.", examples=["sms"])] = None


def compliance_endpoints(sources: Sources) -> list[Endpoint]:
    """Whether the thresholds held."""
    return [
        Endpoint(
            "GET",
            "/api/v1/sla",
            "Whether the thresholds of a tenant's channels held.",
            Role.TENANT_ADMIN,
            _Handler(sources).compliance,
            Compliance,
            _Parameters,
        )
    ]


class _Handler(NamedTuple):
    sources: Sources

    async def compliance(self, asked: Asked) -> Compliance:
        """Of the tenant; of all tenants together for an admin of none."""
        days = asked.parameters.chosen(datetime.now(UTC))
        async with self.sources.reader.of(asked.tenant) as connection:
            found = await sums(connection, Owner(asked.tenant), days.period, [MESSAGES, _RESPONSE])
            fresh = await freshness(self.sources.ledger, connection)
        limits = Limits(self.sources.config(), asked.tenant or "")
        channels = sorted({one.labels[0] for one in found})
        rules = [
            rule
            for channel in channels
            if asked.parameters.channel in (None, channel)
            for rule in rules_of(channel, [one for one in found if one.labels[0] == channel], limits)
        ]
        return Compliance(
            period=said(days),
            compliant=all(rule.compliant is not False for rule in rules),
            rules=rules,
            **fresh,
        )


class Limits:
    """The thresholds of one tenant: a channel of it wins over the tenant, the tenant over the channel."""

    def __init__(self, config: Config, tenant: str) -> None:
        self._of: Mapping[Key, float] = {
            (one.rule, one.tenant, one.channel): one.value for one in thresholds(config)
        }
        self._tenant = tenant

    def of(self, rule: str, channel: str) -> float:
        """The nearest."""
        levels = ((self._tenant, channel), (self._tenant, ""), ("", channel), ("", ""))
        return next(self._of[rule, *level] for level in levels if (rule, *level) in self._of)


def rules_of(channel: str, found: list[Sum], limits: Limits) -> Iterator[Rule]:
    """Every threshold that a channel's messages can be held against."""
    whole = arrival(found)
    yield _ratio("error_ratio", channel, whole.error_ratio, whole.attempted, limits, most=True)
    yield _ratio("delivery_ratio", channel, whole.delivery_ratio, whole.final, limits, most=False)
    yield _response("response_p95_seconds", channel, 0.95, found, limits)
    yield _response("response_p99_seconds", channel, 0.99, found, limits)


def _ratio(
    rule: str, channel: str, ratio: Decimal | None, events: int, limits: Limits, *, most: bool
) -> Rule:
    threshold = limits.of(rule, channel)
    if ratio is None or events < limits.of("min_events", channel):
        return Rule(rule=rule, channel=channel, threshold=threshold, observed=None, compliant=None)
    held = ratio <= Decimal(str(threshold)) if most else ratio >= Decimal(str(threshold))
    return Rule(rule=rule, channel=channel, threshold=threshold, observed=ratio, compliant=held)


def _response(rule: str, channel: str, quantile: float, found: Iterable[Sum], limits: Limits) -> Rule:
    threshold, times = limits.of(rule, channel), histogram(found, _RESPONSE)
    if times.observed < limits.of("min_events", channel):
        return Rule(rule=rule, channel=channel, threshold=threshold, observed=None, compliant=None)
    seen_s = times.quantile_s(quantile)
    held = seen_s is not None and seen_s <= threshold
    return Rule(rule=rule, channel=channel, threshold=threshold, observed=seen_s, compliant=held)
