"""Carrier fees: by date, network and number type, dearest where unknown, on top of the message's own price."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import ConfigError
from exporter.pricing.carrier_fees import NO_FEE, CarrierFee, CarrierFees, FeeRange, read_carrier_fees
from exporter.pricing.cost import Part, Priced
from exporter.pricing.sms import Country, Sms, SmsPrices
from exporter.vocabulary import Component, Direction, Status

HEAD = "from,country,direction,number_type,mcc,mnc,fee_usd\n"
LINES = """2025-01-01,US,outbound,local,310,410,0.0030
2026-07-01,US,outbound,local,310,410,0.0035
2025-01-01,US,outbound,*,310,260,0.0045
2025-01-01,US,inbound,*,310,260,0.0025
2025-01-01,US,outbound,shortcode,*,*,0.0040
"""
JULY = datetime(2026, 7, 1, tzinfo=UTC)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ATT, T_MOBILE, UNLISTED = ("310", "410"), ("310", "260"), ("310", "999")


@pytest.fixture
def fees(tmp_path: Path) -> CarrierFees:
    path = tmp_path / "fees.csv"
    path.write_text(HEAD + LINES)
    return read_carrier_fees(path)


def fee(
    fees: CarrierFees,
    network: tuple[str, str] | None,
    number_type: str | None = "local",
    at: datetime = NOON,
    direction: Direction = Direction.OUTBOUND,
    country: str = "US",
) -> FeeRange:
    return fees.per_segment(fees.edition(at), country, direction, number_type, network)


def of(usd: str, low_usd: str | None = None, high_usd: str | None = None) -> FeeRange:
    return FeeRange(Decimal(usd), Decimal(low_usd or usd), Decimal(high_usd or usd))


def test_a_fee_changes_with_the_first_second_of_its_day(fees: CarrierFees) -> None:
    before = fee(fees, ATT, at=JULY - timedelta(seconds=1))
    assert (before, fee(fees, ATT, at=JULY)) == (of("0.0030"), of("0.0035"))


def test_before_the_first_day_there_is_no_fee(fees: CarrierFees) -> None:
    first = datetime(2025, 1, 1, tzinfo=UTC)
    assert fee(fees, ATT, at=first - timedelta(seconds=1)) == NO_FEE
    assert fee(fees, ATT, at=first) == of("0.0030")


def test_a_line_for_any_number_type_or_network_stands_in(fees: CarrierFees) -> None:
    assert fee(fees, T_MOBILE, "toll-free") == of("0.0045")
    assert fee(fees, UNLISTED, "shortcode") == of("0.0040")


def test_a_network_without_a_line_has_no_fee(fees: CarrierFees) -> None:
    assert fee(fees, UNLISTED) == of("0")
    assert fee(fees, ATT, country="GB") == NO_FEE
    assert fee(fees, ATT, direction=Direction.INBOUND) == of("0")


def test_an_unknown_network_counts_with_the_dearest_and_has_a_range(fees: CarrierFees) -> None:
    assert fee(fees, None) == of("0.0045", "0", "0.0045")
    assert fee(fees, None, "shortcode") == of("0.0045", "0.0040", "0.0045")


def test_an_unknown_number_type_has_a_range(fees: CarrierFees) -> None:
    assert fee(fees, ATT, None) == of("0.0040", "0", "0.0040")


def test_no_table_has_no_fee() -> None:
    assert fee(CarrierFees(), ATT) == NO_FEE


def us_prices(fees: CarrierFees) -> SmsPrices:
    network = {"prices": [{"current_price": "0.0083"}]}
    us = Country.model_validate({"iso_country": "US", "price_unit": "usd", "outbound_sms_prices": [network]})
    return SmsPrices([us], "list", fees=fees)


def test_the_fee_is_a_part_of_its_own_for_each_segment(fees: CarrierFees) -> None:
    cost = us_prices(fees).price(Sms(Direction.OUTBOUND, "US", 3, NOON, "local", *ATT))
    assert isinstance(cost, Priced)
    assert cost.parts == (
        Part(Component.MESSAGE, Decimal("0.0249")),
        Part(Component.CARRIER_FEE, Decimal("0.0105")),
    )
    assert cost.cost_usd == cost.low_usd == cost.high_usd == Decimal("0.0354")


def test_the_range_of_the_fee_widens_the_range_of_the_cost(fees: CarrierFees) -> None:
    cost = us_prices(fees).price(Sms(Direction.OUTBOUND, "US", 2, NOON, "local"))
    assert isinstance(cost, Priced)
    assert (cost.low_usd, cost.cost_usd, cost.high_usd) == (
        Decimal("0.0166"),
        Decimal("0.0256"),
        Decimal("0.0256"),
    )


def test_a_remembered_price_does_not_outlive_the_fee(fees: CarrierFees) -> None:
    prices = us_prices(fees)
    last = Sms(Direction.OUTBOUND, "US", 1, JULY - timedelta(seconds=1), "local", *ATT)
    costs = [prices.price(last._replace(at=at)) for at in (last.at, JULY, last.at)]
    assert [cost.cost_usd for cost in costs if isinstance(cost, Priced)] == [
        Decimal("0.0113"),
        Decimal("0.0118"),
        Decimal("0.0113"),
    ]


def test_a_failed_message_has_no_carrier_fee(fees: CarrierFees) -> None:
    failed = Sms(Direction.OUTBOUND, "US", 1, NOON, "local", *ATT, Status.FAILED, "30034")
    cost = us_prices(fees).price(failed)
    assert isinstance(cost, Priced)
    assert [part.component for part in cost.parts] == [Component.FAILURE_FEE]


@pytest.mark.parametrize(
    "line",
    [
        "soon,US,outbound,*,*,*,0.01",
        "2026-01-01,US,sideways,*,*,*,0.01",
        "2026-01-01,US,outbound,*,*,*,-0.01",
        "2026-01-01,US,outbound,*,*,*,NaN",
        "2026-01-01,US,outbound,*,*,*,much",
        "2026-01-01,US",
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "fees.csv"
    path.write_text(HEAD + line + "\n")
    with pytest.raises(ConfigError, match="line 2"):
        read_carrier_fees(path)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.csv: cannot be read"):
        read_carrier_fees(tmp_path / "absent.csv")


def test_an_edition_is_the_day_of_the_newest_line(fees: CarrierFees) -> None:
    assert fees.edition(NOON) == date(2026, 7, 1)
    assert fees.edition(JULY - timedelta(seconds=1)) == date(2025, 1, 1)


@given(
    st.integers(0, 20),
    st.sampled_from([None, ATT, T_MOBILE, UNLISTED]),
    st.sampled_from([None, "local", "shortcode", "toll-free"]),
    st.integers(0, 700),
)
def test_the_parts_add_up_and_lie_within_the_range(
    segments: int, network: tuple[str, str] | None, number_type: str | None, days: int
) -> None:
    lines = [
        CarrierFee(date(2025, 1, 1), "US", Direction.OUTBOUND, "local", ATT, Decimal("0.0030")),
        CarrierFee(date(2026, 7, 1), "US", Direction.OUTBOUND, "*", ATT, Decimal("0.0035")),
        CarrierFee(date(2025, 6, 1), "US", Direction.OUTBOUND, "*", ("*", "*"), Decimal("0.0007")),
    ]
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=days)
    mcc, mnc = network or (None, None)
    prices = us_prices(CarrierFees(lines))
    cost = prices.price(Sms(Direction.OUTBOUND, "US", segments, at, number_type, mcc, mnc))
    one = prices.price(Sms(Direction.OUTBOUND, "US", 1, at, number_type, mcc, mnc))
    assert isinstance(cost, Priced)
    assert isinstance(one, Priced)
    assert sum((part.amount_usd for part in cost.parts), Decimal(0)) == cost.cost_usd
    assert cost.low_usd <= cost.cost_usd <= cost.high_usd
    assert cost.cost_usd == one.cost_usd * segments
