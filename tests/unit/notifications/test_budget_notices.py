"""Budgets: told at each step once a month."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from exporter.config import Config
from exporter.cost_days import CostDay
from exporter.ledger.notifications import Notice
from exporter.notifications.budget_notices import budget_notices
from tests.unit.notifications.told import NOON, messages

TODAY = NOON.date()


def notices(spent_usd: str, day: date = TODAY, limit_usd: str = "100", **budget: Any) -> list[Notice]:
    config = Config.model_validate({"budgets": [{"tenant": "acme", "limit_usd": limit_usd, **budget}]})
    cost_days = {CostDay(day, "acme", "sms", "twilio", "message", "estimated"): (Decimal(spent_usd), 1)}
    return budget_notices(config, cost_days, NOON)


@pytest.mark.parametrize(
    ("spent_usd", "titles"),
    [
        ("79.999999999999", []),
        ("80", ["Budget 80 % Used"]),
        ("99.99", ["Budget 80 % Used"]),
        ("100", ["Budget Spent"]),
        ("250", ["Budget Spent"]),
    ],
)
def test_the_highest_step_that_was_reached_is_told(spent_usd: str, titles: list[str]) -> None:
    assert [notice.title for notice in notices(spent_usd)] == titles


def test_it_says_how_much_of_what_is_spent_to_those_who_run_the_tenant() -> None:
    (notice,) = notices("85.5", channel="sms")
    assert messages([notice]) == ["85.50 of 100 USD of the budget for sms are spent in 2026-11."]
    assert (notice.tenant, notice.user, notice.role) == ("acme", None, "tenant_admin")


def test_the_cause_is_the_same_all_month_and_another_for_another_step_limit_or_channel() -> None:
    (cause,) = {notice.cause for usd in ("80", "99") for notice in notices(usd)}
    others = [*notices("100"), *notices("80", limit_usd="99"), *notices("80", channel="sms")]
    assert cause == "budget::2026-11:100:0.8"
    assert len({cause, *(notice.cause for notice in others)}) == 4


def test_money_of_another_month_or_channel_is_not_counted() -> None:
    assert notices("500", day=TODAY.replace(day=1) - timedelta(days=1)) == []
    assert notices("500", channel="whatsapp") == []


def test_without_budgets_nothing_is_told() -> None:
    assert budget_notices(Config(), {}, NOON) == []
