"""What the gauges of money say, read as Prometheus reads them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import isnan
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from exporter import config
from exporter.cost_days import CostDay
from exporter.selfmetrics import SelfMetrics
from exporter.spend.gauges import publish_savings, refresh_spend
from exporter.spend.savings import Hint, Saving

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Published:
    """The gauges after a refresh."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.metrics = SelfMetrics(self.registry, lambda: 0.0)

    def refresh(self, days: Mapping[CostDay, tuple[Decimal, int]], **keys: Any) -> None:
        asyncio.run(refresh_spend(self.metrics, config.parse(keys), days, NOON))

    def value(self, name: str, **labels: str) -> float | None:
        return self.registry.get_sample_value(name, labels)


@pytest.fixture
def published() -> Published:
    return Published()


def spent(days: int, amount_usd: str = "10", channel: str = "sms") -> dict[CostDay, tuple[Decimal, int]]:
    """The same every day, today included."""
    dates = [NOON.date() - timedelta(days=number) for number in range(days)]
    return {
        CostDay(day, "acme", channel, "twilio", "message", "estimated"): (Decimal(amount_usd), 1)
        for day in dates
    }


def test_the_month_to_date_stands_for_the_channel_and_for_all(published: Published) -> None:
    published.refresh({**spent(40), **spent(40, "2.50", "llm")})
    assert published.value("comms_cost_month_to_date_usd", tenant="acme", channel="sms") == 210
    assert published.value("comms_cost_month_to_date_usd", tenant="acme", channel="llm") == 52.5
    assert published.value("comms_cost_month_to_date_usd", tenant="acme", channel="") == 262.5


def test_a_budget_says_its_limit_and_what_is_left(published: Published) -> None:
    budgets = [
        {"tenant": "acme", "limit_usd": "250.10"},
        {"tenant": "acme", "channel": "sms", "limit_usd": 200},
    ]
    published.refresh(spent(40), budgets=budgets)
    assert published.value("comms_budget_limit_usd", tenant="acme", channel="") == 250.1
    assert published.value("comms_budget_remaining_usd", tenant="acme", channel="") == 40.1
    assert published.value("comms_budget_remaining_usd", tenant="acme", channel="sms") == -10


def test_a_budget_of_somebody_who_cost_nothing_is_whole(published: Published) -> None:
    published.refresh({}, budgets=[{"tenant": "globex", "channel": "email", "limit_usd": 5}])
    assert published.value("comms_budget_remaining_usd", tenant="globex", channel="email") == 5
    assert published.value("comms_cost_month_to_date_usd", tenant="globex", channel="email") == 0
    labels = {"tenant": "globex", "channel": "email", "bound": "expected"}
    assert published.value("comms_cost_forecast_month_usd", **labels) is None


def test_the_forecast_has_its_bounds(published: Published) -> None:
    published.refresh(spent(60))
    low, expected, high = (
        published.value("comms_cost_forecast_month_usd", tenant="acme", channel="", bound=bound)
        for bound in ("low", "expected", "high")
    )
    assert low
    assert expected
    assert high
    assert 210 < low < expected < high


def test_a_usual_day_is_no_spike_and_a_tenfold_one_is(published: Published) -> None:
    published.refresh(spent(60))
    usual = published.value("comms_cost_spike_score", tenant="acme", channel="sms")
    today = CostDay(NOON.date(), "acme", "sms", "twilio", "message", "estimated")
    published.refresh(spent(60) | {today: (Decimal(100), 1)})
    odd = published.value("comms_cost_spike_score", tenant="acme", channel="sms")
    assert usual is not None
    assert odd is not None
    assert abs(usual) < 1
    assert odd > 10


def test_a_budget_that_is_gone_leaves_no_series(published: Published) -> None:
    published.refresh(spent(9), budgets=[{"tenant": "acme", "limit_usd": 5}])
    published.refresh(spent(9))
    assert published.value("comms_budget_limit_usd", tenant="acme", channel="") is None
    assert published.value("comms_budget_remaining_usd", tenant="acme", channel="") is None
    assert published.value("comms_cost_month_to_date_usd", tenant="acme", channel="") == 90


def test_accounts_are_capped_and_budgets_go_first(published: Published) -> None:
    days = {
        CostDay(date(2026, 11, 20), f"t{number}", "sms", "twilio", "message", "estimated"): (Decimal(1), 1)
        for number in range(50)
    }
    published.refresh(days, budgets=[{"tenant": "zeta", "limit_usd": 5}], limits={"series_per_metric": 10})
    (family,) = published.metrics.cost_month_to_date.collect()
    assert len(family.samples) == 10
    assert published.value("comms_budget_limit_usd", tenant="zeta", channel="") == 5


def test_both_credit_rates_and_the_margin_between_them(published: Published) -> None:
    published.refresh({}, credits={"used_per_usd": 1000, "sold_per_usd": "1000/1.15"})
    assert published.value("comms_credit_rate", kind="used") == 1000
    assert published.value("comms_credit_rate", kind="sold") == pytest.approx(869.5652173913)
    assert published.value("comms_credit_margin_ratio") == 0.15


def test_without_credits_there_are_no_rates_and_the_margin_is_no_number(published: Published) -> None:
    published.refresh({}, credits={"used_per_usd": 1000})
    assert published.value("comms_credit_rate", kind="sold") is None
    margin_ratio = published.value("comms_credit_margin_ratio")
    assert margin_ratio is not None
    assert isnan(margin_ratio)


def test_the_savings_of_a_hint_add_up_and_known_tenants_stand_at_zero(published: Published) -> None:
    found = [
        Saving("globex", Hint.ENCODING, Decimal("0.1"), "one"),
        Saving("globex", Hint.ENCODING, Decimal("0.2"), "two"),
    ]
    publish_savings(published.metrics, ["acme"], found)
    assert published.value("comms_savings_usd", tenant="globex", hint="encoding") == 0.3
    for hint in Hint:
        assert published.value("comms_savings_usd", tenant="acme", hint=hint) == 0
