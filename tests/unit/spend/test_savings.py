"""Each hint where the money can be told by hand, and the cases in which there is none."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from exporter.ledger.waste import (
    AvoidableSegments,
    FailedRetries,
    IdleNumber,
    ShortAnswers,
    TemplateCategory,
    Waste,
)
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import OwnModel, Tier, Tiered
from exporter.spend.savings import Hint, Saving, savings

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def own(model: str, input_usd: str, output_usd: str, cached_usd: str | None = None) -> OwnModel:
    prices = {"input_mtok": Decimal(input_usd), "output_mtok": Decimal(output_usd)}
    if cached_usd:
        prices["cache_read_mtok"] = Decimal(cached_usd)
    return OwnModel(provider="made", model=model, prices_usd_per_million_tokens=prices)  # type: ignore[arg-type]


PRICES = LlmPrices([own("large", "2.50", "10", "1.25"), own("small", "0.15", "0.60"), own("free", "0", "0")])


def found(
    segments: list[AvoidableSegments] | None = None,
    retries: list[FailedRetries] | None = None,
    categories: list[TemplateCategory] | None = None,
    answers: list[ShortAnswers] | None = None,
    prices: LlmPrices = PRICES,
    numbers: list[IdleNumber] | None = None,
) -> list[Saving]:
    waste = Waste(segments or [], retries or [], categories or [], answers or [], numbers or [])
    return savings(waste, prices, NOW)


def charged(
    template: str, category: str, messages: int, cost_usd: str, country: str = "DE"
) -> TemplateCategory:
    return TemplateCategory("acme", template, country, category, messages, Decimal(cost_usd))


def short(
    model: str,
    calls: int = 1,
    tokens: tuple[int, int, int] = (1_000_000, 0, 1_000_000),
    provider: str = "made",
) -> ShortAnswers:
    return ShortAnswers("acme", provider, model, calls, *tokens)


def test_the_most_money_comes_first() -> None:
    rows = [
        AvoidableSegments("acme", name, 1, 1, Decimal(usd))
        for name, usd in [("a", "1"), ("b", "3"), ("c", "2")]
    ]
    assert [saving.amount_usd for saving in found(rows)] == [3, 2, 1]


def test_segments_that_smart_encoding_saves_name_the_template() -> None:
    (saving,) = found([AvoidableSegments("acme", "welcome", 12, 20, Decimal("0.166"))])
    assert saving == Saving(
        "acme",
        Hint.ENCODING,
        Decimal("0.166"),
        "template welcome: Smart Encoding saves 20 segments in 12 messages",
    )


def test_messages_without_a_template_say_so() -> None:
    (saving,) = found([AvoidableSegments("acme", None, 1, 1, Decimal(1))])
    assert saving.reason.startswith("messages without a template: ")


def test_a_template_that_looks_like_a_number_is_not_printed() -> None:
    (saving,) = found([AvoidableSegments("acme", "+447700900123", 1, 1, Decimal(1))])
    assert "7700900123" not in saving.reason


def test_retries_that_failed_say_how_many_customers_and_no_number_of_theirs() -> None:
    (saving,) = found(retries=[FailedRetries("acme", "sms", 2, 9, Decimal("0.0747"))])
    assert saving.amount_usd == Decimal("0.0747")
    assert saving.reason == "sms: 9 messages went to 2 customers for whom 3 had failed and none arrived"


def test_a_template_charged_both_ways_saves_what_marketing_cost_more() -> None:
    rows = [charged("promo", "marketing", 10, "1.10"), charged("promo", "utility", 5, "0.25")]
    (saving,) = found(categories=rows)
    assert (saving.hint, saving.amount_usd) == (Hint.TEMPLATE_CATEGORY, Decimal("0.60"))
    assert saving.reason == "template promo: charged as utility, but 10 times as marketing"


def test_each_country_is_compared_with_its_own_utility_price() -> None:
    rows = [
        charged("promo", "marketing", 10, "1.10"),
        charged("promo", "marketing", 10, "2.00", country="BR"),
        charged("promo", "marketing", 10, "9.00", country="IN"),
        charged("promo", "utility", 1, "0.05"),
        charged("receipt", "utility", 4, "0.40", country="BR"),
    ]
    (saving,) = found(categories=rows)
    assert saving.amount_usd == Decimal("1.10") - Decimal("0.50") + Decimal("2.00") - Decimal("1.00")


def test_a_template_that_is_always_marketing_is_left_alone() -> None:
    assert (
        found(categories=[charged("promo", "marketing", 10, "1"), charged("receipt", "utility", 1, "0.01")])
        == []
    )


def test_the_utility_price_of_another_tenant_proves_nothing() -> None:
    other = charged("promo", "utility", 1, "0.01")._replace(tenant="globex")
    assert found(categories=[charged("promo", "marketing", 10, "1"), other]) == []


def test_short_answers_are_compared_with_the_cheapest_model_in_use() -> None:
    (saving,) = found(answers=[short("large", 40), short("small", 2)])
    assert saving.amount_usd == Decimal("12.50") - Decimal("0.75")
    assert saving.reason == (
        "large: 40 short calls were answered within 200 tokens; small, in use already, costs less"
    )


def test_cached_tokens_have_their_own_price() -> None:
    (saving,) = found(answers=[short("large", tokens=(1_000_000, 400_000, 0)), short("small")])
    assert saving.amount_usd == Decimal("2.00") - Decimal("0.15")


def test_a_model_that_nobody_uses_is_no_offer() -> None:
    assert found(answers=[short("large")]) == []


def test_the_model_of_another_provider_is_no_offer() -> None:
    assert found(answers=[short("large"), short("small", provider="other")]) == []


@pytest.mark.parametrize("model", ["unheard-of", "free"])
def test_a_model_without_a_price_is_no_offer_and_gets_none(model: str) -> None:
    assert found(answers=[short("large"), short(model)]) == []


def test_many_short_calls_are_not_priced_as_a_long_one() -> None:
    tiered = OwnModel(
        provider="made",
        model="large",
        prices_usd_per_million_tokens={
            "input_mtok": Tiered(base=Decimal(1), tiers=[Tier(start=200_000, price=Decimal(50))]),
            "output_mtok": Decimal(1),
        },
    )
    prices = LlmPrices([tiered, own("small", "0.15", "0.60")])
    (saving,) = found(answers=[short("large"), short("small")], prices=prices)
    assert saving.amount_usd == Decimal(2) - Decimal("0.75")


def test_shipped_prices_know_the_smaller_sibling() -> None:
    rows = [short("gpt-4o", provider="openai"), short("gpt-4o-mini", provider="openai")]
    (saving,) = found(answers=rows, prices=LlmPrices())
    assert saving.amount_usd == Decimal("12.50") - Decimal("0.75")


def test_where_nothing_can_be_saved_nothing_is_said() -> None:
    assert found([AvoidableSegments("acme", None, 1, 1, Decimal(0))]) == []


def test_a_price_is_that_of_today() -> None:
    then = own("large", "99", "99").model_copy(update={"since": date(2026, 12, 1)})
    prices = LlmPrices([own("large", "2.50", "10"), then, own("small", "0.15", "0.60")])
    (saving,) = found(answers=[short("large"), short("small")], prices=prices)
    assert saving.amount_usd == Decimal("11.75")


def test_the_rent_of_an_idle_number_is_what_giving_it_back_saves() -> None:
    rows = [
        IdleNumber("acme", "twilio", "support", Decimal("1.15")),
        IdleNumber("acme", "twilio", "number ending 0123", Decimal("2.00")),
    ]
    assert found(numbers=rows) == [
        Saving(
            "acme",
            Hint.IDLE_NUMBERS,
            Decimal("2.00"),
            "twilio: number ending 0123 is rented, and had no message in 30 days",
        ),
        Saving(
            "acme",
            Hint.IDLE_NUMBERS,
            Decimal("1.15"),
            "twilio: support is rented, and had no message in 30 days",
        ),
    ]


def test_a_number_without_rent_is_no_hint() -> None:
    assert found(numbers=[IdleNumber("acme", "twilio", "support", Decimal(0))]) == []


def test_a_number_that_is_its_own_alias_is_not_told() -> None:
    (saving,) = found(numbers=[IdleNumber("acme", "twilio", "+447700900123", Decimal(1))])
    assert saving.reason == "twilio: _redacted is rented, and had no message in 30 days"
