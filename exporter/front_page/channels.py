"""Delivery, errors and response time of each channel, by the same functions as GET /api/v1/sla."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from exporter.api.arrival import MESSAGES, Arrival, arrival
from exporter.api.compliance import Limits, Rule, rules_of
from exporter.front_page.visit import Visit
from exporter.ledger.reader import Reader
from exporter.ledger.rollup_query import Period, Sum, by_day, by_hour, sums

_RESPONSE = "comms_message_response_seconds"
_FAMILIES = (MESSAGES, _RESPONSE)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Bar(NamedTuple):
    """Messages that were tried and that failed in an hour or a day."""

    begins: datetime
    attempted: int
    failed: int


class Channel(NamedTuple):
    """One channel in the time that is shown.

    Attributes:
        rules: what was seen beside each threshold.
        bars: one for each hour or day, also without messages.
    """

    name: str
    arrival: Arrival
    rules: list[Rule]
    bars: list[Bar]


async def channels(reader: Reader, visit: Visit, limits: Limits, now: datetime) -> list[Channel]:
    """Each channel that had messages, by name.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    period, step = visit.period(now), _HOUR if visit.hourly else _DAY
    by_time = by_hour if visit.hourly else by_day
    async with reader.of(visit.tenant) as connection:
        whole = await sums(connection, visit.owner, period, _FAMILIES)
        parts = await by_time(connection, visit.owner, period, (MESSAGES,))
    parts = {begins: parts.get(begins, []) for begins in _beginnings(period, step)}
    return [_channel(name, whole, parts, limits) for name in sorted({one.labels[0] for one in whole})]


def _channel(
    name: str, whole: Iterable[Sum], parts: Mapping[datetime, Sequence[Sum]], limits: Limits
) -> Channel:
    own = [one for one in whole if one.labels[0] == name]
    bars = [_bar(begins, arrival(part, name)) for begins, part in parts.items()]
    return Channel(name, arrival(own), list(rules_of(name, own, limits)), bars)


def _bar(begins: datetime, part: Arrival) -> Bar:
    return Bar(begins, part.attempted, part.failed)


def _beginnings(period: Period, step: timedelta) -> Iterable[datetime]:
    begins = period.start
    while begins < period.end:
        yield begins
        begins += step
