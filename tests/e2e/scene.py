"""One exporter with everything around it that a fault may break."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from tests.e2e.fault_tales import SELDOM_SENDING, SPENDING, tell_of_the_past
from tests.e2e.past_days import remember_spend
from tests.e2e.traffic import USAGE_SCAN, Traffic, traffic_to
from tests.e2e.watch import PATIENT_SCRAPE, Watch, watching
from tests.faults.exporter_process import ExporterProcess, exporter_process
from tests.integration.fake_carriers import FakeCarriers
from tests.integration.fake_twilio import FakeTwilio
from tests.integration.paging import alice, sections

_SLA: dict[str, Any] = {
    # Seconds that a rule compares with do not shrink as its windows do.
    "heartbeat_seconds": 5,
    # Too few in five minutes for the page about those, which would hold back the one about the hour.
    "tenants": {SELDOM_SENDING: {"min_events": 10_000}},
}


@dataclass(frozen=True)
class Scene:
    """What runs.

    Attributes:
        twilio: gives the bill and the balance.
        carriers: take pages.
    """

    exporter: ExporterProcess
    traffic: Traffic
    watch: Watch
    twilio: FakeTwilio
    carriers: FakeCarriers

    async def in_ledger(self, statement: str) -> list[Any]:
        connection = await asyncpg.connect(self.exporter.dsn)
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()


Fault = Callable[[Scene], AbstractAsyncContextManager[None]]
"""Something is broken while the block lasts; what cannot be mended stays so."""


@asynccontextmanager
async def scene_of(folder: Path, generation: str) -> AsyncIterator[Scene]:
    """All of it, watched and well; nothing runs any more when the block ends."""
    home = folder / "exporter"
    home.mkdir()
    async with AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(FakeTwilio().running())
        carriers = await stack.enter_async_context(FakeCarriers().running())
        (home / "config.yaml").write_text(json.dumps(_settings(twilio, carriers)))
        exporter = await stack.enter_async_context(exporter_process(home))
        traffic = await stack.enter_async_context(traffic_to(exporter))
        await traffic.usage_table()
        await tell_of_the_past(traffic)
        address = exporter.url.removeprefix("http://")
        watched = folder / generation
        remember_spend(watched / "prometheus-data", generation, SPENDING)
        watch = await stack.enter_async_context(watching(generation, watched, address, PATIENT_SCRAPE))
        await watch.until_given('up{job="comms-exporter"} == 1')
        yield Scene(exporter, traffic, watch, twilio, carriers)


def _settings(twilio: FakeTwilio, carriers: FakeCarriers) -> dict[str, Any]:
    made = sections(carriers, [alice()])
    made["sources"]["twilio"]["bills"] = {"enabled": True, "interval_s": "2s", "api_url": twilio.url}
    return {**made, "scans": [USAGE_SCAN], "sla": _SLA}
