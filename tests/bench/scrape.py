"""/metrics over HTTP against prometheus_client's generate_latest with the same series."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench import payload
from tests.bench.cores import on_load_core
from tests.bench.effort import Effort
from tests.bench.folding import counted, ledger_seq, messages, wait_until_counted, wait_until_folded
from tests.bench.load import load
from tests.bench.reading import read
from tests.bench.report import Aim, Result, Table
from tests.bench.server import Server, exporter, peer

SERIES_LIMIT = 400_000
_SERIES_A_TENANT = 10
_SIZES = (1_000, 10_000, 100_000)
_NOTE = (
    "Time from connecting to the last byte. The series are those of `comms_messages_total`, ten a tenant; our page "
    "has the exporter's other metrics on top. Between two scrapes a message is delivered for no tenant, "
    "for one in a hundred, or for every one, so that every part of the page is written anew; each page is compared "
    "with what was sent. Both compress at level 1. In "
    "brackets: how many times faster than prometheus_client's page of the same kind."
)
_HEADER = ("series", "encoding", "prometheus_client", "no tenant changed", "1 % changed", "all changed")


def measure(effort: Effort) -> Result:
    """Every size, plain and compressed."""
    table = Table("/metrics", _NOTE, _HEADER, [])
    result = Result([], [table])
    for series in _SIZES:
        for compressed, theirs_s, ours_s in _compare(series // _SERIES_A_TENANT, effort):
            encoding = "gzip" if compressed else "plain"
            ours = [f"{_ms(took_s)} ({theirs_s / took_s:,.0f} x)" for took_s in ours_s]
            table.rows.append((f"{series:,}", encoding, _ms(theirs_s), *ours))
            if series == max(_SIZES):
                result.aims.append(_aim(encoding, [theirs_s / took_s for took_s in ours_s]))
    return result


def add_tenants(server: Server, tenants: int) -> None:
    """Create the series of this many tenants in a new ledger."""
    load(server.port, payload.of_tenants(range(tenants)), connections=4)
    wait_until_counted(server.port, tenants)


def _compare(tenants: int, effort: Effort) -> Iterable[tuple[bool, float, list[float]]]:
    """Seconds of their page and of ours by what changed, plain and compressed."""
    with (
        TemporaryDirectory() as folder,
        peer(tenants=tenants) as theirs,
        exporter(Path(folder), series_per_metric=SERIES_LIMIT) as ours,
    ):
        add_tenants(ours, tenants)
        one_percent = partial(payload.of_tenants, range(0, tenants, 100))
        every = partial(payload.of_tenants, range(tenants))
        for compressed in (False, True):
            ours_s = [_ours_s(ours, effort, compressed, make) for make in (list, one_percent, every)]
            yield compressed, _theirs_s(theirs, effort, compressed), ours_s


def _theirs_s(server: Server, effort: Effort, compressed: bool) -> float:
    return median(read(server.port, compressed=compressed).seconds for _ in range(effort.rounds))


def _ours_s(server: Server, effort: Effort, compressed: bool, make: Callable[[], list[bytes]]) -> float:
    """Seconds of a scrape after the requests that `make` gives have been folded."""
    expected = messages(server.port)
    read(server.port, compressed=compressed)
    times_s = []
    for _ in range(effort.rounds):
        expected += _send(server, make())
        with on_load_core():
            page = read(server.port, compressed=compressed)
        if counted(page) != expected:
            raise RuntimeError(f"the page counts {counted(page)} of {expected} message steps")
        times_s.append(page.seconds)
    return median(times_s)


def _send(server: Server, requests: list[bytes]) -> int:
    """How many events were sent, once they are folded."""
    if not requests:
        return 0
    before = ledger_seq(server.port)
    load(server.port, requests, connections=min(4, len(requests)))
    events = sum(body.count(b'"kind"') for body in requests)
    wait_until_folded(server.port, before + events)
    return events


def _aim(encoding: str, ratios: list[float]) -> Aim:
    none, some, every = ratios
    return Aim(
        f"/metrics at {max(_SIZES):,} series, {encoding}",
        "≥ 40 x faster than prometheus_client",
        f"{every:,.0f} x all changed; {some:,.0f} x 1 % changed; {none:,.0f} x none changed",
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms"
