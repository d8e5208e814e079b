"""What one conversation costs: the worked example of the seed project, priced by our own engines."""

from datetime import UTC, datetime
from decimal import Decimal

from exporter.event import Usage
from exporter.pricing.cost import Priced
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import OwnModel
from exporter.pricing.whatsapp import flat
from exporter.spend.unit_economics import cost_per_unit, return_ratio, total_usd

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def llm_usd(tokens: int) -> Decimal:
    """By 0.00015 USD per 1,000 tokens, as the seed says it."""
    model = OwnModel(
        provider="seed", model="mini", prices_usd_per_million_tokens={"input_mtok": Decimal("0.15")}
    )
    cost = LlmPrices([model]).price("seed", "mini", Usage(input_tokens=tokens), NOW)
    assert isinstance(cost, Priced)
    return cost.cost_usd


def whatsapp_usd() -> Decimal:
    cost = flat(Decimal("0.01")).price("DE", "utility", "regular", NOW)
    assert isinstance(cost, Priced)
    return cost.cost_usd


def test_the_worked_example_comes_out_to_the_last_digit() -> None:
    calls_usd = llm_usd(57_500)
    messages_usd = total_usd([whatsapp_usd()] * 250)
    cost_usd = total_usd([calls_usd, messages_usd])
    assert calls_usd == Decimal("0.008625")
    assert messages_usd == Decimal("2.50")
    assert cost_usd == Decimal("2.508625")
    assert cost_per_unit(cost_usd, 25) == Decimal("0.1003450")


def test_a_resolved_conversation_costs_more_when_fewer_are_resolved() -> None:
    assert cost_per_unit(Decimal("2.50"), 20) == Decimal("0.125")


def test_sms_whatsapp_llm_and_email_are_one_cost() -> None:
    costs_usd = [Decimal("0.0083"), Decimal("0.025"), Decimal("0.008625"), Decimal("0.0004")]
    assert cost_per_unit(total_usd(costs_usd), 1) == Decimal("0.042325")


def test_without_conversations_there_is_no_cost_of_one() -> None:
    assert cost_per_unit(Decimal("2.50"), 0) is None


def test_conversations_that_cost_nothing_cost_zero() -> None:
    assert cost_per_unit(Decimal(0), 25) == 0


def test_what_was_gained_less_what_was_lost_by_what_it_cost() -> None:
    assert return_ratio(Decimal("12.50"), Decimal("2.50"), Decimal("2.50")) == 4


def test_outcomes_that_lost_more_than_they_gained_are_below_zero() -> None:
    assert return_ratio(Decimal(1), Decimal(3), Decimal(4)) == Decimal("-0.5")


def test_without_cost_there_is_no_return_on_it() -> None:
    assert return_ratio(Decimal(10), Decimal(0), Decimal(0)) is None
