"""People's data in any field of any sender, proved as its own: none of it leaves the ledger again."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from exporter.errors import Rejected
from exporter.event import Entry
from exporter.exposition import Exposition
from exporter.sources.source import Request
from exporter.totals import Totals
from tests.integration.canaries import TRACES, infected, refusals
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until
from tests.unit.sources.proofs import ORIGIN
from tests.unit.sources.sent import NOW
from tests.unit.sources.signers import (
    LOG_RULES,
    PATHS,
    all_sections,
    certificate_at,
    every_path,
    our_source,
    proved,
    read,
)

SAMPLE_VALUE = re.compile(r" [-+.0-9e]+$", re.MULTILINE)
LIMITS = {"body_bytes": 262_144, "batch_bytes": 262_144}


@pytest.fixture
async def one(dsn: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[RunningApp]:
    caplog.set_level(logging.DEBUG)
    sections: dict[str, Any] = {"sources": all_sections(), "logs": LOG_RULES, "limits": LIMITS}
    async with running_app(dsn, tmp_path, fetch=certificate_at, **sections) as running:
        yield running


async def sent(one: RunningApp, request: Request) -> str:
    """The answer, which may refuse but never fail."""
    headers = {name: value for name, value in request.headers.items() if "\n" not in value}
    status, text = await one.post(request.url.removeprefix(ORIGIN), request.body, headers)
    assert status < 500, (status, request.url)
    return text


async def shown(one: RunningApp) -> str:
    """Everything that anybody may read."""
    await until(partial(_is_folded, one))
    names = {our_source(path).name for path in PATHS}
    paths = ["/metrics", "/", "/-/ready", "/api/workers", *(f"/api/webhooks/{name}/health" for name in names)]
    answers = [await one.get(path) for path in paths]
    answers.append(await one.get("/metrics", {"Accept": "application/openmetrics-text"}))
    assert {status for status, _ in answers} == {200}
    pages = [text for _, text in answers]
    return without_values("\n".join(pages))


def without_values(page: str) -> str:
    """A metrics page without its numbers: what a field holds may be one, and tells nothing of people."""
    return SAMPLE_VALUE.sub("", page)


async def _is_folded(one: RunningApp) -> bool:
    return await one.sample("comms_follower_lag_events") == 0


def traces(text: str) -> list[str]:
    """Where a canary shows, with what stands around it."""
    found = []
    for trace in TRACES:
        at = text.find(trace)
        if at >= 0:
            found.append(text[max(0, at - 200) : at + 100])
    return found


async def said(one: RunningApp, requests: list[Request], caplog: pytest.LogCaptureFixture) -> list[str]:
    answers = [await sent(one, request) for request in requests]
    logged = [f"{record.getMessage()} {record.exc_text} {record.args}" for record in caplog.records]
    return [*traces("\n".join(answers)), *traces("\n".join(logged)), *traces(await shown(one))]


@every_path
async def test_no_field_of_any_sender_leads_out_of_the_ledger(
    path: str, one: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    now = datetime.now(UTC)
    assert await said(one, [proved(path, sending, now) for sending in infected(path)], caplog) == []
    assert await one.rows("SELECT 1 FROM events LIMIT 1") != []


@every_path
async def test_no_refusal_says_what_it_refused(
    path: str, one: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    assert await said(one, list(refusals(path)), caplog) == []


@every_path
def test_no_field_of_any_sender_becomes_a_label_whatever_stands_in_it(path: str) -> None:
    """Without the ledger, in which most of these are repeats of one another."""
    source, totals = our_source(path), Totals(series_per_metric=100_000)
    for sending in infected(path):
        try:
            batch = read(source, proved(path, sending))
        except Rejected:
            continue
        told = "".join(parked.detail for parked in batch.parked)
        assert traces(told) == []
        totals.fold(Entry(totals.seq + 1, s.source, s.event, NOW) for s in batch.submissions)
    pieces = Exposition(totals, CollectorRegistry()).pieces(openmetrics=False, gzip=False)
    assert traces(without_values(b"".join(pieces).decode())) == []
