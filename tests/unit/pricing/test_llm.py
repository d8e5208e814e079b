"""LLM prices: the recorded vectors to the last digit, history by date, unknown models never at zero."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import ConfigError
from exporter.event import Usage
from exporter.pricing.cost import NoPrice, Priced, Unpriced
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import OwnModel, read_table
from exporter.pricing.token_prices import TokenPrice, TokenPrices
from exporter.vocabulary import Component

DATA = Path(__file__).parents[2] / "data" / "llm"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
VECTORS: list[dict[str, Any]] = json.loads((DATA / "price_vectors.json").read_text())["vectors"]
PER_TOKEN: list[dict[str, Any]] = json.loads((DATA / "price_vectors_per_token.json").read_text())["vectors"]
NAMES = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_tokens": "cached_input_tokens",
    "cache_write_tokens": "cache_write_tokens",
    "cache_write_1h_tokens": "cache_write_1h_tokens",
    "output_reasoning_tokens": "reasoning_tokens",
}
OWN = LlmPrices(read_table(DATA / "price_table.json"))
SHIPPED = LlmPrices()


def usage_of(vector: dict[str, Any]) -> Usage:
    return Usage(**{NAMES[name]: number for name, number in vector["usage"].items()})


def cost_of(prices: LlmPrices, provider: str, model: str, usage: Usage, at: datetime = NOON) -> Decimal:
    cost = prices.price(provider, model, usage, at)
    assert isinstance(cost, Priced), cost
    return cost.cost_usd


@pytest.mark.parametrize("at", range(len(VECTORS)))
def test_every_vector_comes_out_to_the_last_digit(at: int) -> None:
    vector = VECTORS[at]
    cost = cost_of(OWN, vector["provider"], vector["model"], usage_of(vector))
    assert cost == Decimal(vector["expected_cost_usd"])


@pytest.mark.parametrize("at", range(len(PER_TOKEN)))
def test_prices_per_token_in_scientific_notation_are_exact(at: int) -> None:
    vector = PER_TOKEN[at]

    def per_million(name: str) -> TokenPrice | None:
        return TokenPrice(Decimal(vector[name]) * 1_000_000) if vector[name] else None

    prices = TokenPrices(
        "litellm",
        input=per_million("input_cost_per_token"),
        cached_input=per_million("cache_read_input_token_cost"),
        output=per_million("output_cost_per_token"),
    )
    cost = prices.cost(usage_of(vector))
    assert isinstance(cost, Priced)
    assert cost.cost_usd == Decimal(vector["expected_cost_usd"])


@pytest.mark.parametrize(
    ("provider", "model", "tier", "dollars"),
    [
        ("anthropic", "claude-haiku-4-5", "standard", "1"),
        ("anthropic", "claude-haiku-4-5", "batch", "0.5"),
        ("openai", "gpt-5", "default", "1.25"),
        ("openai", "gpt-5", "flex", "0.625"),
        ("openai", "gpt-5", "batch", "0.625"),
        ("openai", "gpt-4.1", "priority", "3.5"),
        ("openai", "gpt-4.1", "unheard of", "2"),
    ],
)
def test_a_call_costs_what_its_tier_does(provider: str, model: str, tier: str, dollars: str) -> None:
    cost = SHIPPED.price(provider, model, Usage(input_tokens=1_000_000), NOON, tier)
    assert isinstance(cost, Priced)
    assert cost.cost_usd == Decimal(dollars)


def test_a_tier_has_its_prices_from_their_own_day_on() -> None:
    usage = Usage(input_tokens=1_000_000)
    before = SHIPPED.price("openai", "gpt-5", usage, datetime(2025, 9, 1, tzinfo=UTC), "flex")
    assert isinstance(before, Priced)
    assert before.cost_usd == Decimal("1.25")


def test_audio_from_the_cache_has_a_price_of_its_own() -> None:
    usage = Usage(input_tokens=1_000_000, cached_input_tokens=600_000, cached_audio_tokens=200_000)
    assert cost_of(SHIPPED, "google", "gemini-2.5-flash-lite", usage) == Decimal("0.050")


def test_a_call_that_answers_pays_its_request_too_where_the_provider_charges_that() -> None:
    assert cost_of(SHIPPED, "perplexity", "sonar", Usage(input_tokens=1)) == Decimal("0.012001")
    assert cost_of(SHIPPED, "perplexity", "sonar", Usage()) == 0


def test_the_parts_name_what_was_paid_for() -> None:
    usage = Usage(input_tokens=100, cached_input_tokens=60, output_tokens=10)
    cost = SHIPPED.price("openai", "gpt-4o-mini", usage, NOON)
    assert isinstance(cost, Priced)
    assert [part.component for part in cost.parts] == [
        Component.LLM_INPUT,
        Component.LLM_CACHED_INPUT,
        Component.LLM_OUTPUT,
    ]
    assert cost.cost_usd == Decimal("0.0000165")
    assert cost.card.startswith("genai-prices ")


def test_an_unknown_model_is_unpriced_under_its_name() -> None:
    assert SHIPPED.price("openai", "gpt-99", Usage(input_tokens=1), NOON) == Unpriced(
        NoPrice.UNKNOWN_MODEL, "openai/gpt-99"
    )


def test_an_unknown_provider_is_unpriced() -> None:
    cost = SHIPPED.price("nobody", "gpt-4o", Usage(input_tokens=1), NOON)
    assert cost == Unpriced(NoPrice.UNKNOWN_PROVIDER, "nobody")


def test_a_model_that_is_not_charged_by_tokens_is_unpriced_and_not_free() -> None:
    cost = SHIPPED.price("openai", "whisper-1", Usage(input_tokens=10), NOON)
    assert cost == Unpriced(NoPrice.NO_UNIT_PRICE, Component.LLM_INPUT)


def test_more_cached_than_input_is_no_usage_that_can_be_priced() -> None:
    usage = Usage(input_tokens=10, cached_input_tokens=11)
    assert SHIPPED.price("openai", "gpt-4o", usage, NOON) == Unpriced(NoPrice.BAD_USAGE, Component.LLM_INPUT)


def test_a_call_costs_what_held_on_its_day() -> None:
    before, after = datetime(2025, 6, 9, 23, 59, 59, tzinfo=UTC), datetime(2025, 6, 10, tzinfo=UTC)
    usage = Usage(input_tokens=1_000_000)
    assert cost_of(SHIPPED, "openai", "o3", usage, before) == 10
    assert cost_of(SHIPPED, "openai", "o3", usage, after) == 2
    dated = SHIPPED.price("openai", "o3", usage, after)
    assert isinstance(dated, Priced)
    assert dated.card.endswith("openai/o3 2025-06-10")


def test_an_own_price_has_its_first_second() -> None:
    lines = [
        {"provider": "openai", "model": "m", "prices_usd_per_million_tokens": {"input_mtok": "1"}},
        {
            "provider": "OpenAI",
            "model": "m",
            "from": "2026-10-01",
            "prices_usd_per_million_tokens": {"input_mtok": "2"},
        },
    ]
    prices = LlmPrices([OwnModel.model_validate(line) for line in lines])
    usage = Usage(input_tokens=1_000_000)
    assert cost_of(prices, "openai", "m", usage, datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC)) == 1
    assert cost_of(prices, "openai", "M", usage, datetime(2026, 10, 1, tzinfo=UTC)) == 2


def test_a_long_prompt_moves_the_whole_request_to_its_tier() -> None:
    at_the_limit = Usage(input_tokens=200_000, output_tokens=1_000_000)
    above = Usage(input_tokens=200_001, output_tokens=1_000_000)
    assert cost_of(SHIPPED, "google", "gemini-2.5-pro", at_the_limit) == Decimal("10.25")
    assert cost_of(SHIPPED, "google", "gemini-2.5-pro", above) == Decimal("15.5000025")


def test_a_table_that_cannot_be_used_names_every_problem(tmp_path: Path) -> None:
    table = tmp_path / "table.json"
    line = {"provider": "p", "prices_usd_per_million_tokens": {"input_mtok": "-1"}}
    table.write_text(json.dumps({"models": [line]}))
    with pytest.raises(ConfigError) as caught:
        read_table(table)
    assert len(caught.value.problems) >= 2


counts = st.integers(0, 10**12)


@given(counts, counts, counts, counts)
def test_the_parts_add_up_to_the_cost(plain: int, cached: int, output: int, reasoning: int) -> None:
    usage = Usage(
        input_tokens=plain + cached,
        cached_input_tokens=cached,
        output_tokens=output + reasoning,
        reasoning_tokens=reasoning,
    )
    cost = SHIPPED.price("openai", "gpt-4o-mini", usage, NOON)
    assert isinstance(cost, Priced)
    assert sum((part.amount_usd for part in cost.parts), Decimal(0)) == cost.cost_usd == cost.low_usd


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=1, max_size=20))
def test_splitting_a_batch_changes_nothing(calls: list[tuple[int, int]]) -> None:
    apart = sum(
        (cost_of(SHIPPED, "openai", "gpt-4o-mini", Usage(input_tokens=i, output_tokens=o)) for i, o in calls),
        Decimal(0),
    )
    together = Usage(input_tokens=sum(i for i, _ in calls), output_tokens=sum(o for _, o in calls))
    assert apart == cost_of(SHIPPED, "openai", "gpt-4o-mini", together)
