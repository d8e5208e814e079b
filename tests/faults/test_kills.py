"""Kills at random moments under load: nothing acknowledged is lost, nothing is counted twice, nothing goes down."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles
from time import monotonic

import aiohttp
import pytest

from tests.faults.exporter_process import ExporterProcess, exporter_process
from tests.faults.ledger_rows import fresh_page, stored
from tests.faults.scraper import Scraper, counted
from tests.faults.senders import Senders

LONG = (
    int(os.environ.get("COMMS_FAULT_KILLS", "20")),
    int(os.environ.get("COMMS_FAULT_POSTGRES_KILLS", "10")),
)
SEED = int(os.environ.get("COMMS_FAULT_SEED", "1"))


async def kill_exporter(exporter: ExporterProcess) -> float:
    """Kill it and start it at once; the answer is the seconds until it is ready."""
    exporter.kill()
    exporter.start()
    return await exporter.until_ready()


async def kill_postgres(exporter: ExporterProcess) -> None:
    """Kill the postmaster and wait until another one takes events."""
    old = exporter.postmaster_pid
    os.kill(old, signal.SIGKILL)
    async with asyncio.timeout(60):
        while exporter.postmaster_pid in (0, old):
            await asyncio.sleep(0.02)
    await exporter.until_ready()


def faults(luck: random.Random, kills: int, postgres_kills: int) -> Iterator[str]:
    chosen = ["exporter"] * kills + ["postgres"] * postgres_kills
    luck.shuffle(chosen)
    yield from chosen


async def disturb(exporter: ExporterProcess, kills: int, postgres_kills: int) -> list[float]:
    """Every fault at its random moment; the answer is the seconds of each restart of the exporter."""
    luck = random.Random(SEED)
    restarts_s = []
    for fault in faults(luck, kills, postgres_kills):
        await asyncio.sleep(luck.uniform(0.3, 1.2))
        if fault == "exporter":
            restarts_s.append(await kill_exporter(exporter))
        else:
            await kill_postgres(exporter)
    await asyncio.sleep(0.5)
    return restarts_s


async def settled_page(exporter: ExporterProcess, fresh: str) -> str:
    """The published page, once it shows as much as the ledger holds or for ten seconds did not."""
    wanted, page = counted(fresh), ""
    async with aiohttp.ClientSession() as session:
        for _ in range(100):
            async with session.get(exporter.url + "/metrics") as answer:
                page = await answer.text()
            if counted(page) == wanted:
                break
            await asyncio.sleep(0.1)
    return page


@pytest.mark.parametrize(
    ("kills", "postgres_kills"),
    [pytest.param(2, 2, id="short"), pytest.param(*LONG, id="long", marks=pytest.mark.faults)],
)
async def test_kills_lose_nothing_double_nothing_and_reset_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kills: int, postgres_kills: int
) -> None:
    async with exporter_process(tmp_path) as exporter:
        senders, scraper = Senders(exporter.url, SEED), Scraper(exporter.url)
        began = monotonic()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(senders.run())
            tasks.create_task(scraper.run())
            restarts_s = await disturb(exporter, kills, postgres_kills)
            senders.stop()
            scraper.stop()
        seconds = monotonic() - began
        rows, fresh = await stored(exporter.dsn), await fresh_page(exporter.dsn)
        page = await settled_page(exporter, fresh)
        exporter.send(signal.SIGTERM)
        assert await exporter.until_ended() == 0
    lost = senders.acknowledged - rows.keys()
    doubled = [event for event, times in rows.items() if times > 1]
    with capsys.disabled():
        print(
            f"\nfaults: {kills} kills of the exporter, {postgres_kills} of PostgreSQL: "
            f"{len(senders.acknowledged)} events acknowledged "
            f"({len(senders.acknowledged) / seconds:.0f}/s), {len(lost)} lost, "
            f"{len(doubled)} doubled, {len(scraper.resets)} resets in {scraper.pages} scrapes "
            f"({scraper.gaps} before totals were known), "
            f"restart-to-ready p95 {quantiles(restarts_s, n=20)[-1]:.2f} s"
        )
    assert (lost, doubled, scraper.resets, senders.refusals) == (set(), [], [], {})
    assert rows.keys() == senders.acknowledged
    assert counted(page) == counted(fresh)
    assert scraper.pages > scraper.gaps
