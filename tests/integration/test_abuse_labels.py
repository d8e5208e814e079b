"""What strangers write cannot break the page or flood it."""

from __future__ import annotations

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporter.catalogue import FAMILIES
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until

NASTY = (
    'a"} 1\ncomms_fake_total{x="',
    "a\\",
    'a\\"',
    "# HELP comms_messages_total forged",
    "# TYPE comms_ledger_up counter\ncomms_ledger_up 1",
    "a\r\nb",
    "\t",
    "a\u2028b\u0085c",
    "\u202egnirts",
    "é" * 60,
    "😀" * 100,
    "{}",
    "_other",
    "__name__",
    " ",
    "x" * 128,
)
CATALOGUE = {family.name.removesuffix("_total") for family in FAMILIES}
FORBIDDEN = ("comms_fake_total", "forged", "gnirts")


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path, limits={"series_per_metric": 50}) as running:
        yield running


def nasty_events(text: str) -> list[dict[str, Any]]:
    """The text in every field that reaches a label."""
    route = {"channel": text, "provider": text, "direction": "outbound", "status": text}
    return [
        {"kind": "message", "tenant": text, "error_class": text, "segments": 1, "encoding": text, **route},
        {"kind": "engagement", "tenant": text, "action": text, "channel": text},
        {"kind": "llm", "tenant": text, "provider": text, "model": text, "status": text},
        {"kind": "conversation", "tenant": text, "state": "handed_off", "trigger": text},
        {"kind": "payment", "tenant": text, "state": "succeeded", "amount": "1"},
        {"kind": "outcome", "tenant": text, "action": text, "amount_usd": "1"},
        {"kind": "delivery", "tenant": text, "endpoint": text, "status_code": 200},
        {"kind": "level", "name": "queue_depth", "queue": text, "value": 1},
        {"kind": "level", "name": "heartbeat", "worker": text},
        {"kind": "level", "name": "rate_limit", "provider": text, "api": text, "used": 1, "limit": 2},
        {"kind": "account", "provider": text, "field": text, "state": text},
        {"kind": "credit", "tenant": text, "balance": "1"},
    ]


async def folded(one: RunningApp, number: int) -> None:
    async def is_shown() -> bool:
        (stored,) = await one.rows("SELECT count(*) FROM events")
        return stored[0] == number and await one.sample("comms_follower_lag_events") == 0

    await until(is_shown)


def checked(page: str) -> str:
    """What promtool says of a page; nothing when it is clean."""
    linted = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, text=True, check=False
    )
    return linted.stdout + linted.stderr


async def test_nothing_that_is_written_into_an_event_breaks_the_page(one: RunningApp) -> None:
    known = {family.name for family in text_string_to_metric_families(await one.page())}
    events = [event for text in NASTY for event in nasty_events(text)]
    status, report = await one.events(*events)
    assert status == 200
    await folded(one, report["accepted"])
    page = await one.page()
    families = list(text_string_to_metric_families(page))
    series = [
        (sample.name, *sorted(sample.labels.items())) for family in families for sample in family.samples
    ]
    assert len(series) == len(set(series))
    assert {family.name for family in families} <= known | CATALOGUE
    assert not any(line.startswith(FORBIDDEN) for line in page.splitlines())
    assert checked(page) == ""


async def test_a_flood_of_names_ends_at_the_cap_and_the_sum_stays_right(one: RunningApp) -> None:
    flood = [
        {"kind": "outcome", "tenant": f"tenant-{n}", "action": f"action-{n}", "amount_usd": "1"}
        for n in range(500)
    ]
    await one.events(*flood)
    await folded(one, 500)
    families = {family.name: family for family in text_string_to_metric_families(await one.page())}
    samples = families["comms_outcome_usd"].samples
    assert len(samples) <= 51
    assert sum(sample.value for sample in samples) == 500
    assert (await one.sample("comms_series_folded_total", metric="comms_outcome_usd_total") or 0) > 0
