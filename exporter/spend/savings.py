"""Where money could be saved, with the money: only what the tenant's own traffic proves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from exporter.event import Usage
from exporter.label import label
from exporter.ledger.waste import (
    PATIENT_FAILURES,
    SHORT_ANSWER_TOKENS,
    AvoidableSegments,
    FailedRetries,
    IdleNumber,
    ShortAnswers,
    TemplateCategory,
    Waste,
)
from exporter.pricing.cost import EXACT, ZERO_USD, Priced
from exporter.pricing.llm import LlmPrices

WINDOW_DAYS = 30
_PROBE_TOKENS = 1_000


class Hint(StrEnum):
    """What would save money; the value is the label of comms_savings_usd."""

    ENCODING = "encoding"
    FAILED_RETRIES = "failed_retries"
    TEMPLATE_CATEGORY = "template_category"
    SHORT_ANSWERS = "short_answers"
    IDLE_NUMBERS = "idle_numbers"


class Saving(NamedTuple):
    """Money that need not have been spent, and one sentence why; names nobody."""

    tenant: str
    hint: Hint
    amount_usd: Decimal
    reason: str


def savings(waste: Waste, prices: LlmPrices, now: datetime) -> list[Saving]:
    """Every hint, the most money first."""
    found = [
        *_encoding(waste.avoidable_segments),
        *_failed_retries(waste.failed_retries),
        *_template_categories(waste.template_categories),
        *_short_answers(waste.short_answers, prices, now),
        *_idle_numbers(waste.idle_numbers),
    ]
    return sorted((saving for saving in found if saving.amount_usd > 0), key=_most_first)


def _most_first(saving: Saving) -> tuple[Decimal, str, str, str]:
    return -saving.amount_usd, saving.tenant, saving.hint, saving.reason


def _encoding(rows: Iterable[AvoidableSegments]) -> Iterator[Saving]:
    for row in rows:
        subject = f"template {label(row.template)}" if row.template else "messages without a template"
        reason = f"{subject}: Smart Encoding saves {row.segments} segments in {row.messages} messages"
        yield Saving(label(row.tenant), Hint.ENCODING, row.avoidable_usd, reason)


def _failed_retries(rows: Iterable[FailedRetries]) -> Iterator[Saving]:
    for row in rows:
        reason = (
            f"{row.channel}: {row.messages} messages went to {row.customers} customers for whom "
            f"{PATIENT_FAILURES} had failed and none arrived"
        )
        yield Saving(label(row.tenant), Hint.FAILED_RETRIES, row.avoidable_usd, reason)


def _template_categories(rows: list[TemplateCategory]) -> Iterator[Saving]:
    """Templates that were charged both ways: as marketing, beyond what the tenant's utility messages cost there.

    A template that is always marketing is left alone: whether its text could be utility is Meta's to say.
    """
    utility_usd = _utility_prices(rows)
    both_ways = {(row.tenant, row.template) for row in rows if row.category == "utility"}
    marketing: dict[tuple[str, str], list[TemplateCategory]] = defaultdict(list)
    for row in rows:
        if row.category == "marketing" and (row.tenant, row.country) in utility_usd:
            marketing[row.tenant, row.template].append(row)
    for tenant, template in sorted(marketing.keys() & both_ways):
        charged = marketing[tenant, template]
        saved_usd = ZERO_USD
        for row in charged:
            as_utility_usd = EXACT.multiply(utility_usd[row.tenant, row.country], row.messages)
            saved_usd = EXACT.add(saved_usd, EXACT.subtract(row.cost_usd, as_utility_usd))
        times = sum(row.messages for row in charged)
        reason = f"template {label(template)}: charged as utility, but {times} times as marketing"
        yield Saving(label(tenant), Hint.TEMPLATE_CATEGORY, saved_usd, reason)


def _utility_prices(rows: Iterable[TemplateCategory]) -> dict[tuple[str, str], Decimal]:
    """What a charged utility message cost on average, by tenant and country."""
    sums: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for row in rows:
        if row.category == "utility":
            cost_usd, messages = sums.get((row.tenant, row.country), (ZERO_USD, 0))
            sums[row.tenant, row.country] = EXACT.add(cost_usd, row.cost_usd), messages + row.messages
    return {place: EXACT.divide(cost_usd, messages) for place, (cost_usd, messages) in sums.items()}


def _short_answers(rows: Iterable[ShortAnswers], prices: LlmPrices, now: datetime) -> Iterator[Saving]:
    """Short calls to a model, at the price of the cheapest model of that provider that the tenant uses for such."""
    used: dict[tuple[str, str], list[ShortAnswers]] = defaultdict(list)
    for row in rows:
        used[row.tenant, row.provider].append(row)
    for row in (row for models in used.values() for row in models):
        models = [other.model for other in used[row.tenant, row.provider]]
        by_model = {model: _price_usd(row, model, prices, now) for model in models}
        own_usd = by_model[row.model]
        if own_usd is None:
            continue
        cheapest_usd, model = min((usd, model) for model, usd in by_model.items() if usd is not None)
        reason = (
            f"{label(row.model)}: {row.calls} short calls were answered within {SHORT_ANSWER_TOKENS} tokens; "
            f"{label(model)}, in use already, costs less"
        )
        yield Saving(label(row.tenant), Hint.SHORT_ANSWERS, EXACT.subtract(own_usd, cheapest_usd), reason)


def _idle_numbers(rows: Iterable[IdleNumber]) -> Iterator[Saving]:
    for row in rows:
        reason = f"{row.provider}: {label(row.name)} is rented, and had no message in {WINDOW_DAYS} days"
        yield Saving(label(row.tenant), Hint.IDLE_NUMBERS, row.monthly_rent_usd, reason)


def _price_usd(row: ShortAnswers, model: str, prices: LlmPrices, now: datetime) -> Decimal | None:
    """What these tokens cost with that model now; None where a kind of token has no price, or costs nothing.

    Prices are asked for few tokens, because the sum of many short calls would be priced as a long one.
    """
    total_usd = ZERO_USD
    for tokens, probe in (
        (row.input_tokens - row.cached_input_tokens, Usage(input_tokens=_PROBE_TOKENS)),
        (row.cached_input_tokens, Usage(input_tokens=_PROBE_TOKENS, cached_input_tokens=_PROBE_TOKENS)),
        (row.output_tokens, Usage(output_tokens=_PROBE_TOKENS)),
    ):
        cost = prices.price(row.provider, model, probe, now)
        if not isinstance(cost, Priced) or not cost.cost_usd:
            return None
        total_usd = EXACT.add(total_usd, EXACT.multiply(cost.cost_usd, tokens))
    return EXACT.divide(total_usd, _PROBE_TOKENS)
