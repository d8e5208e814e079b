"""Calls to language models and what they cost, by the same functions as GET /api/v1/analytics/summary."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from exporter.api.usage import (
    USAGE_FAMILIES,
    Credits,
    ModelCost,
    UsageTotals,
    by_model,
    together,
    top_models,
    usage_totals,
)
from exporter.front_page.visit import Visit
from exporter.ledger.reader import Reader
from exporter.ledger.rollup_query import sums

_MOST_MODELS = 5


class Llm(NamedTuple):
    """Calls in the time that is shown.

    Attributes:
        models: the dearest first, at most 5.
        models_in_all: how many were called.
    """

    whole: UsageTotals
    models: list[ModelCost]
    models_in_all: int


async def llm(reader: Reader, visit: Visit, credits: Credits, now: datetime) -> Llm | None:
    """What a visit may see; None where nothing was called.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with reader.of(visit.tenant) as connection:
        found = by_model(await sums(connection, visit.owner, visit.period(now), USAGE_FAMILIES))
    if not found:
        return None
    whole = usage_totals(together(found.values()), credits)
    return Llm(whole, top_models(found, _MOST_MODELS, credits), len(found))
