"""Budgets and credit rates as an operator writes them."""

from decimal import Decimal
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import Any

import pytest

from exporter import config
from exporter.config.file import restart_needed
from exporter.errors import ConfigError


def problems(**keys: Any) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        config.parse(keys)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("written", "taken"), [("250.00", "250.00"), (250, "250"), (99.5, "99.5"), ("0.000000001", "1E-9")]
)
def test_a_limit_is_taken_as_it_is_written(written: Any, taken: str) -> None:
    (budget,) = config.parse({"budgets": [{"tenant": "acme", "limit_usd": written}]}).budgets
    assert budget.limit_usd == Decimal(taken)
    assert budget.channel is None


@pytest.mark.parametrize(
    "written", [0, "0.00", -5, "-5", True, "many", "1e3", "NaN", float("inf"), "1" * 13, []]
)
def test_a_limit_that_is_no_amount_is_refused_with_its_path(written: Any) -> None:
    assert problems(budgets=[{"limit_usd": written}]) == [
        "budgets[0].limit_usd: must be an amount of US dollars above zero, such as 250 or 99.50"
    ]


def test_a_budget_needs_a_limit() -> None:
    assert problems(budgets=[{"tenant": "acme"}]) == ["budgets[0].limit_usd: is required"]


def test_a_channel_that_does_not_exist_is_refused() -> None:
    (problem,) = problems(budgets=[{"channel": "fax", "limit_usd": 1}])
    assert problem.startswith("budgets[0].channel: unknown; must be one of sms, mms, whatsapp")


def test_two_budgets_for_the_same_money_are_refused() -> None:
    same = {"tenant": "acme", "channel": "sms", "limit_usd": 1}
    other = {"tenant": "acme", "limit_usd": 1}
    assert problems(budgets=[same, other, same]) == ["budgets[2]: is for the same money as budgets[0]"]


def test_the_line_of_a_bad_budget_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("budgets:\n  - tenant: acme\n    limit_usd: none\n")
    with pytest.raises(ConfigError, match="line 3"):
        config.load(file, {})


def test_a_budget_for_a_tenant_that_is_not_listed_is_good() -> None:
    assert config.parse({"tenants": ["acme"], "budgets": [{"tenant": "globex", "limit_usd": 1}]})


def test_budgets_and_rates_need_no_restart() -> None:
    new = config.parse({"budgets": [{"limit_usd": 1}], "credits": {"used_per_usd": 1000}})
    assert restart_needed(config.Config(), new) == []


def test_a_fraction_keeps_the_rate_exact() -> None:
    rates = config.parse({"credits": {"used_per_usd": 1000, "sold_per_usd": "1000/1.15"}}).credits
    assert rates.used_per_usd
    assert rates.sold_per_usd
    assert 125_000 / rates.used_per_usd == Fraction(125)
    assert floor(200 * rates.sold_per_usd) == 173_913
    assert rates.margin_ratio == Fraction(15, 100)


@pytest.mark.parametrize("rates", [{}, {"used_per_usd": 1000}, {"sold_per_usd": 870}])
def test_without_both_rates_there_is_no_margin(rates: dict[str, Any]) -> None:
    assert config.parse({"credits": rates}).credits.margin_ratio is None


def test_selling_as_many_as_are_used_leaves_no_margin() -> None:
    assert config.parse({"credits": {"used_per_usd": 10, "sold_per_usd": 10.0}}).credits.margin_ratio == 0


@pytest.mark.parametrize("written", [0, -1, "0", "1/0", "0/5", "1/2/3", "1e9", True, [], "nan", "1" * 13])
def test_a_rate_that_is_no_number_above_zero_is_refused(written: Any) -> None:
    assert problems(credits={"sold_per_usd": written}) == [
        'credits.sold_per_usd: must be a number above zero, or a fraction of two such as "1000/1.15"'
    ]
