"""Figures of a channel beside their thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from exporter.config import SlaConfig
from exporter.config.sla import effective
from exporter.front_page.channels import Channel


class Verdict(StrEnum):
    """What a threshold says."""

    GOOD = "good"
    BAD = "bad"
    FEW = "few"
    NONE = "none"


class Judged(NamedTuple):
    """One figure.

    Attributes:
        rule: the threshold's name in `sla`, which is its name in comms_sla_threshold as well.
        value: a share, or seconds; None where there is nothing to divide.
        observed: how many it is of.
        verdict: FEW with fewer than `min_events`, NONE without a value.
    """

    rule: str
    value: float | None
    limit: float
    observed: int
    verdict: Verdict


def judged(channel: Channel, sla: SlaConfig, tenant: str) -> list[Judged]:
    """Delivery, errors and response time; `tenant` is empty for all together, which have no thresholds of their own."""
    return [_judge(sla, tenant, channel.name, *figure) for figure in _figures(channel)]


def _figures(channel: Channel) -> Iterator[tuple[str, float | None, int]]:
    delivered, failed = channel.arrival.delivery_ratio, channel.arrival.error_ratio
    yield "delivery_ratio", None if delivered is None else float(delivered), channel.arrival.final
    yield "error_ratio", None if failed is None else float(failed), channel.arrival.attempted
    yield "response_p95_seconds", channel.response.quantile_s(0.95), channel.response.observed


def _judge(
    sla: SlaConfig, tenant: str, channel: str, rule: str, value: float | None, observed: int
) -> Judged:
    limit = effective(sla, rule, tenant, channel)
    if value is None:
        return Judged(rule, value, limit, observed, Verdict.NONE)
    if observed < effective(sla, "min_events", tenant, channel):
        return Judged(rule, value, limit, observed, Verdict.FEW)
    is_bad = value < limit if rule == "delivery_ratio" else value > limit
    return Judged(rule, value, limit, observed, Verdict.BAD if is_bad else Verdict.GOOD)
