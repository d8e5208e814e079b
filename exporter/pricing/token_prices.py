"""The prices of one model's tokens, and the exact cost of a call by them."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from exporter.event import Usage
from exporter.pricing.cost import EXACT, ZERO_USD, Cost, NoPrice, Part, Priced, Unpriced
from exporter.vocabulary import Component

_PER_MILLION = Decimal("1E-6")
_COMPONENTS = (
    Component.LLM_INPUT,
    Component.LLM_CACHED_INPUT,
    Component.LLM_CACHED_INPUT,
    Component.LLM_CACHE_WRITE,
    Component.LLM_CACHE_WRITE,
    Component.LLM_INPUT_AUDIO,
    Component.LLM_OUTPUT,
    Component.LLM_REASONING,
    Component.LLM_OUTPUT_AUDIO,
)


class TokenPrice(NamedTuple):
    """USD per million tokens; a long prompt moves the whole request to the price of its tier.

    Attributes:
        tiers: (input tokens that must be exceeded, price), ascending.
    """

    base_usd: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: int) -> Decimal:
        """The price for a request with this many input tokens in all."""
        price_usd = self.base_usd
        for start, tier_usd in self.tiers:
            if input_tokens > start:
                price_usd = tier_usd
        return price_usd


class TokenPrices:
    """What each kind of token of a model costs; a kind without a price costs what the plain kind does.

    Args:
        card: the rate card they stand in.
        output: None where a model, such as one for embeddings, charges its input only.
        request_usd: charged once for each answered call, beside its tokens.
    """

    def __init__(
        self,
        card: str,
        *,
        input: TokenPrice | None = None,
        cached_input: TokenPrice | None = None,
        cached_audio: TokenPrice | None = None,
        cache_write: TokenPrice | None = None,
        cache_write_1h: TokenPrice | None = None,
        input_audio: TokenPrice | None = None,
        output: TokenPrice | None = None,
        reasoning: TokenPrice | None = None,
        output_audio: TokenPrice | None = None,
        request_usd: Decimal = ZERO_USD,
    ) -> None:
        self._card = card
        self._charges_input = input is not None
        self._request_usd = request_usd
        cached, write = cached_input or input, cache_write or input
        prices = (
            *(input, cached, cached_audio or cached, write, cache_write_1h or write, input_audio or input),
            *(output, reasoning or output, output_audio or output),
        )
        self._per_token = tuple(price and _per_token(price) for price in prices)

    def cost(self, usage: Usage) -> Cost:
        """The exact cost of a call; unpriced where the model's input is not charged by tokens."""
        if not self._charges_input:
            return Unpriced(NoPrice.NO_UNIT_PRICE, Component.LLM_INPUT)
        parts: list[Part] = []
        cost_usd = ZERO_USD
        for component, tokens, price in zip(
            _COMPONENTS, _without_overlap(usage), self._per_token, strict=True
        ):
            if tokens < 0:
                return Unpriced(NoPrice.BAD_USAGE, component)
            if tokens and price is not None:
                per_token_usd = price.at(usage.input_tokens) if price.tiers else price.base_usd
                part_usd = EXACT.multiply(per_token_usd, tokens)
                parts.append(Part(component, part_usd))
                cost_usd = EXACT.add(cost_usd, part_usd)
        if parts and self._request_usd:
            parts.append(Part(Component.LLM, self._request_usd))
            cost_usd = EXACT.add(cost_usd, self._request_usd)
        return Priced(tuple(parts), self._card, cost_usd, cost_usd)


def _per_token(price: TokenPrice) -> TokenPrice:
    """Divided once, and not again for each call."""
    tiers = tuple((start, EXACT.multiply(tier_usd, _PER_MILLION)) for start, tier_usd in price.tiers)
    return TokenPrice(EXACT.multiply(price.base_usd, _PER_MILLION), tiers)


def _without_overlap(usage: Usage) -> tuple[int, ...]:
    """How many tokens there are of each of _COMPONENTS; an audio token that was cached counts as cached."""
    cached, cached_audio, written, written_1h = (
        usage.cached_input_tokens,
        usage.cached_audio_tokens,
        usage.cache_write_tokens,
        usage.cache_write_1h_tokens,
    )
    uncached = usage.input_tokens - cached - written
    heard, reasoned, spoken = usage.input_audio_tokens, usage.reasoning_tokens, usage.output_audio_tokens
    if heard:
        heard = max(0, min(heard, uncached))
    return (
        uncached - heard,
        cached - cached_audio,
        cached_audio,
        written - written_1h,
        written_1h,
        heard,
        usage.output_tokens - reasoned - spoken,
        reasoned,
        spoken,
    )
