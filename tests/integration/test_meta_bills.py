"""The bill of Meta in the ledger: its categories, days and pages, compared with what we estimated."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from exporter.cost_days import CostDay
from exporter.rest_api import ApiError
from tests.integration.billed import DAY, NOW
from tests.integration.fake_reports import META_PATH, WABA, FakeReports, account, analytics, midnight_s, point
from tests.integration.provider_reading import NEXT, Made


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
