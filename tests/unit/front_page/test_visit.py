"""What an address asks for, and what a caller may see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exporter.api.caller import Caller, Role
from exporter.errors import Refusal, RefusalReason
from exporter.front_page.visit import visit
from exporter.ledger.rollup_query import Owner

NOW = datetime(2026, 11, 21, 17, 42, 3, tzinfo=UTC)
USER = Caller("42", Role.USER, "acme")
TENANT_ADMIN = Caller("7", Role.TENANT_ADMIN, "acme")
ADMIN = Caller("1", Role.ADMIN, None)


def test_without_a_word_it_is_a_day_of_all_tenants() -> None:
    asked = visit(None, {})
    assert (asked.span, asked.owner) == ("24h", Owner(None))
    assert asked.hourly


def test_a_day_is_24_hours_with_the_running_one() -> None:
    start, end = visit(None, {"range": "24h"}).period(NOW)
    assert (start.isoformat(), end.isoformat()) == ("2026-11-20T18:00:00+00:00", "2026-11-21T18:00:00+00:00")


@pytest.mark.parametrize("days", [7, 30, 90])
def test_days_are_whole_ones_with_today(days: int) -> None:
    start, end = visit(None, {"range": f"{days}d"}).period(NOW)
    assert end == datetime(2026, 11, 22, tzinfo=UTC)
    assert end - start == timedelta(days=days)


def test_an_empty_choice_is_none() -> None:
    assert visit(ADMIN, {"tenant": "", "range": ""}) == visit(ADMIN, {})


def test_a_user_sees_days_of_their_own() -> None:
    asked = visit(USER, {})
    assert asked.owner == Owner("acme", user="42")
    assert asked.span == "7d"
    assert not asked.hourly
    assert not asked.sees_all_tenants


def test_only_an_admin_of_no_tenant_may_choose_one() -> None:
    assert visit(ADMIN, {"tenant": "globex"}).owner == Owner("globex")
    assert not visit(TENANT_ADMIN, {}).sees_all_tenants
    assert not visit(Caller("1", Role.ADMIN, "acme"), {}).sees_all_tenants
    with pytest.raises(Refusal) as refused:
        visit(TENANT_ADMIN, {"tenant": "globex"})
    assert refused.value.reason is RefusalReason.FOREIGN_TENANT
