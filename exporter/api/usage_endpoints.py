"""GET /api/v1/analytics/…: what language models were used for, and what it cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.freshness import freshness, owner_of
from exporter.api.period import LastDays, said
from exporter.api.sources import Sources
from exporter.api.usage import (
    PAYMENT_FAMILIES,
    USAGE_FAMILIES,
    Credits,
    Point,
    Providers,
    TimeSeries,
    TopModels,
    UsageSummary,
    by_model,
    by_provider,
    payment_totals,
    point,
    provider_shares,
    spent_in,
    together,
    top_models,
    usage_of,
    usage_totals,
)
from exporter.errors import Refusal, RefusalReason
from exporter.ledger.rollup_query import Period, Sum, by_day, by_hour, sums

_PREFIX = "/api/v1/analytics"


class _SeriesParameters(LastDays):
    granularity: Annotated[Literal["day", "hour"], Field(description="How long a point is.")] = "day"


class _TopParameters(LastDays):
    limit: Annotated[int, Field(ge=1, le=100, description="How many models.")] = 10


def usage_endpoints(sources: Sources) -> list[Endpoint]:
    """The endpoints of seed document 002 about usage."""
    usage = Usage(sources)
    return [
        Endpoint(
            "GET",
            f"{_PREFIX}/summary",
            "Usage and payments of the newest days.",
            Role.USER,
            usage.summary,
            UsageSummary,
            LastDays,
            cached=True,
        ),
        Endpoint(
            "GET",
            f"{_PREFIX}/time-series",
            "Usage by day or hour.",
            Role.USER,
            usage.time_series,
            TimeSeries,
            _SeriesParameters,
            cached=True,
        ),
        Endpoint(
            "GET",
            f"{_PREFIX}/providers",
            "Providers compared.",
            Role.USER,
            usage.providers,
            Providers,
            LastDays,
            cached=True,
        ),
        Endpoint(
            "GET",
            f"{_PREFIX}/top-models",
            "The dearest models.",
            Role.USER,
            usage.top_models,
            TopModels,
            _TopParameters,
            cached=True,
        ),
    ]


class Usage(NamedTuple):
    """The handlers; a user sees their own calls, a tenant's administrator all of the tenant."""

    sources: Sources

    @property
    def _credits(self) -> Credits:
        return Credits(self.sources.config().credits.used_per_usd)

    async def summary(self, asked: Asked) -> UsageSummary:
        """Everything of the newest days."""
        days = asked.parameters.chosen(datetime.now(UTC))
        owner = owner_of(asked)
        async with self.sources.reader.of(asked.tenant) as connection:
            each = await by_day(connection, owner, days.period, USAGE_FAMILIES)
            paid = await sums(connection, owner, days.period, PAYMENT_FAMILIES)
            fresh = await freshness(self.sources.ledger, connection)
        models = by_model(one for found in each.values() for one in found)
        return UsageSummary(
            period=said(days),
            usage=usage_totals(together(models.values()), self._credits),
            payments=payment_totals(paid),
            by_provider={name: usage_of(spent, self._credits) for name, spent in by_provider(models).items()},
            by_model={"/".join(name): usage_of(spent, self._credits) for name, spent in models.items()},
            by_day={
                f"{day:%Y-%m-%d}": usage_of(spent_in(found), self._credits) for day, found in each.items()
            },
            **fresh,
        )

    async def time_series(self, asked: Asked) -> TimeSeries:
        """By day or hour."""
        by_hours = asked.parameters.granularity == "hour"
        if by_hours and asked.caller.role is Role.USER:
            raise Refusal(RefusalReason.BAD_PARAMETER, "granularity: a user's own usage is known by day")
        period = asked.parameters.chosen(datetime.now(UTC)).period
        ask = by_hour if by_hours else by_day
        async with self.sources.reader.of(asked.tenant) as connection:
            found = await ask(connection, owner_of(asked), period, USAGE_FAMILIES)
            fresh = await freshness(self.sources.ledger, connection)
        data = _points(found, period, by_hours, self._credits)
        return TimeSeries(
            granularity=asked.parameters.granularity,
            period_days=asked.parameters.days,
            data_points=len(data),
            data=data,
            **fresh,
        )

    async def providers(self, asked: Asked) -> Providers:
        """By provider, with shares."""
        found, fresh = await self._of(asked)
        shares = provider_shares(by_model(found), self._credits)
        return Providers(
            period_days=asked.parameters.days,
            providers=shares,
            total_providers=len(shares),
            **fresh,
        )

    async def top_models(self, asked: Asked) -> TopModels:
        """The dearest first."""
        found, fresh = await self._of(asked)
        models = by_model(found)
        return TopModels(
            period_days=asked.parameters.days,
            limit=asked.parameters.limit,
            models=top_models(models, asked.parameters.limit, self._credits),
            total=len(models),
            **fresh,
        )

    async def _of(self, asked: Asked) -> tuple[list[Sum], dict[str, Any]]:
        period = asked.parameters.chosen(datetime.now(UTC)).period
        async with self.sources.reader.of(asked.tenant) as connection:
            found = await sums(connection, owner_of(asked), period, USAGE_FAMILIES)
            return found, await freshness(self.sources.ledger, connection)


def _points(
    found: dict[datetime, list[Sum]], period: Period, by_hours: bool, credits: Credits
) -> list[Point]:
    """Every hour until now, or every day."""
    step = timedelta(hours=1) if by_hours else timedelta(days=1)
    end = min(period.end, datetime.now(UTC)) if by_hours else period.end
    count = -(-(end - period.start) // step)
    begins = (period.start + at * step for at in range(count))
    return [point(at, by_hours, spent_in(found.get(at, [])), credits) for at in begins]
