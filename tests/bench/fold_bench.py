"""Entries folded a second, and the time of a checkpoint. Run: python tests/bench/fold_bench.py"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from time import perf_counter

from exporter.event import Channel, Direction, Entry, Llm, Message, Status, Usage
from exporter.totals import Totals

RUNS = 5
ENTRIES = 200_000
SERIES = 100_000
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
STEPS = (Status.QUEUED, Status.SENDING, Status.DELIVERED)
STATUSES = (*STEPS, Status.SENT, Status.FAILED, Status.READ)


def seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def message(number: int, statuses: tuple[Status, ...], *, tenants: int = 20, **fields: object) -> Message:
    return Message(
        at=NOW + timedelta(milliseconds=number),
        tenant=f"tenant{number % tenants}",
        channel=Channel.SMS,
        provider="twilio",
        direction=Direction.OUTBOUND,
        status=statuses[number % len(statuses)],
        **fields,
    )


def entries_of(make: Callable[[int], Message | Llm], count: int = ENTRIES) -> list[Entry]:
    received_at = NOW + timedelta(days=1)
    return [Entry(number, "twilio", make(number), received_at) for number in range(1, count + 1)]


def llm(number: int) -> Llm:
    usage = Usage(input_tokens=400, output_tokens=100, cached_input_tokens=50)
    cost_usd = Decimal("0.000123")
    return Llm(at=NOW, provider="openai", model="m", usage=usage, latency_seconds=1.2, cost_usd=cost_usd)


def show_rate(what: str, make: Callable[[int], Message | Llm]) -> None:
    entries = entries_of(make)
    took_s = median(seconds(lambda: Totals().fold(entries)) for _ in range(RUNS))
    print(f"fold {what:<34} {len(entries) / took_s:>12,.0f} entries/s")


def show_checkpoint() -> None:
    totals = Totals(SERIES * 2)
    totals.fold(entries_of(lambda n: message(n, (Status.DELIVERED,), tenants=SERIES), SERIES))
    data = totals.dump()
    print(f"series in the checkpoint {sum(totals.series_counts().values()):>27,}")
    print(f"checkpoint dump {median(seconds(totals.dump) for _ in range(RUNS)) * 1e3:>36,.0f} ms")
    print(
        f"checkpoint load {median(seconds(lambda: Totals.load(data)) for _ in range(RUNS)) * 1e3:>36,.0f} ms"
    )
    print(f"checkpoint size {len(data):>36,} bytes")


def main() -> None:
    show_rate("message steps", lambda n: message(n, STEPS))
    show_rate("message steps, some failed", lambda n: message(n, STATUSES))
    timed = {"processing_seconds": 0.8, "segments": 2, "cost_usd": Decimal("0.0079")}
    show_rate("messages sent, timed and priced", lambda n: message(n, (Status.SENT,), **timed))
    show_rate("calls to language models", llm)
    show_checkpoint()


if __name__ == "__main__":
    main()
