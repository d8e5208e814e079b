"""What holds of the bills of Meta, OpenAI and Anthropic alike: growth, limits, keys, and what cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporter.billing.openai_bill import OpenAiCosts
from exporter.config.provider_bills import OpenAiBill
from exporter.rest_api import ApiError
from tests.conftest import Replica
from tests.integration.billed import DAY
from tests.integration.fake_reports import (
    BROKEN,
    BUSY,
    SECRET,
    FakeReports,
    account,
    anthropic_day,
    openai_day,
    page,
    point,
)
from tests.integration.provider_reading import Made, Reading
from tests.integration.running_app import running_app
from tests.integration.waiting import until

COUNTED = {
    "tenant": "acme",
    "channel": "llm",
    "provider": "openai",
    "component": "llm_input",
    "basis": "billed",
}


@pytest.fixture(params=["openai", "anthropic", "meta"])
def any_bill(request: pytest.FixtureRequest) -> tuple[Made, Callable[[str], Any]]:
    """A bill, and a page of it with that many dollars on one day."""
    pages: dict[str, Callable[[str], Any]] = {
        "openai": lambda usd: page(openai_day(DAY, ("gpt-4o, input", float(usd)))),
        "anthropic": lambda usd: page(anthropic_day(DAY, ("uncached_input_tokens", str(Decimal(usd) * 100)))),
        "meta": lambda usd: account(point(DAY, "MARKETING", float(usd))),
    }
    return request.getfixturevalue(request.param), pages[request.param]


@pytest.mark.parametrize(
    "odd",
    [
        5,
        {},
        ("gpt-4o, input", "much"),
        ("gpt-4o, input", None),
        ("gpt-4o, input", "NaN"),
        ("gpt-4o, input", "1e12"),
        ("gpt-4o, input", "1e999999999"),
        {"amount": {"value": 1, "currency": "dollars"}, "line_item": "gpt-4o, input"},
    ],
)
async def test_a_cost_that_cannot_be_read_stops_none_beside_it(
    openai: Made, reports: FakeReports, odd: Any, caplog: pytest.LogCaptureFixture
) -> None:
    reports.pages = [page(openai_day(DAY, odd, ("gpt-4o, input", 1)))]
    reading = openai()
    await reading.bill.run()
    assert await reading.billed() == {("llm", "openai", "llm_input"): Decimal(1)}
    assert "a cost of openai cannot be read" in caplog.text


@pytest.mark.parametrize("odd", [5, {}, ("output_tokens", "many"), ("output_tokens", "-Infinity")])
async def test_the_same_is_so_of_anthropics(anthropic: Made, reports: FakeReports, odd: Any) -> None:
    reports.pages = [page(anthropic_day(DAY, odd, ("output_tokens", "100")))]
    reading = anthropic()
    await reading.bill.run()
    assert await reading.billed() == {("llm", "anthropic", "llm_output"): Decimal(1)}


@pytest.mark.parametrize("odd", [5, {}, {"start": "now", "cost": 1}, {"start": 10**15, "cost": 1}])
async def test_the_same_is_so_of_metas(meta: Made, reports: FakeReports, odd: Any) -> None:
    reports.pages = [account(odd, point(DAY, "MARKETING", 1))]
    reading = meta()
    await reading.bill.run()
    assert await reading.billed() == {("whatsapp", "whatsapp", "message"): Decimal(1)}


async def test_a_bill_that_grows_counts_its_growth_once(
    any_bill: tuple[Made, Callable[[str], Any]], reports: FakeReports
) -> None:
    made, page_of = any_bill
    reading = made()
    sums = []
    for usd in ("10", "10", "12.5", "12"):
        reports.pages = [page_of(usd)]
        await reading.bill.run()
        sums.append(sum((await reading.billed()).values()))
    assert sums == [10, 10, Decimal("12.5"), Decimal("12.5")]


async def test_a_limit_is_waited_for_as_long_as_it_says(
    any_bill: tuple[Made, Callable[[str], Any]], reports: FakeReports
) -> None:
    made, page_of = any_bill
    reports.failures = [BUSY, BROKEN]
    reports.pages = [page_of("10")]
    reading = made()
    await reading.bill.run()
    assert reading.waits_s == [7, 2]
    assert sum((await reading.billed()).values()) == 10


async def test_a_report_that_never_comes_is_a_failure_and_the_bill_was_not_read(
    any_bill: tuple[Made, Callable[[str], Any]], reports: FakeReports
) -> None:
    made, _ = any_bill
    reports.failures = [BROKEN] * 5
    reading = made()
    with pytest.raises(ApiError, match="status 500"):
        await reading.bill.run()
    await reading.gauges.run()
    labels = {"provider": reading.source().of.provider, "account": "default"}
    assert reading.one.registry.get_sample_value("comms_bill_last_success_timestamp_seconds", labels) == 0


async def test_a_report_that_says_it_has_more_and_not_where_is_not_counted(
    openai: Made, reports: FakeReports
) -> None:
    reports.pages = [{**page(openai_day(DAY, ("gpt-4o, input", 1))), "has_more": True}]
    reading = openai()
    with pytest.raises(ApiError, match="not where"):
        await reading.bill.run()
    assert await reading.billed() == {}


async def test_a_refusal_says_which_keys_to_look_at_and_not_what_is_in_them(
    one: Replica, reports: FakeReports, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "exporter")
    config = OpenAiBill(enabled=True, admin_key="another-canary", api_url=reports.url)
    with pytest.raises(ApiError, match="look at admin_key and api_url") as refused:
        await Reading(one, lambda reading: OpenAiCosts(config, reading.wait)).bill.run()
    assert "canary" not in str(refused.value) + caplog.text


async def test_either_key_serves_while_one_is_rotated(one: Replica, reports: FakeReports) -> None:
    config = OpenAiBill(enabled=True, admin_key=f"old-key,{SECRET}", api_url=reports.url)
    reports.pages = [page(openai_day(DAY, ("gpt-4o, input", 1)))]
    reading = Reading(one, lambda reading: OpenAiCosts(config, reading.wait))
    await reading.bill.run()
    assert await reading.billed() == {("llm", "openai", "llm_input"): Decimal(1)}


async def test_a_running_exporter_reads_them_by_itself(
    dsn: str, tmp_path: Path, reports: FakeReports
) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    reports.pages = [page(openai_day(yesterday, ("gpt-4o, input", 1.25)))]
    openai = {"enabled": True, "admin_key": SECRET, "tenant": "acme", "api_url": reports.url}
    async with running_app(dsn, tmp_path, bills={"openai": openai}) as app:

        async def was_read() -> bool:
            return await app.sample("comms_jobs_total", work="read_openai_bill", status="success") == 1.0

        await until(was_read)
        assert "read_anthropic_bill" not in await app.page()
        assert await app.sample("comms_cost_usd_total", **COUNTED) == 1.25
