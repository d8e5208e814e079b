"""The prices of one model's tokens, and the exact cost of a call by them."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from exporter.event import Usage
from exporter.pricing.cost import EXACT, Cost, NoPrice, Part, Unpriced, exactly
from exporter.vocabulary import Component

_PER_MILLION = Decimal("1E-6")


class TokenPrice(NamedTuple):
    """USD per million tokens; a long prompt moves the whole request to the price of its tier.

    Attributes:
        tiers: (input tokens that must be exceeded, price), ascending.
    """

    base_usd: Decimal
    tiers: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: int) -> Decimal:
        """The price for a request with this many input tokens in all."""
        if not self.tiers:
            return self.base_usd
        price_usd = self.base_usd
        for start, tier_usd in self.tiers:
            if input_tokens > start:
                price_usd = tier_usd
        return price_usd


class TokenPrices(NamedTuple):
    """What each kind of token of a model costs; a kind without a price costs what the plain kind does.

    Attributes:
        card: the rate card they stand in.
        output: None where a model, such as one for embeddings, charges its input only.
    """

    card: str
    input: TokenPrice | None = None
    cached_input: TokenPrice | None = None
    cache_write: TokenPrice | None = None
    cache_write_1h: TokenPrice | None = None
    input_audio: TokenPrice | None = None
    output: TokenPrice | None = None
    reasoning: TokenPrice | None = None
    output_audio: TokenPrice | None = None

    def cost(self, usage: Usage) -> Cost:
        """The exact cost of a call; unpriced where the model's input is not charged by tokens."""
        if self.input is None:
            return Unpriced(NoPrice.NO_UNIT_PRICE, Component.LLM_INPUT)
        parts: list[Part] = []
        for component, tokens, price in self._leaves(usage):
            if tokens == 0:
                continue
            if tokens < 0:
                return Unpriced(NoPrice.BAD_USAGE, component)
            if price is None:
                continue
            per_token_usd = EXACT.multiply(price.at(usage.input_tokens), _PER_MILLION)
            parts.append(Part(component, EXACT.multiply(per_token_usd, tokens)))
        return exactly(tuple(parts), self.card)

    def _leaves(self, usage: Usage) -> tuple[tuple[Component, int, TokenPrice | None], ...]:
        """The kinds of token without overlap; an audio token that was cached counts as cached."""
        cached, written = usage.cached_input_tokens, usage.cache_write_tokens
        written_1h = usage.cache_write_1h_tokens
        uncached = usage.input_tokens - cached - written
        heard = max(0, min(usage.input_audio_tokens, uncached))
        plain_output = usage.output_tokens - usage.reasoning_tokens - usage.output_audio_tokens
        write = self.cache_write or self.input
        return (
            (Component.LLM_INPUT, uncached - heard, self.input),
            (Component.LLM_CACHED_INPUT, cached, self.cached_input or self.input),
            (Component.LLM_CACHE_WRITE, written - written_1h, write),
            (Component.LLM_CACHE_WRITE, written_1h, self.cache_write_1h or write),
            (Component.LLM_INPUT_AUDIO, heard, self.input_audio or self.input),
            (Component.LLM_OUTPUT, plain_output, self.output),
            (Component.LLM_REASONING, usage.reasoning_tokens, self.reasoning or self.output),
            (Component.LLM_OUTPUT_AUDIO, usage.output_audio_tokens, self.output_audio or self.output),
        )
