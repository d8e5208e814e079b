"""The same money told three times counts once."""

from datetime import date
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from exporter.cost_days import CostDay
from exporter.spend.daily_spend import ALL_CHANNELS, Account, daily_spend

DAY = date(2026, 11, 20)
SMS = Account("acme", "sms")
ALL = Account("acme", ALL_CHANNELS)


def of(
    basis: str = "estimated",
    day: date = DAY,
    tenant: str = "acme",
    channel: str = "sms",
    provider: str = "twilio",
    component: str = "message",
) -> CostDay:
    return CostDay(day, tenant, channel, provider, component, basis)


def usd(amount: str) -> tuple[Decimal, int]:
    return Decimal(amount), 1


def test_components_and_providers_add_up() -> None:
    days = {
        of(): usd("1.10"),
        of(component="carrier_fee"): usd("0.03"),
        of(provider="other"): usd("2"),
        of("estimated", channel="llm"): usd("10"),
    }
    spend = daily_spend(days, DAY)
    assert spend[SMS] == {DAY: Decimal("3.13")}
    assert spend[ALL] == {DAY: Decimal("13.13")}


def test_the_estimate_goes_before_the_bill_and_the_bill_before_single_prices() -> None:
    told = [(of("estimated"), usd("1.00")), (of("billed"), usd("1.02")), (of("provider"), usd("1.01"))]
    for order in permutations(told):
        assert daily_spend(dict(order), DAY)[SMS][DAY] == Decimal("1.00")
    assert daily_spend(dict(told[1:]), DAY)[SMS][DAY] == Decimal("1.02")
    assert daily_spend(dict(told[2:]), DAY)[SMS][DAY] == Decimal("1.01")


def test_a_provider_without_an_estimate_does_not_hide_behind_another() -> None:
    days = {of("estimated"): usd("1"), of("billed", provider="other"): usd("5")}
    assert daily_spend(days, DAY)[SMS][DAY] == 6


def test_an_estimate_of_zero_is_an_estimate() -> None:
    assert daily_spend({of("estimated"): usd("0"), of("billed"): usd("5")}, DAY)[SMS][DAY] == 0


def test_days_before_the_first_are_left_out() -> None:
    assert daily_spend({of(day=date(2026, 11, 19)): usd("1")}, DAY) == {}


def test_tenants_stay_apart() -> None:
    spend = daily_spend({of(): usd("1"), of(tenant="globex"): usd("2")}, DAY)
    assert spend[Account("globex", ALL_CHANNELS)] == {DAY: Decimal(2)}
    assert spend[ALL] == {DAY: Decimal(1)}


COST_DAYS = st.dictionaries(
    st.builds(
        of,
        basis=st.sampled_from(["estimated", "billed", "provider"]),
        channel=st.sampled_from(["sms", "llm", "whatsapp"]),
        provider=st.sampled_from(["one", "two"]),
        component=st.sampled_from(["message", "carrier_fee"]),
    ),
    st.tuples(st.decimals(0, 10**9, places=9), st.integers(1, 9)),
)


@given(COST_DAYS)
def test_the_channels_of_a_tenant_add_up_to_all_of_it(days: dict[CostDay, tuple[Decimal, int]]) -> None:
    spend = daily_spend(days, DAY)
    channels = [sums[DAY] for account, sums in spend.items() if account.channel != ALL_CHANNELS]
    assert sum(channels) == spend.get(ALL, {}).get(DAY, 0)
