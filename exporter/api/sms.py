"""GET /me/sms-analytics, /me/sms-costs and /admin/sms-analytics/system: what seed document 000 asks of SMS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import Field

from exporter.api.amounts import COST, MILLIONTH, average, spent_usd
from exporter.api.answer import Answer, Exact
from exporter.api.arrival import MESSAGES, Arrival, arrival, ratio
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.freshness import Fresh, freshness, owner_of
from exporter.api.percentile import Histogram, histogram
from exporter.api.period import Days, PeriodAnswer, Range, said
from exporter.api.sources import Sources
from exporter.label import NONE
from exporter.ledger.rollup_query import Owner, Sum, by_day, sums
from exporter.rollup import MESSAGE_COSTS

_PROCESSING, _DELIVERY = "comms_message_processing_seconds", "comms_message_delivery_seconds"
_ERRORS, _SEGMENTS = "comms_message_errors_total", "comms_message_segments_total"
_ANALYTICS = (MESSAGES, _PROCESSING, _DELIVERY, _ERRORS, _SEGMENTS)
_SMS = "sms"


class Volume(Answer):
    """Messages of a period."""

    total: int = Field(description="Received and attempted.")
    inbound: int = Field(description="Received.")
    outbound: int = Field(description="Attempted.")
    delivered: int = Field(description="With a receipt that says so.")
    failed: int = Field(description="Failed or undelivered.")
    success_rate: Exact | None = Field(
        description="Share of all that did not fail, 0 to 1; null without messages."
    )
    delivery_rate: Exact | None = Field(
        description="Delivered of those with an end, 0 to 1; null without receipts."
    )


class Time(Answer):
    """How long something took."""

    count: int = Field(description="How often it was measured.")
    mean_seconds: Exact | None = Field(description="The mean; null without any.")
    p95_seconds: float | None = Field(description="95 of 100 took less; as Prometheus takes it from buckets.")


class SmsDay(Answer):
    """One day."""

    date: str = Field(description="The day, UTC.")
    inbound: int = Field(description="Received.")
    outbound: int = Field(description="Attempted.")
    failed: int = Field(description="Failed or undelivered.")


class SmsAnalytics(Fresh):
    """SMS of a user, a tenant or all."""

    period: PeriodAnswer = Field(description="The time that this is about.")
    messages: Volume = Field(description="How many.")
    segments: int = Field(description="Segments, of those that say how many they have.")
    processing: Time = Field(description="The application's own time.")
    delivery: Time = Field(description="From sent to delivered.")
    errors: dict[str, int] = Field(description="Failures by what they mean.")
    by_day: list[SmsDay] = Field(description="Every day, from the oldest to the newest.")


class CostPart(Answer):
    """Money by what it was for."""

    provider: str = Field(description="To whom it is paid.")
    component: str = Field(description="What it was for.")
    direction: str = Field(description="`inbound` or `outbound`.")
    message_type: str | None = Field(description="What the application calls such messages; null without.")
    cost_usd: Exact = Field(description="US dollars, by our price lists.")


class SmsCosts(Fresh):
    """What the SMS of a user, a tenant or all cost."""

    period: PeriodAnswer = Field(description="The time that this is about.")
    total_cost_usd: Exact = Field(description="US dollars, by our price lists.")
    breakdown: list[CostPart] = Field(description="Its parts, which add up to it; the dearest first.")
    cost_per_message_usd: Exact | None = Field(description="To 6 places; null without messages.")
    billed_cost_usd: Exact = Field(description="What the provider's bill says of the same days.")
    by_day: dict[str, Exact] = Field(description="By day, those without costs left out.")


def sms_endpoints(sources: Sources) -> list[Endpoint]:
    """The endpoints of seed document 000."""
    sms = Sms(sources)
    return [
        Endpoint(
            "GET",
            "/me/sms-analytics",
            "Your SMS.",
            Role.USER,
            sms.analytics,
            SmsAnalytics,
            Range,
            cached=True,
        ),
        Endpoint(
            "GET", "/me/sms-costs", "What your SMS cost.", Role.USER, sms.costs, SmsCosts, Range, cached=True
        ),
        Endpoint(
            "GET",
            "/admin/sms-analytics/system",
            "The SMS of all tenants, or of the one in X-Tenant-Id.",
            Role.ADMIN,
            sms.system,
            SmsAnalytics,
            Range,
            cached=True,
        ),
    ]


class Sms(NamedTuple):
    """The handlers."""

    sources: Sources

    async def analytics(self, asked: Asked) -> SmsAnalytics:
        """Of the caller, or of the tenant for its administrator."""
        return await self._analytics(asked, owner_of(asked))

    async def system(self, asked: Asked) -> SmsAnalytics:
        """Of all."""
        return await self._analytics(asked, Owner(asked.tenant))

    async def _analytics(self, asked: Asked, owner: Owner) -> SmsAnalytics:
        days = asked.parameters.chosen(datetime.now(UTC))
        async with self.sources.reader.of(owner.tenant) as connection:
            found = await sums(connection, owner, days.period, _ANALYTICS)
            each = await by_day(connection, owner, days.period, [MESSAGES])
            fresh = await freshness(self.sources.ledger, connection)
        of_sms = [one for one in found if one.family == _SEGMENTS or one.labels[0] == _SMS]
        return SmsAnalytics(
            period=said(days),
            messages=_volume(arrival(of_sms)),
            segments=sum(int(one.value) for one in of_sms if one.family == _SEGMENTS),
            processing=_time(histogram(of_sms, _PROCESSING)),
            delivery=_time(histogram(of_sms, _DELIVERY)),
            errors=_errors(of_sms),
            by_day=_days(days, each),
            **fresh,
        )

    async def costs(self, asked: Asked) -> SmsCosts:
        """Of the caller, or of the tenant for its administrator."""
        days, owner = asked.parameters.chosen(datetime.now(UTC)), owner_of(asked)
        async with self.sources.reader.of(owner.tenant) as connection:
            each = await by_day(connection, owner, days.period, [COST])
            whole = await sums(connection, owner, days.period, [COST, MESSAGE_COSTS, MESSAGES])
            fresh = await freshness(self.sources.ledger, connection)
        found = [one for one in whole if one.labels[0] == _SMS]
        total_usd, messages = spent_usd(found), arrival(found)
        days_usd = {f"{day:%Y-%m-%d}": spent_usd(of_day, _SMS) for day, of_day in each.items()}
        return SmsCosts(
            period=said(days),
            total_cost_usd=total_usd,
            breakdown=_breakdown(found),
            cost_per_message_usd=average(total_usd, messages.received + messages.attempted, MILLIONTH),
            billed_cost_usd=spent_usd(found, basis="billed"),
            by_day={day: cost_usd for day, cost_usd in days_usd.items() if cost_usd},
            **fresh,
        )


def _volume(whole: Arrival) -> Volume:
    total = whole.received + whole.attempted
    return Volume(
        total=total,
        inbound=whole.received,
        outbound=whole.attempted,
        delivered=whole.delivered,
        failed=whole.failed,
        success_rate=ratio(total - whole.failed, total),
        delivery_rate=whole.delivery_ratio,
    )


def _time(times: Histogram) -> Time:
    return Time(count=times.observed, mean_seconds=times.mean_s, p95_seconds=times.quantile_s(0.95))


def _errors(found: list[Sum]) -> dict[str, int]:
    errors: dict[str, int] = {}
    for family, labels, value in found:
        if family == _ERRORS:
            errors[labels[2]] = errors.get(labels[2], 0) + int(value)
    return dict(sorted(errors.items(), key=lambda item: (-item[1], item[0])))


def _days(days: Days, each: dict[datetime, list[Sum]]) -> list[SmsDay]:
    by_date = {at.date(): arrival(found, _SMS) for at, found in each.items()}
    return [
        SmsDay(date=f"{day}", inbound=of.received, outbound=of.attempted, failed=of.failed)
        for day in days.all
        for of in [by_date.get(day, Arrival())]
    ]


def _breakdown(found: list[Sum]) -> list[CostPart]:
    """Of labels (channel, provider, component, direction, message_type), the dearest first."""
    ordered = sorted(
        (one for one in found if one.family == MESSAGE_COSTS), key=lambda one: (-one.value, one.labels)
    )
    return [
        CostPart(
            provider=labels[1],
            component=labels[2],
            direction=labels[3],
            message_type=None if labels[4] == NONE else labels[4],
            cost_usd=value,
        )
        for _, labels, value in ordered
    ]
