"""Questions to the rollups: sums of families over a period, in all or by day or hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from exporter.known import Key
from exporter.ledger.connection import PoolConnection
from exporter.ledger.statement import statement
from exporter.rollup import Scope

_DAY = timedelta(days=1)
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


class Owner(NamedTuple):
    """Whose sums: all tenants together without a tenant; of a tenant in all, or of a user or an outlet in it."""

    tenant: str | None
    user: str | None = None
    outlet: str | None = None

    @property
    def columns(self) -> tuple[str, int, str]:
        """tenant, scope and subject of the tables."""
        if self.tenant is None:
            return "", Scope.ALL, ""
        if self.user is not None:
            return self.tenant, Scope.USER, self.user
        if self.outlet is not None:
            return self.tenant, Scope.OUTLET, self.outlet
        return self.tenant, Scope.TENANT, ""


class Period(NamedTuple):
    """From a moment to another, the second not included; aware, on full hours."""

    start: datetime
    end: datetime


class Sum(NamedTuple):
    """One sum; `labels` are those of the family without the tenant, see exporter.rollup."""

    family: str
    labels: Key
    value: Decimal


async def sums(
    connection: PoolConnection, owner: Owner, period: Period, families: Sequence[str]
) -> list[Sum]:
    """Sums over a whole period.

    What is no whole day is taken from the hours, which users have none of: their period is widened to whole days.
    """
    days, *edges = _parts(period if owner.user is None else _whole_days(period))
    moments = [moment for part in (days, *edges) for moment in part]
    rows = await connection.fetch(statement("rollup_sums"), *owner.columns, list(families), *moments)
    return [Sum(row["family"], tuple(row["labels"]), row["value"]) for row in rows]


async def by_day(
    connection: PoolConnection, owner: Owner, period: Period, families: Sequence[str]
) -> dict[datetime, list[Sum]]:
    """Sums of each UTC day that the period touches; days without any are missing."""
    return await _by(connection, "rollup_days", owner, _whole_days(period), families)


async def by_hour(
    connection: PoolConnection, owner: Owner, period: Period, families: Sequence[str]
) -> dict[datetime, list[Sum]]:
    """Sums of each hour of the period; hours without any are missing. Users have none."""
    return await _by(connection, "rollup_hours", owner, period, families)


async def _by(
    connection: PoolConnection, name: str, owner: Owner, period: Period, families: Sequence[str]
) -> dict[datetime, list[Sum]]:
    found: dict[int, list[Sum]] = {}
    rows = await connection.fetch(statement(name), *owner.columns, list(families), *period)
    for family, labels, begins_s, values in rows:
        key = tuple(labels)
        for at_s, value in zip(begins_s, values, strict=True):
            found.setdefault(at_s, []).append(Sum(family, key, value))
    return {datetime.fromtimestamp(at_s, UTC): found[at_s] for at_s in sorted(found)}


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _midnight_from(moment: datetime) -> datetime:
    before = _midnight(moment)
    return before if before == moment else before + _DAY


def _whole_days(period: Period) -> Period:
    return Period(_midnight(period.start), _midnight_from(period.end))


def _parts(period: Period) -> Iterator[Period]:
    """The whole days of a period, then the hours before and after them."""
    first, last = _midnight_from(period.start), _midnight(period.end)
    if first > last:
        yield Period(_NEVER, _NEVER)
        yield period
        yield Period(_NEVER, _NEVER)
    else:
        yield Period(first, last)
        yield Period(period.start, first)
        yield Period(last, period.end)
