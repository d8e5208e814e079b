"""The parts by themselves: entries folded, a checkpoint, and rows written into PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from exporter.event import AnyEvent, Entry, Llm, Message, Submission, Usage
from exporter.ledger.connection import Connection, connect, migrate, open_pool
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.retention import keep_partitions
from exporter.ledger.write import write
from exporter.totals import Totals
from exporter.vocabulary import Channel, Direction, Status
from tests.bench.effort import Effort
from tests.bench.report import Result, Table

_NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
_ENTRIES = 200_000
_ROWS = 30_000
_TENANTS = 10_000
_BATCH_EVENTS = (1, 10, 100, 500, 1_000)
_FOLD_NOTE = (
    "In this process, without a database: what bounds how fast a start or a second replica catches up."
)
_WRITE_NOTE = (
    "`append_events` on one connection over a Unix socket, fsync on, a transaction a batch: the key, the message's "
    "state and the event itself. Group commit makes the batches as large as the load needs."
)
_numbers = count()


def measure(effort: Effort) -> Result:
    """Both, in one process."""
    folds = [(what, f"{_entries_per_s(make, effort):,.0f} entries/s") for what, make in _KINDS.items()]
    writes = asyncio.run(_write_rates(effort))
    return Result(
        [],
        [
            Table("Fold", _FOLD_NOTE, ("what", "result"), [*folds, *_checkpoint(effort)]),
            Table("Rows into PostgreSQL", _WRITE_NOTE, ("events a batch", "rows/s"), writes),
        ],
    )


def _step(number: int) -> AnyEvent:
    return _message(f"tenant{number % 20}", (Status.QUEUED, Status.SENT, Status.DELIVERED)[number % 3])


def _priced(number: int) -> AnyEvent:
    return Message(
        at=_NOW + timedelta(milliseconds=number),
        tenant=f"tenant{number % 20}",
        channel=Channel.SMS,
        provider="twilio",
        direction=Direction.OUTBOUND,
        status=Status.SENT,
        segments=2,
        processing_seconds=0.8,
        cost_usd=Decimal("0.0079"),
    )


def _llm(number: int) -> AnyEvent:
    usage = Usage(input_tokens=400, output_tokens=100, cached_input_tokens=50)
    cost_usd = Decimal("0.000123")
    return Llm(at=_NOW, provider="openai", model="m", usage=usage, latency_seconds=1.2, cost_usd=cost_usd)


_KINDS: dict[str, Callable[[int], AnyEvent]] = {
    "message steps": _step,
    "messages with time, segments and cost": _priced,
    "calls to language models": _llm,
}


def _message(tenant: str, status: Status, message_id: str | None = None) -> Message:
    return Message(
        at=_NOW,
        tenant=tenant,
        channel=Channel.SMS,
        provider="twilio",
        direction=Direction.OUTBOUND,
        status=status,
        message_id=message_id,
    )


def _entries_per_s(make: Callable[[int], AnyEvent], effort: Effort) -> float:
    number = effort.of(_ENTRIES)
    received_at = _NOW + timedelta(days=1)
    entries = [Entry(seq, "track", make(seq), received_at) for seq in range(1, number + 1)]
    return number / median(_seconds(lambda: Totals().fold(entries)) for _ in range(effort.rounds))


def _checkpoint(effort: Effort) -> list[tuple[str, str]]:
    totals = Totals(_TENANTS * 40)
    steps = (_message(f"tenant{number}", Status.SENT) for number in range(_TENANTS))
    totals.fold(Entry(seq, "track", step, _NOW) for seq, step in enumerate(steps, start=1))
    data = totals.dump()
    dump_s = median(_seconds(totals.dump) for _ in range(effort.rounds))
    load_s = median(_seconds(lambda: Totals.load(data)) for _ in range(effort.rounds))
    what = f"checkpoint of {sum(totals.series_counts().values()):,} series"
    return [
        (f"{what}, made", f"{dump_s * 1000:,.0f} ms"),
        (f"{what}, read", f"{load_s * 1000:,.0f} ms"),
        (f"{what}, size", f"{len(data) / 1024:,.0f} KiB"),
    ]


async def _write_rates(effort: Effort) -> list[tuple[str, ...]]:
    with TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data")
        try:
            await postgres.start()
            connection = await connect(postgres.dsn, application="bench", command_s=30, enable_seqscan="off")
            await migrate(connection)
            pool = await open_pool(postgres.dsn, size=1, command_s=30)
            await keep_partitions(pool)
            rates = [(size, await _rows_per_s(connection, size, effort)) for size in _BATCH_EVENTS]
            await connection.close()
            await pool.close()
        finally:
            await postgres.stop()
    return [(f"{size:,}", f"{rows_per_s:,.0f}") for size, rows_per_s in rates]


async def _rows_per_s(connection: Connection, batch_events: int, effort: Effort) -> float:
    times_s = []
    batches = max(1, min(effort.of(_ROWS) // batch_events, 2_000))
    for _ in range(effort.rounds):
        work = [[_submission() for _ in range(batch_events)] for _ in range(batches)]
        began = perf_counter()
        for submissions in work:
            await write(connection, submissions)
        times_s.append(perf_counter() - began)
    return batches * batch_events / median(times_s)


def _submission() -> Submission:
    number = next(_numbers)
    return Submission(
        "track", _message("default", Status.SENT, f"SM{number:032x}"), b"x" * 300, f"event-{number}"
    )


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
