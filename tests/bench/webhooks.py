"""One event a request: signed webhooks, on disk before the answer, against a handler that does nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.bench import payload
from tests.bench.effort import Effort, middle
from tests.bench.folding import messages, wait_until_counted
from tests.bench.load import Load, load
from tests.bench.report import Aim, Result, Table
from tests.bench.server import Server, exporter, peer

_REQUESTS = 30_000
_HALF_LOAD_S = 2
_CONNECTIONS = (64, 256)
_SENDERS: dict[str, Callable[[], bytes]] = {
    "WhatsApp JSON": lambda: payload.whatsapp(1),
    "Twilio form": payload.twilio,
}
_NOTE = (
    "One event a request, each a message of its own. The exporter checks the signature, decodes, commits (fsync on) "
    "and then answers; after each run the totals are compared with what was sent. The ceiling is an aiohttp handler "
    "on uvloop that reads the same bodies and answers `{}`, measured just before. Server on one core, load on "
    "another, PostgreSQL where it finds room. Half load is half of the durable rate of the same round; an answer "
    "that delays the next request counts with the delay."
)

_HEADER = (
    "sender",
    "connections",
    "of ceiling",
    "events/s",
    "p50 ms",
    "p99 ms",
    "ceiling/s",
    "its p99 ms",
    "half load p50 ms",
    "half load p99 ms",
    "not 200",
)


class Round(NamedTuple):
    ceiling: Load
    durable: Load
    half: Load

    @property
    def ratio(self) -> float:
        return self.durable.requests_per_s / self.ceiling.requests_per_s


def measure(effort: Effort) -> Result:
    """Every sender and number of connections in turn, round after round, so that noise hits all alike."""
    cases = [(sender, connections) for sender in _SENDERS for connections in _CONNECTIONS]
    rounds: dict[tuple[str, int], list[Round]] = {case: [] for case in cases}
    with TemporaryDirectory() as folder, peer() as ceiling, exporter(Path(folder)) as durable:
        for make in _SENDERS.values():
            load(durable.port, [make() for _ in range(2_000)], connections=64)
        for _ in range(effort.rounds):
            for case in cases:
                rounds[case].append(_round(ceiling, durable, *case, effort))
    aims = [_aim(case, rounds[case]) for case in cases if case[1] == _CONNECTIONS[0]]
    return Result(
        aims, [Table("Single events", _NOTE, _HEADER, [_row(case, rounds[case]) for case in cases])]
    )


def _round(ceiling: Server, durable: Server, sender: str, connections: int, effort: Effort) -> Round:
    requests = [_SENDERS[sender]() for _ in range(effort.of(_REQUESTS))]
    reference = load(ceiling.port, requests, connections=connections)
    fast = _checked(durable, requests, connections)
    requests_per_s = fast.requests_per_s / 2
    requests = [_SENDERS[sender]() for _ in range(effort.of(int(requests_per_s * _HALF_LOAD_S)))]
    return Round(reference, fast, _checked(durable, requests, connections, requests_per_s))


def _checked(durable: Server, requests: list[bytes], connections: int, requests_per_s: float = 0) -> Load:
    before = messages(durable.port)
    measured = load(durable.port, requests, connections=connections, requests_per_s=requests_per_s)
    failures = measured.failures
    wait_until_counted(durable.port, before + len(requests) - failures, unsure=failures)
    return measured


def _aim(case: tuple[str, int], rounds: list[Round]) -> Aim:
    ratio = middle(rounds, lambda one: one.ratio)
    p99_ms = middle(rounds, lambda one: one.half.p99_ms)
    return Aim(
        f"{case[0]}, one event a request, {case[1]} connections",
        "≥ 50 % of a no-op handler; p99 ≤ 10 ms at half load",
        f"{ratio:.0%}; {p99_ms:.1f} ms",
    )


def _row(case: tuple[str, int], rounds: list[Round]) -> tuple[str, ...]:
    return (
        case[0],
        str(case[1]),
        f"{middle(rounds, lambda one: one.ratio):.0%}",
        f"{middle(rounds, lambda one: one.durable.requests_per_s):,.0f}",
        f"{middle(rounds, lambda one: one.durable.p50_ms):.1f}",
        f"{middle(rounds, lambda one: one.durable.p99_ms):.1f}",
        f"{middle(rounds, lambda one: one.ceiling.requests_per_s):,.0f}",
        f"{middle(rounds, lambda one: one.ceiling.p99_ms):.1f}",
        f"{middle(rounds, lambda one: one.half.p50_ms):.1f}",
        f"{middle(rounds, lambda one: one.half.p99_ms):.1f}",
        str(sum(one.ceiling.failures + one.durable.failures + one.half.failures for one in rounds)),
    )
