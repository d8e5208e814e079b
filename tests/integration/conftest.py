"""One replica, and the providers that it asks: stand-ins at the edge of HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import Replica, RunningLedger, Server
from tests.integration.billed import Billed
from tests.integration.fake_carriers import FakeCarriers
from tests.integration.fake_pricing import FakePricing
from tests.integration.fake_reports import FakeReports
from tests.integration.fake_twilio import FakeTwilio
from tests.integration.notification_desk import Desk
from tests.integration.provider_reading import Made, reads_anthropic, reads_meta, reads_openai
from tests.integration.warehouse import Source, running_warehouse


@pytest.fixture
async def one(replica: RunningLedger) -> AsyncIterator[Replica]:
    async with replica() as running:
        yield running


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    async with FakeTwilio().running() as running:
        yield running


@pytest.fixture
async def pricing() -> AsyncIterator[FakePricing]:
    async with FakePricing().running() as running:
        yield running


@pytest.fixture
async def carriers() -> AsyncIterator[FakeCarriers]:
    async with FakeCarriers().running() as running:
        yield running


@pytest.fixture
async def reports() -> AsyncIterator[FakeReports]:
    async with FakeReports().running() as running:
        yield running


@pytest.fixture
def billed(one: Replica, twilio: FakeTwilio) -> Billed:
    return Billed(one, twilio.url)


@pytest.fixture
def openai(one: Replica, reports: FakeReports) -> Made:
    return reads_openai(one, reports)


@pytest.fixture
def anthropic(one: Replica, reports: FakeReports) -> Made:
    return reads_anthropic(one, reports)


@pytest.fixture
def meta(one: Replica, reports: FakeReports) -> Made:
    return reads_meta(one, reports)


@pytest.fixture
async def desk(replica: RunningLedger, dsn: str) -> AsyncIterator[Desk]:
    async with replica() as one:
        yield Desk(one, dsn)


@pytest.fixture
async def source(server: Server, dsn: str, tmp_path: Path) -> AsyncIterator[Source]:
    """A warehouse, for what scans it."""
    async with running_warehouse(server, dsn, tmp_path) as one:
        yield one
