"""What a backtest says of proposed thresholds is what a Prometheus does that runs with them.

Two Prometheus live through the same hour, one with the thresholds of today, one with those proposed. The backtest asks
the first, and is compared with the alerts of the second.
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from time import time
from typing import NamedTuple

import pytest

from exporter.backtest.command import add_options, backtest
from exporter.config import Config, parse, thresholds
from tests.e2e.scripted_page import scripted_page
from tests.e2e.shipped import duration_ms, shrunk
from tests.e2e.watch import Watch, watching
from tests.stack.generation import NEWEST_FIRST

PROPOSED = {"error_ratio": 0.02, "tenants": {"patient": {"error_ratio": 0.9}}}
SETTINGS = ("--set", "error_ratio=0.02", "--set", "tenants.patient.error_ratio=0.9")
FAILING = {"wild": 0.5, "mild": 0.03, "patient": 0.5, "calm": 0.0}
INTERVAL_S = duration_ms(shrunk("15s")) / 1_000
EDGES_S = 2.0
"""The table says whole seconds; a Prometheus evaluates at moments of its own, and a busy machine late."""

_WHILE = "3s"


class Told(NamedTuple):
    """How often an alert fired, every label set apart, and the longest time that one fired."""

    fired: int
    longest_s: float


class Lived(NamedTuple):
    """What the backtest said of proposed and of today's thresholds, and what happened under each."""

    proposed: dict[str, Told]
    today: dict[str, Told]
    happened_proposed: dict[str, Told]
    happened_today: dict[str, Told]


@pytest.fixture(scope="session", params=NEWEST_FIRST)
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return asyncio.run(_live(str(request.param), tmp_path_factory.mktemp("backtest")))


def test_proposed_thresholds_fire_as_they_do_where_they_are_in_force(lived: Lived) -> None:
    assert_same(lived.proposed, lived.happened_proposed)
    assert lived.proposed["MessageErrorRatioHigh"].fired == 2


def test_the_thresholds_of_today_fire_as_they_did(lived: Lived) -> None:
    assert_same(lived.today, lived.happened_today)
    assert lived.today["MessageErrorRatioHigh"].fired == 2


def test_the_time_is_that_of_prometheus(lived: Lived) -> None:
    said, happened = lived.proposed["MessageErrorRatioHigh"], lived.happened_proposed["MessageErrorRatioHigh"]
    assert abs(said.longest_s - happened.longest_s) <= EDGES_S


def assert_same(said: dict[str, Told], happened: dict[str, Told]) -> None:
    assert {name: told.fired for name, told in said.items() if told.fired} == {
        name: told.fired for name, told in happened.items()
    }


async def _live(generation: str, folder: Path) -> Lived:
    async with AsyncExitStack() as stack:
        watches = []
        pages = []
        for name, config in (("today", Config()), ("proposed", parse({"sla": PROPOSED}))):
            page = await stack.enter_async_context(scripted_page(thresholds(config), FAILING))
            pages.append(page)
            watches.append(await stack.enter_async_context(watching(generation, folder / name, page.address)))
        today, proposed = watches
        await asyncio.gather(*(watch.until_given(_ratio_of("calm")) for watch in watches))
        began_s = time()
        for page in pages:
            page.failing = dict(FAILING)
        # For a while, so that no episode is as short as what two servers see differently.
        await proposed.until_given(f"{_firing('mild')} offset {_WHILE}")
        await today.until_given(f"{_firing('patient')} offset {_WHILE}")
        for page in pages:
            page.failing = dict.fromkeys(FAILING, 0.0)
        await asyncio.gather(*(watch.until_empty(_firing("wild|mild|patient")) for watch in watches))
        return Lived(
            await _said(today, began_s, *SETTINGS),
            await _said(today, began_s),
            await _happened(proposed, began_s),
            await _happened(today, began_s),
        )


def _ratio_of(tenant: str) -> str:
    return f'tenant_channel:comms_messages_failed_per_attempted:ratio_rate5m{{tenant="{tenant}"}}'


def _firing(tenants: str) -> str:
    return f'ALERTS{{alertname="MessageErrorRatioHigh",alertstate="firing",tenant=~"{tenants}"}}'


async def _said(watch: Watch, began_s: float, *settings: str) -> dict[str, Told]:
    parser = argparse.ArgumentParser()
    add_options(parser)
    since = f"{round((time() - began_s) * 1_000)}ms"
    words = [
        "--prometheus",
        f"http://{watch.prometheus}",
        "--since",
        since,
        "--rules",
        str(watch.folder / "rules"),
    ]
    chosen = parser.parse_args([*words, "--interval", shrunk("15s"), *settings])
    _, _, *rows = await backtest(chosen, Config(), datetime.now(UTC))
    return {cells[0]: Told(int(cells[1]), _seconds(cells[3])) for cells in map(str.split, rows)}


async def _happened(watch: Watch, began_s: float) -> dict[str, Told]:
    found: dict[str, Told] = {}
    window = f"[{round(time() - began_s)}s]"
    for series in await watch.query(f'ALERTS{{alertstate="firing"}}{window}'):
        times_s = [at_s for at_s, _ in series["values"]]
        # An alert that ends and comes back leaves a gap of more than an evaluation or two.
        episodes = 1 + sum(later - earlier > 4 * INTERVAL_S for earlier, later in pairwise(times_s))
        name = series["metric"]["alertname"]
        before = found.get(name, Told(0, 0))
        found[name] = Told(before.fired + episodes, max(before.longest_s, len(times_s) * INTERVAL_S))
    return found


def _seconds(text: str) -> float:
    hours, minutes, seconds = map(int, text.split(":"))
    return hours * 3_600 + minutes * 60 + seconds
