"""Following: every committed row reaches the totals, once and in commit order, on every replica."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import asyncpg
import pytest

from exporter.errors import LedgerUnavailable
from exporter.event import (
    Account,
    AnyEvent,
    Conversation,
    Credit,
    Delivery,
    Engagement,
    Entry,
    Level,
    Llm,
    Message,
    Outcome,
    Payment,
    Submission,
    Usage,
)
from exporter.ledger.checkpoint import load_totals
from exporter.ledger.connection import open_pool
from exporter.ledger.follower import Follower
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals
from exporter.vocabulary import Channel, ConversationState, Direction, PaymentState, Status
from tests.conftest import Replica, RunningLedger, step


async def fresh_fold(dsn: str, metrics: SelfMetrics) -> Totals:
    """The totals of the whole ledger, from its first row."""
    pool = await open_pool(dsn, size=1, command_s=10)
    totals = Totals(2_000)
    await Follower(pool, totals, None, metrics).catch_up()
    await pool.close()
    return totals


async def caught_up(one: Replica) -> Totals:
    await one.ledger.catch_up()
    return one.totals


def examples() -> list[AnyEvent]:
    """An event of every kind, with whatever does not survive careless writing down."""
    at = datetime(2026, 11, 20, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    return [
        Message(
            at=at,
            channel=Channel.SMS,
            provider="twilio",
            direction=Direction.OUTBOUND,
            status=Status.SENT,
            processing_seconds=0.1 + 0.2,
            cost_usd=Decimal("0.0079000"),
            segments=2,
        ),
        Llm(at=at, provider="openai", model="gpt", usage=Usage(10, 5, 3, 2, 1), latency_seconds=1e-7),
        Conversation(at=at, state=ConversationState.RESOLVED, seconds=12.5),
        Payment(at=at, state=PaymentState.SUCCEEDED, amount=Decimal("20.00"), credits=17_391),
        Credit(at=at, used=Decimal("0.1")),
        Outcome(at=at, action="bill_paid", amount_usd=Decimal("-1E+2")),
        Delivery(at=at, endpoint="crm", status_code=503, seconds=1.1),
        Account(at=at, provider="whatsapp", field="other"),
        Level(at=at, name="queue_depth", value=17.25),
        Engagement(at=at, action="click"),
    ]


def sent(totals: Totals) -> int:
    rows = totals.rows()["comms_messages_total"]
    return sum(int(row[0]) for key, row in rows.items() if key[-1] == "sent")  # type: ignore[call-overload]


async def test_running_totals_equal_a_fresh_fold(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        for n in range(40):
            await one.ledger.append([step(f"SM{n}"), step(f"SM{n}", "delivered")])
        assert await caught_up(one) == await fresh_fold(dsn, one.metrics)
        assert sent(one.totals) == 40


async def test_a_row_that_commits_late_is_not_skipped(replica: RunningLedger, dsn: str) -> None:
    """An append held open keeps later numbers from being given, so the follower cannot pass it."""
    async with replica() as one:
        slow = await asyncpg.connect(dsn)
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("SELECT pg_advisory_xact_lock(4702394921427289928)")
        other = asyncio.create_task(one.ledger.append([step("SM1")]))
        await asyncio.sleep(0.05)
        assert await one.ledger.catch_up() == 0
        await transaction.commit()
        (entry,) = await other
        assert isinstance(entry, Entry)
        assert sent(await caught_up(one)) == 1
        await slow.close()


async def test_a_second_replica_shows_the_same_without_being_told(replica: RunningLedger) -> None:
    async with replica() as one, replica() as two:
        await one.ledger.append([step(f"SM{n}") for n in range(5)])
        async with asyncio.timeout(60):
            while two.totals.seq < 5:
                await asyncio.sleep(0.02)
        assert await caught_up(one) == two.totals


async def test_more_than_a_page_is_folded_in_one_go(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append([step(f"SM{n}") for n in range(1_300)])
        assert sent(await caught_up(one)) == 1_300


async def test_a_start_reads_only_what_came_after_the_checkpoint(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1"), step("SM2")])
        await one.ledger.catch_up()
        assert await one.ledger.write_checkpoint()
        await one.ledger.append([step("SM3")])
        pool = await open_pool(dsn, size=1, command_s=5)
        totals, since = await load_totals(pool, 2_000)
        assert totals.seq == 2
        assert await Follower(pool, totals, since, one.metrics).catch_up() == 1
        assert totals == await caught_up(one)
        await pool.close()


async def test_a_clean_end_writes_the_totals_down(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1")])
    async with replica() as two:
        assert two.totals == one.totals
    pool = await open_pool(dsn, size=1, command_s=5)
    assert (await load_totals(pool, 2_000))[0].seq == 1
    await pool.close()


async def test_a_stale_replica_cannot_overwrite_a_newer_checkpoint(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one, replica() as two:
        await one.ledger.append([step("SM1")])
        await two.ledger.catch_up()
        await one.ledger.append([step("SM2")])
        await one.ledger.catch_up()
        stale = Totals.load(two.totals.dump())
        assert await one.ledger.write_checkpoint()
        two.ledger._checkpoint._totals = stale if stale.seq < 2 else Totals(2_000)  # type: ignore[union-attr]
        assert not await two.ledger.write_checkpoint()
        (seq,) = {row["seq"] for row in await _checkpoints(dsn)}
        assert seq == 2


async def test_nothing_new_writes_no_checkpoint(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1")])
        await one.ledger.catch_up()
        assert await one.ledger.write_checkpoint()
        assert not await one.ledger.write_checkpoint()


@pytest.mark.parametrize("seed", range(3))
async def test_totals_survive_cancelled_callers(replica: RunningLedger, dsn: str, seed: int) -> None:
    """A sender that hangs up in the middle changes nothing: its event is in the ledger and the totals, or in none."""
    luck = random.Random(seed)

    async def impatient(one: Replica, n: int) -> None:
        task = asyncio.create_task(one.ledger.append([step(f"SM{n}")]))
        await asyncio.sleep(luck.random() / 200)
        if luck.random() < 0.3:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async with replica() as one:
        await asyncio.gather(*(impatient(one, n) for n in range(200)))
        assert await caught_up(one) == await fresh_fold(dsn, one.metrics)


async def _checkpoints(dsn: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch("SELECT seq FROM checkpoints WHERE name = 'totals'")
    finally:
        await connection.close()


async def test_entries_folded_at_the_commit_equal_those_read_back(replica: RunningLedger, dsn: str) -> None:
    events = examples()
    async with replica() as one:
        await one.ledger.append([Submission("track", event, b"{}") for event in events])
        assert one.totals.seq == len(events)
        assert one.totals == await fresh_fold(dsn, one.metrics)


async def test_a_commit_of_another_replica_in_between_is_read_from_the_ledger(
    replica: RunningLedger, dsn: str
) -> None:
    async with replica() as one, replica() as two:
        await one.ledger.append([step("SM1")])
        await two.ledger.append([step("SM2")])
        await one.ledger.append([step("SM3")])
        assert await caught_up(one) == await fresh_fold(dsn, one.metrics)
        assert sent(one.totals) == 3


@asynccontextmanager
async def following(one: Replica, dsn: str) -> AsyncIterator[tuple[Follower, Totals]]:
    """A follower that has heard of nothing yet."""
    pool = await open_pool(dsn, size=1, command_s=5)
    totals = Totals(2_000)
    yield Follower(pool, totals, None, one.metrics), totals
    await pool.close()


async def stored(one: Replica, number: int) -> list[Entry]:
    """So many entries of the ledger, each committed by itself."""
    entries = [(await one.ledger.append([step(f"SM{n}")]))[0] for n in range(number)]
    return [entry for entry in entries if isinstance(entry, Entry)]


async def test_what_is_told_out_of_order_is_folded_in_order_without_reading(
    replica: RunningLedger, dsn: str
) -> None:
    async with replica() as one, following(one, dsn) as (follower, totals):
        first, second, third, fourth = await stored(one, 4)
        follower.committed([third, fourth])
        assert totals.seq == 0
        follower.committed([second])
        assert totals.seq == 0
        follower.committed([first])
        assert totals == await fresh_fold(dsn, one.metrics)
        assert await follower.catch_up() == 0


async def test_a_gap_is_read_and_what_waited_behind_it_is_folded(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one, following(one, dsn) as (follower, totals):
        first, _, third, _, fifth = await stored(one, 5)
        follower.committed([first, third, fifth])
        assert totals.seq == 1
        assert await follower.catch_up() == 4
        assert totals == await fresh_fold(dsn, one.metrics)


async def test_numbers_that_nobody_has_hold_nothing_up(replica: RunningLedger, dsn: str) -> None:
    """A transaction that is rolled back leaves a gap for ever."""
    async with replica() as one, following(one, dsn) as (follower, totals):
        connection = await asyncpg.connect(dsn)
        (first,) = await stored(one, 1)
        await connection.fetchval("SELECT nextval('event_seq') FROM generate_series(1, 3)")
        answer = await one.ledger.append([step("SM7"), step("SM8")])
        follower.committed([first, *(entry for entry in answer if isinstance(entry, Entry))])
        assert await follower.catch_up() == 2
        assert totals == await fresh_fold(dsn, one.metrics)
        await connection.close()


async def test_what_was_read_before_it_is_told_counts_once(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one, following(one, dsn) as (follower, totals):
        entries = await stored(one, 3)
        assert await follower.catch_up() == 3
        follower.committed(entries)
        assert await follower.catch_up() == 0
        assert sent(totals) == 3


async def test_too_many_that_wait_are_read_back(
    replica: RunningLedger, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exporter.ledger.follower._WAITING_EVENTS", 2)
    async with replica() as one, following(one, dsn) as (follower, totals):
        _, *others = await stored(one, 5)
        follower.committed(others)
        assert await follower.catch_up() == 5
        assert totals == await fresh_fold(dsn, one.metrics)


async def test_what_is_told_while_a_page_is_read_is_folded_once(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one, following(one, dsn) as (follower, totals):
        entries = await stored(one, 20)
        reading = asyncio.create_task(follower.catch_up())
        for entry in reversed(entries):
            follower.committed([entry])
            await asyncio.sleep(0)
        await reading
        assert sent(totals) == 20
        assert totals == await fresh_fold(dsn, one.metrics)


async def test_a_replica_that_cannot_read_the_ledger_says_how_much_it_misses(
    replica: RunningLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes no events itself: only the newest number in the ledger can tell."""
    async with replica() as one, replica() as two:

        async def unreadable(*asked: object) -> list[Entry]:
            raise LedgerUnavailable("no connection is free")

        await two.ledger.catch_up()
        with monkeypatch.context() as broken:
            broken.setattr("exporter.ledger.follower.page", unreadable)
            await one.ledger.append([step(f"SM{n}") for n in range(7)])
            async with asyncio.timeout(60):
                while two.registry.get_sample_value("comms_follower_lag_events") != 7:
                    await asyncio.sleep(0.02)
            assert two.totals.seq == 0
        async with asyncio.timeout(60):
            while two.registry.get_sample_value("comms_follower_lag_events") != 0:
                await asyncio.sleep(0.02)
        assert two.totals == await caught_up(one)
