"""Many events a request: the clock stops when every event is on disk, answered and in the totals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from tests.bench import payload
from tests.bench.effort import Effort, middle
from tests.bench.folding import messages, wait_until_counted
from tests.bench.load import Load, load
from tests.bench.report import Aim, Result, Table
from tests.bench.server import Server, exporter

_EVENTS = 60_000
_CONNECTIONS = 8
_BODY_EVENTS = (100, 1_000)
_AIM = 40_000
_SENDERS: dict[str, Callable[[int], bytes]] = {
    "WhatsApp statuses": payload.whatsapp,
    "/events": lambda number: payload.events(number, named=False),
    "/events with event_id": lambda number: payload.events(number, named=True),
}
_NOTE = (
    f"{_CONNECTIONS} connections. Every event is one step of a message of its own; `event_id` is a second name to "
    "recognise repeats by. Acknowledged: until the last answer. Folded: until /metrics counts every event, the "
    "figure that the aim is about."
)
_HEADER = ("body", "events a body", "folded events/s", "acknowledged events/s", "p50 ms", "p99 ms", "not 200")


class Run(NamedTuple):
    acknowledged: Load
    body_events: int
    folded_seconds: float

    @property
    def folded_per_s(self) -> float:
        return self.acknowledged.requests * self.body_events / self.folded_seconds

    @property
    def acknowledged_per_s(self) -> float:
        return self.acknowledged.requests_per_s * self.body_events


def measure(effort: Effort) -> Result:
    cases = [(sender, number) for sender in _SENDERS for number in _BODY_EVENTS]
    runs: dict[tuple[str, int], list[Run]] = {case: [] for case in cases}
    with TemporaryDirectory() as folder, exporter(Path(folder)) as server:
        for make in _SENDERS.values():
            load(server.port, [make(100) for _ in range(50)], connections=_CONNECTIONS)
        for _ in range(effort.rounds):
            for case in cases:
                runs[case].append(_run(server, *case, effort))
    aims = [_aim(case, runs[case]) for case in cases]
    return Result(aims, [Table("Batches", _NOTE, _HEADER, [_row(case, runs[case]) for case in cases])])


def _run(server: Server, sender: str, body_events: int, effort: Effort) -> Run:
    number = max(2 * _CONNECTIONS, effort.of(_EVENTS) // body_events)
    requests = [_SENDERS[sender](body_events) for _ in range(number)]
    before = messages(server.port)
    began = perf_counter()
    acknowledged = load(server.port, requests, connections=_CONNECTIONS)
    unsure = acknowledged.failures * body_events
    wait_until_counted(server.port, before + number * body_events - unsure, unsure=unsure)
    return Run(acknowledged, body_events, perf_counter() - began)


def _aim(case: tuple[str, int], runs: list[Run]) -> Aim:
    reached = middle(runs, lambda run: run.folded_per_s)
    return Aim(
        f"{case[0]}, {case[1]:,} events a body",
        f"≥ {_AIM:,} events/s durable and folded",
        f"{reached:,.0f} events/s, {reached / _AIM:.1f} x",
    )


def _row(case: tuple[str, int], runs: list[Run]) -> tuple[str, ...]:
    return (
        case[0],
        f"{case[1]:,}",
        f"{middle(runs, lambda run: run.folded_per_s):,.0f}",
        f"{middle(runs, lambda run: run.acknowledged_per_s):,.0f}",
        f"{middle(runs, lambda run: run.acknowledged.p50_ms):.0f}",
        f"{middle(runs, lambda run: run.acknowledged.p99_ms):.0f}",
        str(sum(run.acknowledged.failures for run in runs)),
    )
