"""Calls to language models: how many, by whom they are made, what they cost in money and in credits.

Paths and shapes: seed document 002. Money is exact; averages are rounded half up, to 2 places for credits and 4 for
money, and null where nothing was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from pydantic import Field

from exporter.api.amounts import average
from exporter.api.answer import Answer, Exact
from exporter.api.freshness import Fresh
from exporter.api.period import PeriodAnswer
from exporter.ledger.rollup_query import Sum
from exporter.measure import EXACT
from exporter.rollup import MODEL_COSTS

REQUESTS = "comms_llm_requests_total"
PAID, PAYMENTS, BOUGHT = (
    "comms_payment_amount_usd_total",
    "comms_payments_total",
    "comms_credits_bought_total",
)
USAGE_FAMILIES = (REQUESTS, MODEL_COSTS)
PAYMENT_FAMILIES = (PAID, PAYMENTS, BOUGHT)
_CENT = Decimal("0.01")


class Spent(NamedTuple):
    """Calls and what they cost."""

    requests: int = 0
    cost_usd: Decimal = Decimal(0)

    def plus(self, requests: int, cost_usd: Decimal) -> Spent:
        """With more of both."""
        return Spent(self.requests + requests, EXACT.add(self.cost_usd, cost_usd))


class UsageOf(Answer):
    """Calls and what they cost."""

    requests: int = Field(description="Calls.")
    credits: Exact | None = Field(description="Prepaid credits used; null where none are sold.")
    cost_usd: Exact = Field(description="What they cost in US dollars.")


class UsageTotals(Answer):
    """All calls of the period."""

    total_requests: int = Field(description="Calls.")
    total_credits: Exact | None = Field(description="Prepaid credits used; null where none are sold.")
    total_cost_usd: Exact = Field(description="What they cost in US dollars.")
    avg_credits_per_request: Exact | None = Field(description="To 2 places; null without calls.")
    avg_cost_per_request_usd: Exact | None = Field(description="To 4 places; null without calls.")


class PaymentTotals(Answer):
    """What was paid in the period."""

    total_paid_usd: Exact = Field(description="Payments that succeeded, in US dollars.")
    total_credits_purchased: int = Field(description="Prepaid credits bought.")
    payment_count: int = Field(description="Payments that succeeded.")


class UsageSummary(Fresh):
    """Calls, payments, and calls by provider, model and day."""

    period: PeriodAnswer = Field(description="The time that this is about.")
    usage: UsageTotals = Field(description="All calls.")
    payments: PaymentTotals = Field(description="What was paid.")
    by_provider: dict[str, UsageOf] = Field(description="By provider.")
    by_model: dict[str, UsageOf] = Field(description="By `provider/model`.")
    by_day: dict[str, UsageOf] = Field(description="By day, those without calls left out.")


class Point(Answer):
    """A day or an hour."""

    timestamp: str = Field(description="The day as YYYY-MM-DD, or the beginning of the hour as RFC 3339.")
    requests: int = Field(description="Calls.")
    credits: Exact | None = Field(description="Prepaid credits used; null where none are sold.")
    cost_usd: Exact = Field(description="What they cost in US dollars.")


class TimeSeries(Fresh):
    """Calls by day or hour, those without any at zero."""

    granularity: str = Field(description="`day` or `hour`.")
    period_days: int = Field(description="How many days.")
    data_points: int = Field(description="How many points.")
    data: list[Point] = Field(description="From the oldest to the newest.")


class ProviderShare(Answer):
    """One provider."""

    provider: str = Field(description="Its name.")
    requests: int = Field(description="Calls.")
    credits: Exact | None = Field(description="Prepaid credits used; null where none are sold.")
    cost_usd: Exact = Field(description="What they cost in US dollars.")
    cost_percentage: Exact = Field(
        description="Share of all costs; the shares add up to 100.00, or are all 0."
    )
    avg_cost_per_request: Exact | None = Field(description="To 4 places; null without calls.")
    models_used: list[str] = Field(description="Its models, by name.")


class Providers(Fresh):
    """Providers beside each other, the dearest first."""

    period_days: int = Field(description="How many days.")
    providers: list[ProviderShare] = Field(description="The dearest first; of equals by name.")
    total_providers: int = Field(description="How many.")


class ModelCost(Answer):
    """One model."""

    model: str = Field(description="`provider/model`.")
    provider: str = Field(description="Its provider.")
    model_name: str = Field(description="Its name.")
    requests: int = Field(description="Calls.")
    credits: Exact | None = Field(description="Prepaid credits used; null where none are sold.")
    cost_usd: Exact = Field(description="What they cost in US dollars.")
    avg_cost_per_request: Exact | None = Field(description="To 4 places; null without calls.")


class TopModels(Fresh):
    """The dearest models."""

    period_days: int = Field(description="How many days.")
    limit: int = Field(description="How many were asked for.")
    models: list[ModelCost] = Field(description="The dearest first; of equals the most called, then by name.")
    total: int = Field(description="How many models there are.")


class Credits(NamedTuple):
    """What a dollar of usage is in credits; None where none are sold."""

    per_usd: Fraction | None

    def of(self, cost_usd: Decimal) -> Decimal | None:
        """Credits, exactly where they have an end, else to 12 places."""
        if self.per_usd is None:
            return None
        product = Fraction(cost_usd) * self.per_usd
        amount = EXACT.divide(Decimal(product.numerator), Decimal(product.denominator))
        return _shortened(amount if amount == round(amount, 12) else round(amount, 12))


def spent_in(sums: Iterable[Sum]) -> Spent:
    """All calls and costs of these sums."""
    requests, cost_usd = 0, Decimal(0)
    for one in sums:
        if one.family == REQUESTS:
            requests += int(one.value)
        elif one.family == MODEL_COSTS:
            cost_usd = EXACT.add(cost_usd, one.value)
    return Spent(requests, cost_usd)


def by_model(sums: Iterable[Sum]) -> dict[tuple[str, str], Spent]:
    """Calls and costs by provider and model."""
    found: dict[tuple[str, str], list[Sum]] = {}
    for one in sums:
        found.setdefault((one.labels[0], one.labels[1]), []).append(one)
    return {model: spent_in(part) for model, part in found.items()}


def by_provider(models: Mapping[tuple[str, str], Spent]) -> dict[str, Spent]:
    """The same by provider."""
    found: dict[str, Spent] = {}
    for (provider, _), spent in models.items():
        found[provider] = found.get(provider, Spent()).plus(*spent)
    return found


def together(parts: Iterable[Spent]) -> Spent:
    """The sum."""
    whole = Spent()
    for part in parts:
        whole = whole.plus(*part)
    return whole


def usage_of(spent: Spent, credits: Credits) -> UsageOf:
    """As an answer shows it."""
    return UsageOf(
        requests=spent.requests, credits=credits.of(spent.cost_usd), cost_usd=_shortened(spent.cost_usd)
    )


def usage_totals(spent: Spent, credits: Credits) -> UsageTotals:
    """As an answer shows it."""
    in_credits = credits.of(spent.cost_usd)
    return UsageTotals(
        total_requests=spent.requests,
        total_credits=in_credits,
        total_cost_usd=_shortened(spent.cost_usd),
        avg_credits_per_request=None if in_credits is None else average(in_credits, spent.requests, _CENT),
        avg_cost_per_request_usd=average(spent.cost_usd, spent.requests),
    )


def payment_totals(sums: Iterable[Sum]) -> PaymentTotals:
    """Of payments that succeeded."""
    found = {(one.family, one.labels): one.value for one in sums}
    zero = Decimal(0)
    return PaymentTotals(
        total_paid_usd=_shortened(found.get((PAID, ("succeeded",)), zero)),
        total_credits_purchased=int(found.get((BOUGHT, ()), zero)),
        payment_count=int(found.get((PAYMENTS, ("succeeded",)), zero)),
    )


def provider_shares(models: Mapping[tuple[str, str], Spent], credits: Credits) -> list[ProviderShare]:
    """The dearest first."""
    providers = sorted(by_provider(models).items(), key=lambda item: (-item[1].cost_usd, item[0]))
    shares = percentages([spent.cost_usd for _, spent in providers])
    return [
        ProviderShare(
            provider=provider,
            **dict(usage_of(spent, credits)),
            cost_percentage=share,
            avg_cost_per_request=average(spent.cost_usd, spent.requests),
            models_used=sorted(model for of, model in models if of == provider),
        )
        for (provider, spent), share in zip(providers, shares, strict=True)
    ]


def top_models(models: Mapping[tuple[str, str], Spent], limit: int, credits: Credits) -> list[ModelCost]:
    """The dearest first."""
    ranked = sorted(models.items(), key=lambda item: (-item[1].cost_usd, -item[1].requests, item[0]))
    return [
        ModelCost(
            model="/".join(model),
            provider=model[0],
            model_name=model[1],
            **dict(usage_of(spent, credits)),
            avg_cost_per_request=average(spent.cost_usd, spent.requests),
        )
        for model, spent in ranked[:limit]
    ]


def point(begins: datetime, by_hours: bool, spent: Spent, credits: Credits) -> Point:
    """A day or an hour, as an answer shows it."""
    utc = begins.astimezone(UTC)
    timestamp = f"{utc:%Y-%m-%dT%H:%M:%SZ}" if by_hours else f"{utc:%Y-%m-%d}"
    return Point(timestamp=timestamp, **dict(usage_of(spent, credits)))


def percentages(amounts: list[Decimal]) -> list[Decimal]:
    """Shares with two places that add up to 100.00: what rounding leaves goes to the largest remainders first."""
    whole = sum(amounts, Decimal(0))
    if not whole:
        return [Decimal("0.00") for _ in amounts]
    exact = [EXACT.divide(amount * 10_000, whole) for amount in amounts]
    floors = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: (floors[at] - exact[at], at))
    for at in by_remainder[: 10_000 - sum(floors)]:
        floors[at] += 1
    return [Decimal(share).scaleb(-2) for share in floors]


def _shortened(amount: Decimal) -> Decimal:
    """Without zeros at its end."""
    return EXACT.normalize(amount) if amount else Decimal(0)
