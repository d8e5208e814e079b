"""SMS prices: Twilio's lists to the last digit, ranges where the network is unknown, fees of failure."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import ConfigError
from exporter.pricing.cost import NoPrice, Priced, Unpriced
from exporter.pricing.failure_fee import FAILURE_FEE_SINCE, FREE_FAILURES
from exporter.pricing.sms import Country, Sms, SmsPrices, Tier, read_countries
from exporter.vocabulary import Component, Direction, Status

DATA = Path(__file__).parents[2] / "data" / "twilio"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
VECTORS: list[dict[str, Any]] = json.loads((DATA / "price_vectors.json").read_text())["vectors"]
PRICES = SmsPrices(read_countries(DATA / "api"), "twilio list")
TESTLAND = Sms(Direction.OUTBOUND, "ZZ", 1, NOON, "mobile", "901", "1")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['direction']} {vector['mnc']}")
def test_every_vector_comes_out_to_the_last_digit(vector: dict[str, Any]) -> None:
    country = Country.model_validate_json((DATA / "api" / Path(vector["file"]).name).read_bytes())
    sms = Sms(
        Direction(vector["direction"]),
        country.iso_country,
        vector["segments"],
        NOON,
        vector["number_type"],
        vector["mcc"],
        vector["mnc"],
    )
    cost = SmsPrices([country], "list").price(sms)
    if vector["expected_cost"] is None:
        assert isinstance(cost, Unpriced)
    else:
        assert isinstance(cost, Priced)
        assert cost.cost_usd == cost.low_usd == cost.high_usd == Decimal(vector["expected_cost"])


def test_an_unknown_network_has_a_range_and_the_price_of_the_others() -> None:
    cost = PRICES.price(TESTLAND._replace(mcc=None, mnc=None))
    assert isinstance(cost, Priced)
    assert (cost.low_usd, cost.cost_usd, cost.high_usd) == (
        Decimal("0.0750"),
        Decimal("0.1100"),
        Decimal("0.1100"),
    )


def test_an_unknown_number_type_has_a_range() -> None:
    cost = PRICES.price(TESTLAND._replace(number_type=None, segments=2))
    assert isinstance(cost, Priced)
    assert (cost.low_usd, cost.high_usd) == (Decimal("0.1200"), Decimal("0.1500"))


def test_the_price_without_the_discount_counts_where_it_is_asked_for() -> None:
    costs = [
        SmsPrices(read_countries(DATA / "api"), "list", tier=tier).price(
            TESTLAND._replace(number_type="local")
        )
        for tier in Tier
    ]
    assert [cost.cost_usd for cost in costs if isinstance(cost, Priced)] == [
        Decimal("0.0690"),
        Decimal("0.0750"),
    ]


def test_a_network_for_all_others_stands_in_for_those_without_a_row() -> None:
    rows = [
        {"prices": [{"current_price": "0.2"}]},
        {"mcc": "1", "mnc": "2", "prices": [{"current_price": "0.1"}]},
    ]
    country = Country.model_validate({"iso_country": "ZZ", "price_unit": "USD", "outbound_sms_prices": rows})
    prices = SmsPrices([country], "list")
    costs = [prices.price(TESTLAND._replace(mcc=mcc, mnc="2")) for mcc in ("1", "9")]
    assert [cost.cost_usd for cost in costs if isinstance(cost, Priced)] == [Decimal("0.1"), Decimal("0.2")]


def test_a_country_without_a_list_is_unpriced() -> None:
    assert PRICES.price(TESTLAND._replace(country="DE")) == Unpriced(NoPrice.UNKNOWN_COUNTRY, "DE")
    assert PRICES.price(TESTLAND._replace(country=None)) == Unpriced(NoPrice.UNKNOWN_COUNTRY, "none")


def test_a_list_in_another_currency_is_unpriced() -> None:
    euro = Country(iso_country="ZZ", price_unit="eur")
    assert SmsPrices([euro], "list").price(TESTLAND) == Unpriced(NoPrice.UNKNOWN_CURRENCY, "EUR")


def test_a_failed_message_costs_the_fee_and_not_its_segments() -> None:
    cost = PRICES.price(TESTLAND._replace(status=Status.FAILED, error_code="30034", segments=5))
    assert isinstance(cost, Priced)
    assert [(part.component, part.amount_usd) for part in cost.parts] == [
        (Component.FAILURE_FEE, Decimal("0.001"))
    ]


@pytest.mark.parametrize("code", sorted(FREE_FAILURES))
def test_some_failures_are_free(code: str) -> None:
    cost = PRICES.price(TESTLAND._replace(status=Status.FAILED, error_code=code))
    assert isinstance(cost, Priced)
    assert cost.cost_usd == 0


def test_the_fee_has_its_first_second() -> None:
    failed = TESTLAND._replace(status=Status.FAILED, error_code="30034", at=FAILURE_FEE_SINCE)
    before = failed._replace(at=FAILURE_FEE_SINCE - timedelta(seconds=1))
    costs = [PRICES.price(sms) for sms in (before, failed)]
    assert [cost.cost_usd for cost in costs if isinstance(cost, Priced)] == [0, Decimal("0.001")]


def test_what_was_not_delivered_costs_the_normal_price_and_what_was_canceled_nothing() -> None:
    lost, canceled = (
        PRICES.price(TESTLAND._replace(status=status)) for status in (Status.UNDELIVERED, Status.CANCELED)
    )
    assert isinstance(lost, Priced)
    assert isinstance(canceled, Priced)
    assert (lost.cost_usd, canceled.cost_usd) == (Decimal("0.0750"), 0)


def test_a_folder_with_a_broken_list_names_every_problem(tmp_path: Path) -> None:
    network = {"prices": [{"current_price": "x"}]}
    (tmp_path / "a.json").write_text(json.dumps({"iso_country": "ZZ", "outbound_sms_prices": [network]}))
    with pytest.raises(ConfigError) as caught:
        read_countries(tmp_path)
    assert len(caught.value.problems) == 2


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30))
def test_splitting_segments_over_messages_changes_nothing(segments: list[int]) -> None:
    def usd(number: int) -> Decimal:
        cost = PRICES.price(TESTLAND._replace(segments=number))
        assert isinstance(cost, Priced)
        return cost.cost_usd

    assert sum(map(usd, segments), Decimal(0)) == usd(sum(segments))
