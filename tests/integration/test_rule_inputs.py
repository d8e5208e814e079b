"""A running exporter keeps what its configuration promises to the rules, and says so where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from exporter import schedule
from tests.integration.running_app import running_app
from tests.integration.waiting import until

BUDGET = {"tenant": "default", "channel": "sms", "limit_usd": "250.10"}
METRICS = (
    "comms_messages_total",
    "comms_sla_threshold",
    "comms_events_received_total",
    "comms_budget_limit_usd",
)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_INPUTS_S", 0.2)
    monkeypatch.setattr(schedule, "_SPEND_S", 0.2)


async def test_no_shipped_alert_is_blind_under_a_configuration_that_works(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path, budgets=[BUDGET]) as one:

        async def all_there() -> bool:
            return {await one.sample("comms_rule_inputs_absent", metric=metric) for metric in METRICS} == {
                0.0
            }

        await until(all_there)
        blind = [
            line for line in (await one.page()).splitlines() if line.startswith("comms_rule_inputs_absent{")
        ]
        assert len(blind) > len(METRICS)
        assert all(line.endswith(" 0.0") for line in blind)


async def test_nothing_is_called_absent_before_it_can_be_there(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_INPUTS_S", 4.0)
    monkeypatch.setattr(schedule, "_SPEND_S", 3_600.0)
    async with running_app(dsn, tmp_path, budgets=[BUDGET]) as one:

        async def first_look() -> list[str]:
            lines = (await one.page()).splitlines()
            return [line for line in lines if line.startswith("comms_rule_inputs_absent{")]

        await until(first_look)
        assert all(line.endswith(" 0.0") for line in await first_look())


async def test_a_metric_that_stops_coming_is_counted_by_its_alerts(
    dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "_SPEND_S", 3_600.0)
    async with running_app(dsn, tmp_path, budgets=[BUDGET]) as one:

        async def blind() -> float:
            return await one.sample("comms_rule_inputs_absent", metric="comms_budget_limit_usd") or 0

        one.app._metrics.budget_limit.clear()
        await until(blind)
        assert await blind() >= 3
