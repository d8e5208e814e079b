"""What readers get: the page in each format, readiness, reloading, and totals that outlive us."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.catalogue import FOLD_FAMILIES
from tests.integration.running_app import RunningApp, running_app, settings
from tests.integration.waiting import until

OPENMETRICS = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
SENT: dict[str, Any] = {
    "kind": "message",
    "channel": "sms",
    "provider": "twilio",
    "direction": "outbound",
    "status": "sent",
}


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path) as running:
        yield running


def of_the_ledger(page: str) -> set[str]:
    return {line for line in page.splitlines() if line.startswith(tuple(f.name for f in FOLD_FAMILIES))}


async def counted(one: RunningApp, number: int) -> None:
    async def is_shown() -> bool:
        return await one.messages_sent() == number

    await until(is_shown)


async def test_the_page_comes_in_the_format_that_is_asked_for(one: RunningApp) -> None:
    for accept, content_type in (
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/html", "text/plain; version=0.0.4; charset=utf-8"),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ):
        async with one.session.get(one.url + "/metrics", headers={"Accept": accept}) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
            assert (await answer.text()).endswith("# EOF\n") == (accept == OPENMETRICS)


async def test_the_openmetrics_page_is_readable_by_the_strict_parser(one: RunningApp) -> None:
    await one.events(SENT)
    await counted(one, 1)
    _, page = await one.get("/metrics", {"Accept": OPENMETRICS})
    names = {family.name for family in text_string_to_metric_families(page)}  # type: ignore[no-untyped-call]
    assert {"comms_messages", "comms_ledger_up", "comms_http_requests"} <= names


async def test_the_page_is_packed_for_who_asks(one: RunningApp) -> None:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        headers = {"Accept-Encoding": "gzip"}
        async with session.get(one.url + "/metrics", headers=headers) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            assert b"comms_messages_total{" in gzip.decompress(await answer.read())
        async with session.get(one.url + "/metrics", headers={"Accept-Encoding": "identity"}) as answer:
            assert "Content-Encoding" not in answer.headers
            assert b"comms_messages_total{" in await answer.read()


async def test_a_head_request_gets_headers_and_no_body(one: RunningApp) -> None:
    async with one.session.head(one.url + "/metrics") as answer:
        assert (answer.status, await answer.read()) == (200, b"")
        assert answer.headers["Content-Type"].startswith("text/plain")


async def test_known_series_are_there_at_zero_before_the_first_event(one: RunningApp) -> None:
    assert await one.messages_sent() == 0


async def test_totals_outlive_a_clean_end(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as one:
        await one.events(*({**SENT, "event_id": str(n)} for n in range(7)))
        await counted(one, 7)
    async with running_app(dsn, tmp_path) as one:
        assert await one.messages_sent() == 7
        assert (await one.events({**SENT, "event_id": "3"}))[1]["duplicate"] == 1


async def test_two_exporters_on_one_database_show_the_same(dsn: str, tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    async with running_app(dsn, folders[0]) as one, running_app(dsn, folders[1]) as two:
        await one.events({**SENT, "event_id": "1"})
        await two.events({**SENT, "event_id": "1"}, {**SENT, "event_id": "2"})
        await counted(one, 2)
        await counted(two, 2)
        assert of_the_ledger(await one.page()) == of_the_ledger(await two.page())


async def test_a_good_file_changes_thresholds_at_the_next_scrape(one: RunningApp) -> None:
    threshold = {"rule": "error_ratio", "tenant": "", "channel": ""}
    assert await one.sample("comms_sla_threshold", **threshold) == 0.05
    one.config.write_text(json.dumps(settings(sla={"error_ratio": 0.25})))
    assert (await one.post("/-/reload", b""))[0] == 200
    assert await one.sample("comms_sla_threshold", **threshold) == 0.25
    assert await one.sample("comms_config_last_reload_successful") == 1


async def test_a_bad_file_keeps_the_old_configuration_and_says_so(one: RunningApp) -> None:
    threshold = {"rule": "error_ratio", "tenant": "", "channel": ""}
    one.config.write_text(json.dumps(settings(sla={"error_ratio": 25})))
    status, text = await one.post("/-/reload", b"")
    assert (status, "sla.error_ratio" in text) == (400, True)
    assert await one.sample("comms_config_last_reload_successful") == 0
    assert await one.sample("comms_sla_threshold", **threshold) == 0.05
    assert (await one.events(SENT))[0] == 200
    one.config.write_text(json.dumps(settings()))
    assert (await one.post("/-/reload", b""))[0] == 200
    assert await one.sample("comms_config_last_reload_successful") == 1


async def test_a_changed_file_is_seen_without_being_told(one: RunningApp) -> None:
    replacement = one.config.with_name("replacement.yaml")
    replacement.write_text(json.dumps(settings(sla={"min_events": 7})))
    replacement.rename(one.config)

    async def is_in_force() -> bool:
        return await one.sample("comms_sla_threshold", rule="min_events", tenant="", channel="") == 7

    await until(is_in_force)
    assert await one.sample("comms_config_last_reload_successful") == 1


async def test_a_rotated_secret_is_taken_at_a_reload(one: RunningApp) -> None:
    sources = {**settings()["sources"], "track": {"token": "next"}}
    one.config.write_text(json.dumps(settings(sources=sources)))
    await one.post("/-/reload", b"")
    assert (await one.post("/events", json.dumps(SENT), {"Authorization": "Bearer next"}))[0] == 200
    assert (await one.events(SENT))[0] == 401
