"""What a call to a language model costs: the operator's own table first, then genai-prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from importlib.metadata import version
from typing import NamedTuple

from genai_prices import data_snapshot, types

from exporter.event import Usage
from exporter.pricing.cost import ZERO_USD, Cost, NoPrice, Unpriced
from exporter.pricing.llm_table import OwnModel, Tiered
from exporter.pricing.token_prices import TokenPrice, TokenPrices

_REMEMBERED = 4_096
_UNITS = {
    "input_mtok": "input",
    "cache_read_mtok": "cached_input",
    "cache_audio_read_mtok": "cached_audio",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "input_audio",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
    "output_audio_mtok": "output_audio",
}
_PER_THOUSAND_REQUESTS = "requests_kcount"


class _Dated(NamedTuple):
    """Prices and when they hold; None means always."""

    constraint: types.StartDateConstraint | types.TimeOfDateConstraint | None
    prices: TokenPrices


class _Found(NamedTuple):
    """The prices of a model, newest first; `info` where genai-prices has more for calls of other tiers."""

    dated: tuple[_Dated, ...]
    info: types.ModelInfo | None = None
    card: str = ""


class LlmPrices:
    """Every price of language models that we know, by provider, model and date."""

    def __init__(self, own: Iterable[OwnModel] = ()) -> None:
        self._own = tuple(own)
        self._providers = data_snapshot.get_snapshot().providers
        self._card = f"genai-prices {version('genai-prices')}"
        # Names come from outside: only so many are remembered.
        self._find = lru_cache(_REMEMBERED)(self._found)

    def price(self, provider: str, model: str, usage: Usage, at: datetime, tier: str | None = None) -> Cost:
        """The cost of one call by the prices in force at that time; a tier without prices costs what all others do."""
        found = self._find(provider, model)
        if isinstance(found, Unpriced):
            return found
        if tier is not None and found.info is not None and _has_tier(found.info, tier):
            prices = found.info.get_prices(at, _of_tier(tier))
            return _token_prices(vars(prices), f"{found.card} {tier}").cost(usage)
        for dated in found.dated:
            if dated.constraint is None or dated.constraint.active(at):
                return dated.prices.cost(usage)
        return Unpriced(NoPrice.NO_RATE_CARD, model)

    def _found(self, provider: str, model: str) -> _Found | Unpriced:
        provider, model = provider.lower().strip(), model.lower().strip()
        own = [line for line in self._own if line.names(provider, model)]
        if own:
            newest_first = sorted(own, key=lambda line: line.since or date.min, reverse=True)
            return _Found(tuple(_dated_own(line) for line in newest_first))
        known = data_snapshot.find_provider_by_id(self._providers, provider)
        if known is None:
            return Unpriced(NoPrice.UNKNOWN_PROVIDER, provider)
        info = known.find_model(model, all_providers=self._providers)
        if info is None:
            return Unpriced(NoPrice.UNKNOWN_MODEL, f"{provider}/{model}")
        card = f"{self._card} {known.id}/{info.id}"
        return _Found(self._dated(info, card), info, card)

    def _dated(self, info: types.ModelInfo, card: str) -> tuple[_Dated, ...]:
        if isinstance(info.prices, types.ModelPrice):
            return (_Dated(None, _token_prices(vars(info.prices), card)),)
        # The last one that holds wins; where none does, the first.
        newest_first = [
            _Dated(line.constraint, _token_prices(vars(line.prices), card + _since(line.constraint)))
            for line in reversed(info.prices)
        ]
        return (*newest_first, newest_first[-1]._replace(constraint=None))


def _has_tier(info: types.ModelInfo, tier: str) -> bool:
    """Whether the tier has prices of its own; OpenAI's `default`, which most calls have, is there without any."""
    variants = (each for each in info.price_variants or () if each.when.items() <= _of_tier(tier).items())
    return any(price is not None for each in variants for price in vars(each.prices).values())


def _of_tier(tier: str) -> dict[str, str]:
    """The two names under which genai-prices has what providers write as one."""
    return {"processing": tier, "service_tier": tier}


def _since(constraint: types.StartDateConstraint | types.TimeOfDateConstraint | None) -> str:
    return f" {constraint.start_date}" if isinstance(constraint, types.StartDateConstraint) else ""


def _dated_own(line: OwnModel) -> _Dated:
    constraint = types.StartDateConstraint(line.since) if line.since else None
    card = f"own {line.provider}/{line.model}" + (f" {line.since.isoformat()}" if line.since else "")
    return _Dated(constraint, _token_prices(line.prices_usd_per_million_tokens, card))


def _token_prices(by_unit: Mapping[str, object], card: str) -> TokenPrices:
    prices = {name: _token_price(by_unit.get(unit)) for unit, name in _UNITS.items()}
    fee = by_unit.get(_PER_THOUSAND_REQUESTS)
    request_usd = fee.scaleb(-3) if isinstance(fee, Decimal) else ZERO_USD
    return TokenPrices(card, **prices, request_usd=request_usd)


def _token_price(price: object) -> TokenPrice | None:
    if isinstance(price, Decimal):
        return TokenPrice(price)
    if isinstance(price, types.TieredPrices | Tiered):
        return TokenPrice(price.base, tuple(sorted((tier.start, tier.price) for tier in price.tiers)))
    return None
