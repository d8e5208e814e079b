"""What one conversation costs: the worked example of the seed project, priced by our own engines."""

from datetime import UTC, datetime
from decimal import Decimal

from exporter.api.amounts import MILLIONTH, average
from exporter.event import Usage
from exporter.measure import sum_of
from exporter.pricing.cost import Priced
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import OwnModel
from exporter.pricing.whatsapp import flat

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
    messages_usd = sum_of([whatsapp_usd()] * 250)
    cost_usd = sum_of([calls_usd, messages_usd])
    assert calls_usd == Decimal("0.008625")
    assert messages_usd == Decimal("2.50")
    assert cost_usd == Decimal("2.508625")
    assert average(cost_usd, 25, MILLIONTH) == Decimal("0.100345")


def test_an_average_is_rounded_half_up() -> None:
    assert average(Decimal("0.000005"), 2, MILLIONTH) == Decimal("0.000003")
    assert average(Decimal("2.50"), 20) == Decimal("0.1250")


def test_of_no_conversation_there_is_no_average_and_of_free_ones_it_is_zero() -> None:
    assert average(Decimal("2.50"), 0) is None
    assert average(Decimal(0), 25) == 0
