"""Whose money a visit sees."""

from __future__ import annotations

from decimal import Decimal

from prometheus_client import CollectorRegistry

from exporter.api.caller import Caller, Role
from exporter.front_page.money import Money, money
from exporter.front_page.visit import Visit
from exporter.selfmetrics import SelfMetrics
from exporter.spend.daily_spend import Account
from exporter.spend.forecast import Forecast
from exporter.spend.month import Month

FORECAST = Forecast(80.0, 90.5, 100.0)
MONTHS = {
    Account("acme", ""): Month(Decimal("60.10"), Decimal("2.5"), FORECAST, None),
    Account("acme", "sms"): Month(Decimal("20.10"), Decimal("0.5"), None, None),
    Account("acme", "llm"): Month(Decimal("40"), Decimal("2"), None, None),
    Account("globex", ""): Month(Decimal("70"), Decimal("1"), None, None),
}
LIMITS = {Account("acme", ""): Decimal(100)}
ADMIN, TENANT_ADMIN = Caller("1", Role.ADMIN, None), Caller("7", Role.TENANT_ADMIN, "acme")


def seen(visit: Visit) -> Money:
    metrics = SelfMetrics(CollectorRegistry(), lambda: 0.0)
    metrics.drift.labels("twilio", "AC1", "sms").set(0.02)
    return money(MONTHS, LIMITS, visit, metrics)


def test_all_tenants_are_added_and_the_dearest_comes_first() -> None:
    found = seen(Visit(ADMIN, None, "24h"))
    assert (found.whole.spent_usd, found.whole.today_usd) == (Decimal("130.10"), Decimal("3.5"))
    assert [line.name for line in found.lines] == ["globex", "acme"]


def test_forecasts_of_tenants_are_not_added() -> None:
    """Ranges do not add up."""
    assert seen(Visit(ADMIN, None, "24h")).whole.forecast is None


def test_a_tenant_is_shown_by_channel_with_its_forecast_and_budget() -> None:
    found = seen(Visit(TENANT_ADMIN, "acme", "24h"))
    assert (found.whole.forecast, found.whole.budget_usd) == (FORECAST, Decimal(100))
    assert [line.name for line in found.lines] == ["llm", "sms"]


def test_a_bill_is_of_all_tenants_and_so_is_its_drift() -> None:
    assert [drift.ratio for drift in seen(Visit(None, None, "24h")).drifts] == [0.02]
    assert seen(Visit(TENANT_ADMIN, "acme", "24h")).drifts == []


def test_a_tenant_that_spent_nothing_has_zeros() -> None:
    found = seen(Visit(None, "initech", "24h"))
    assert (found.whole.spent_usd, found.whole.today_usd, found.lines) == (0, 0, [])
