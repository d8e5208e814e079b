"""The bills of Meta, OpenAI and Anthropic in the ledger, compared with what we estimated."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporter.billing.anthropic_bill import AnthropicCosts
from exporter.billing.bill_gauges import BillGauges
from exporter.billing.bill_source import BillSource
from exporter.billing.drift import CostDays
from exporter.billing.meta_bill import MetaPricing
from exporter.billing.openai_bill import OpenAiCosts
from exporter.billing.read_bill import ReadBill
from exporter.config.provider_bills import AnthropicBill, OpenAiBill, WhatsAppBill
from exporter.cost_days import CostDay
from exporter.rest_api import ApiError
from tests.conftest import Replica, RunningLedger
from tests.integration.billed import NOW, Clock
from tests.integration.fake_reports import (
    ANTHROPIC_PATH,
    BROKEN,
    BUSY,
    META_PATH,
    OPENAI_PATH,
    SECRET,
    WABA,
    FakeReports,
    account,
    analytics,
    anthropic_day,
    midnight_s,
    openai_day,
    page,
    point,
)
from tests.integration.running_app import running_app
from tests.integration.waiting import until

DAY = date(2026, 11, 18)
NEXT = DAY + timedelta(days=1)
COUNTED = {
    "tenant": "acme",
    "channel": "llm",
    "provider": "openai",
    "component": "llm_input",
    "basis": "billed",
}


@pytest.fixture
async def reports() -> AsyncIterator[FakeReports]:
    async with FakeReports().running() as running:
        yield running


@pytest.fixture
async def one(replica: RunningLedger) -> AsyncIterator[Replica]:
    async with replica() as running:
        yield running


class Reading:
    """One replica that reads one bill; it waits for nothing and remembers how long it would have."""

    def __init__(
        self, one: Replica, source: Callable[[Reading], BillSource], cost_days: CostDays | None = None
    ) -> None:
        self.one = one
        self.waits_s: list[float] = []
        self.source = lambda: source(self)
        self.bill = ReadBill(self.source, one.ledger, now=Clock())
        self.gauges = BillGauges(
            lambda: [self.source()], one.ledger, one.metrics, lambda: cost_days or {}, now=Clock()
        )

    async def billed(self) -> dict[tuple[str, ...], Decimal]:
        """Money by (channel, provider, component), zeros left out."""
        await self.one.ledger.catch_up()
        rows = self.one.totals.rows()["comms_cost_usd_total"]
        return {key[1:4]: Decimal(row[0]) for key, row in rows.items() if key[4] == "billed" and row[0]}

    async def wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


Made = Callable[..., Reading]


@pytest.fixture
def openai(one: Replica, reports: FakeReports) -> Made:
    def make(cost_days: CostDays | None = None, **more: Any) -> Reading:
        config = OpenAiBill(enabled=True, admin_key=SECRET, api_url=reports.url, **more)
        return Reading(one, lambda reading: OpenAiCosts(config, reading.wait), cost_days)

    return make


@pytest.fixture
def anthropic(one: Replica, reports: FakeReports) -> Made:
    def make(cost_days: CostDays | None = None, **more: Any) -> Reading:
        config = AnthropicBill(enabled=True, admin_key=SECRET, api_url=reports.url, **more)
        return Reading(one, lambda reading: AnthropicCosts(config, reading.wait), cost_days)

    return make


@pytest.fixture
def meta(one: Replica, reports: FakeReports) -> Made:
    def make(cost_days: CostDays | None = None, **more: Any) -> Reading:
        config = WhatsAppBill(
            enabled=True, business_account_id=WABA, access_token=SECRET, api_url=reports.url, **more
        )
        return Reading(one, lambda reading: MetaPricing(config, reading.wait), cost_days)

    return make


@pytest.fixture(params=["openai", "anthropic", "meta"])
def any_bill(request: pytest.FixtureRequest) -> tuple[Made, Callable[[str], Any]]:
    """A bill, and a page of it with that many dollars on one day."""
    pages: dict[str, Callable[[str], Any]] = {
        "openai": lambda usd: page(openai_day(DAY, ("gpt-4o, input", float(usd)))),
        "anthropic": lambda usd: page(anthropic_day(DAY, ("uncached_input_tokens", str(Decimal(usd) * 100)))),
        "meta": lambda usd: account(point(DAY, "MARKETING", float(usd))),
    }
    return request.getfixturevalue(request.param), pages[request.param]


async def test_openais_costs_add_up_by_kind_of_token_over_models_and_pages(
    openai: Made, reports: FakeReports
) -> None:
    reports.pages = [
        page(
            openai_day(
                DAY, ("gpt-5.4-2026-03-05, input", 1.25), ("gpt-5.4-mini-2026-03-17, input", "0.000000125")
            ),
            openai_day(
                NEXT,
                ("gpt-5.4-2026-03-05, cached input", 0.06),
                ("priority | gpt-5.6, output, long context", 2),
            ),
            then="page_2",
        ),
        page(openai_day(NEXT, ("gpt-audio-mini audio, output", 0.5), ("web search tool calls", "0E-6176"))),
    ]
    reading = openai()
    await reading.bill.run()
    assert await reading.billed() == {
        ("llm", "openai", "llm_input"): Decimal("1.250000125"),
        ("llm", "openai", "llm_cached_input"): Decimal("0.06"),
        ("llm", "openai", "llm_output"): Decimal(2),
        ("llm", "openai", "llm_output_audio"): Decimal("0.5"),
    }


async def test_openai_is_asked_for_the_window_by_line_item_and_then_for_the_next_page(
    openai: Made, reports: FakeReports
) -> None:
    reports.pages = [page(then="page_2"), page()]
    await openai().bill.run()
    window = {
        "start_time": str(midnight_s(date(2026, 11, 14))),
        "end_time": str(midnight_s(date(2026, 11, 22))),
        "bucket_width": "1d",
        "group_by[]": "line_item",
        "limit": "180",
    }
    assert reports.asked == [(OPENAI_PATH, window), (OPENAI_PATH, {**window, "page": "page_2"})]


async def test_anthropics_cents_become_dollars_exactly(anthropic: Made, reports: FakeReports) -> None:
    reports.pages = [
        page(
            anthropic_day(
                DAY,
                ("uncached_input_tokens", "123.78912"),
                ("cache_read_input_tokens", "0.1"),
                ("cache_creation.ephemeral_5m_input_tokens", "1"),
                ("cache_creation.ephemeral_1h_input_tokens", "2"),
                ("output_tokens", "100"),
                (None, "50"),
            ),
            then="page_MjAyNS0wNS0xNFQwMDowMDowMFo=",
        ),
        page(anthropic_day(NEXT, ("output_tokens", "0.000001"))),
    ]
    reading = anthropic()
    await reading.bill.run()
    assert await reading.billed() == {
        ("llm", "anthropic", "llm_input"): Decimal("1.2378912"),
        ("llm", "anthropic", "llm_cached_input"): Decimal("0.001"),
        ("llm", "anthropic", "llm_cache_write"): Decimal("0.03"),
        ("llm", "anthropic", "llm_output"): Decimal("1.00000001"),
        ("llm", "anthropic", "other"): Decimal("0.5"),
    }
    assert reports.asked[0] == (
        ANTHROPIC_PATH,
        {
            "starting_at": "2026-11-14T00:00:00Z",
            "ending_at": "2026-11-22T00:00:00Z",
            "bucket_width": "1d",
            "group_by[]": "description",
            "limit": "31",
        },
    )
    assert reports.asked[1][1]["page"] == "page_MjAyNS0wNS0xNFQwMDowMDowMFo="


async def test_metas_categories_are_all_charges_of_messages(
    meta: Made, reports: FakeReports, dsn: str
) -> None:
    reports.pages = [
        account(
            point(DAY, "MARKETING", 12.5),
            point(DAY, "AUTHENTICATION_INTERNATIONAL", 0.25),
            point(DAY, "SOMETHING_NEW", 1),
            point(DAY, "SERVICE", None),
            then=f"{reports.url}{META_PATH}?after=x",
        ),
        analytics(point(NEXT, "UTILITY", "3.1")),
    ]
    reading = meta()
    await reading.bill.run()
    assert await reading.billed() == {("whatsapp", "whatsapp", "message"): Decimal("16.85")}
    lines = await reading.one.ledger.bills.newest(reading.source().of, DAY)
    assert {line.category: line.amount for line in lines} == {
        "marketing": Decimal("12.5"),
        "authentication_international": Decimal("0.25"),
        "other": 1,
        "utility": Decimal("3.1"),
    }


async def test_meta_is_asked_for_whole_days_of_the_accounts_own_time_zone(
    meta: Made, reports: FakeReports
) -> None:
    reports.pages = [account()]
    await meta().bill.run()
    ((path, query),) = reports.asked
    assert path == META_PATH
    assert query["fields"] == (
        f"currency,pricing_analytics.start({midnight_s(date(2026, 11, 13))})"
        f".end({midnight_s(date(2026, 11, 23))}).granularity(DAILY)"
        ".metric_types(['COST']).dimensions(['PRICING_CATEGORY'])"
    )


@pytest.mark.parametrize("hours_east", [-11, -8, 0, 7, 12])
async def test_a_day_of_the_accounts_time_zone_keeps_its_name(
    meta: Made, reports: FakeReports, hours_east: int
) -> None:
    reports.pages = [account(point(DAY, "MARKETING", 12.5, hours_east))]
    reading = meta()
    await reading.bill.run()
    (line,) = await reading.one.ledger.bills.newest(reading.source().of, date(2026, 1, 1))
    assert line.day == DAY


async def test_a_day_of_which_a_report_may_have_a_part_is_left_out(meta: Made, reports: FakeReports) -> None:
    outside = NOW.date() - timedelta(days=8)
    reports.pages = [account(point(outside, "MARKETING", 12.5), point(DAY, "MARKETING", 1))]
    reading = meta()
    await reading.bill.run()
    assert await reading.billed() == {("whatsapp", "whatsapp", "message"): Decimal(1)}


async def test_an_account_without_traffic_has_no_analytics(meta: Made, reports: FakeReports) -> None:
    reports.pages = [{"currency": "USD", "id": WABA}]
    reading = meta()
    await reading.bill.run()
    assert await reading.billed() == {}


async def test_another_currency_is_kept_and_not_guessed(
    meta: Made, reports: FakeReports, caplog: pytest.LogCaptureFixture
) -> None:
    reports.pages = [account(point(DAY, "MARKETING", 12.5), currency="EUR")]
    reading = meta()
    await reading.bill.run()
    assert await reading.billed() == {}
    assert "in another currency" in caplog.text


async def test_our_token_follows_metas_next_page_to_no_other_host(meta: Made, reports: FakeReports) -> None:
    reports.pages = [account(then="https://graph.example.com/v25.0/1?after=x"), analytics()]
    with pytest.raises(ApiError, match="not at the host"):
        await meta().bill.run()
    assert len(reports.asked) == 1


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


def estimated(usd: str, day: date, component: str) -> tuple[CostDay, tuple[Decimal, int]]:
    return CostDay(day, "acme", "llm", "openai", component, "estimated"), (Decimal(usd), 1)


async def test_tokens_are_compared_together_whoever_stated_their_cost(
    openai: Made, reports: FakeReports
) -> None:
    days = dict(
        [
            estimated("1", DAY, "llm"),
            estimated("60", NEXT, "llm_input"),
            estimated("30", NEXT, "llm_reasoning"),
            estimated("12", NEXT, "llm"),
        ]
    )
    reports.pages = [
        page(openai_day(NEXT, ("gpt-4o, input", 60), ("gpt-4o, output", 40), ("web search tool calls", 5)))
    ]
    reading = openai(days, account_alias="main")
    await reading.bill.run()
    await reading.gauges.run()
    drifts = [
        (sample.labels, sample.value)
        for family in reading.one.registry.collect()
        if family.name == "comms_bill_drift_ratio"
        for sample in family.samples
    ]
    assert drifts == [({"provider": "openai", "account": "main", "category": "tokens"}, 0.02)]


async def test_whatsapp_messages_are_compared_with_what_meta_charges(
    meta: Made, reports: FakeReports
) -> None:
    def message(usd: str, day: date) -> tuple[CostDay, tuple[Decimal, int]]:
        return CostDay(day, "acme", "whatsapp", "whatsapp", "message", "estimated"), (Decimal(usd), 1)

    reports.pages = [account(point(NEXT, "MARKETING", 60), point(NEXT, "UTILITY", 40))]
    reading = meta(dict([message("1", DAY), message("98", NEXT)]), account_alias="main")
    await reading.bill.run()
    await reading.gauges.run()
    labels = {"provider": "whatsapp", "account": "main", "category": "messages"}
    assert reading.one.registry.get_sample_value("comms_bill_drift_ratio", labels) == 0.02


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
