"""The bills of OpenAI and Anthropic in the ledger: what their costs become, compared with what we estimated."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from exporter.cost_days import CostDay
from tests.integration.billed import DAY
from tests.integration.fake_reports import (
    ANTHROPIC_PATH,
    OPENAI_PATH,
    FakeReports,
    anthropic_day,
    midnight_s,
    openai_day,
    page,
)
from tests.integration.provider_reading import NEXT, Made


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
