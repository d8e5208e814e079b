"""Appending: on disk before the answer, once, in commit order."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest

from exporter.config import Config, LedgerConfig
from exporter.errors import LedgerUnavailable, Reason
from exporter.event import Credit, Engagement, Entry, Submission
from exporter.vocabulary import BIT, ENGAGED_BIT, FINAL_RANK, RANK, Actor, Status
from tests.conftest import NOON, RunningLedger, step


async def rows(dsn: str, query: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


async def test_an_answered_event_is_a_row(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        (entry,) = await one.ledger.append([step("SM1", "sent")])
        assert isinstance(entry, Entry)
        (row,) = await rows(dsn, "SELECT seq, tenant, source, kind, message_id, raw FROM events")
    assert tuple(row) == (entry.seq, "default", "twilio", "message", "SM1", b"raw")


async def test_a_repeated_status_is_taken_once_whoever_sends_it(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        first = await one.ledger.append([step("SM1", "sent")])
        again = await one.ledger.append([step("SM1", "sent"), step("SM1", "sent")._replace(source="track")])
    assert isinstance(first[0], Entry)
    assert again == [None, None]
    assert len(await rows(dsn, "SELECT 1 FROM events")) == 1


async def test_a_repeated_key_is_taken_once_within_a_batch_and_across(replica: RunningLedger) -> None:
    credit = Submission("track", Credit(at=NOON, used=Decimal(1)), b"{}", "k1")
    async with replica() as one:
        first = await one.ledger.append([credit, credit])
        again = await one.ledger.append([credit])
        elsewhere = await one.ledger.append([credit._replace(source="log")])
    assert [isinstance(answer, Entry) for answer in first + again + elsewhere] == [True, False, False, True]


async def test_the_same_key_of_two_tenants_is_two_events(replica: RunningLedger) -> None:
    async with replica() as one:
        answers = await one.ledger.append([step("SM1", "sent", "k", tenant=name) for name in ("a", "b")])
    assert all(isinstance(answer, Entry) for answer in answers)


async def test_events_without_a_key_are_never_taken_for_repeats(replica: RunningLedger) -> None:
    async with replica() as one:
        answers = await one.ledger.append([step(None), step(None)])
    assert all(isinstance(answer, Entry) for answer in answers)


async def test_an_engagement_with_a_known_message_is_not_a_step_of_it(replica: RunningLedger) -> None:
    opened = Submission("track", Engagement(at=NOON, action="open", message_id="SM1"), b"{}")
    async with replica() as one:
        await one.ledger.append([step("SM1", "sent")])
        answers = await one.ledger.append([opened, opened])
    assert all(isinstance(answer, Entry) for answer in answers)


@pytest.mark.parametrize("seed", range(8))
async def test_the_state_is_the_highest_rank_in_whatever_order(
    replica: RunningLedger, dsn: str, seed: int
) -> None:
    steps = [step("SM1", status) for status in ("queued", "sending", "sent", "delivered", "read")] * 2
    random.Random(seed).shuffle(steps)
    async with replica() as one:
        for start in range(0, len(steps), 3):
            await one.ledger.append(steps[start : start + 3])
        (row,) = await rows(dsn, "SELECT status, rank, seen FROM messages")
        assert len(await rows(dsn, "SELECT 1 FROM events")) == 5
    seen = sum(BIT[Status(word)] for word in ("queued", "sending", "sent", "delivered", "read"))
    assert tuple(row) == ("read", RANK[Status.READ], seen)


async def test_a_status_below_the_state_is_late(replica: RunningLedger) -> None:
    async with replica() as one:
        answers = await one.ledger.append(
            [step("SM1", "delivered"), step("SM1", "sent"), step("SM1", "read")]
        )
    assert [answer.late for answer in answers if isinstance(answer, Entry)] == [False, True, False]


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent")])
async def test_delivery_time_is_observed_once_on_whichever_comes_last(
    replica: RunningLedger, order: tuple[str, str]
) -> None:
    at = {"sent": NOON, "delivered": NOON + timedelta(seconds=2.5)}
    async with replica() as one:
        answers = []
        for status in order:
            answers += await one.ledger.append([step("SM1", status, at=at[status])])
    assert [answer.delivery_seconds for answer in answers if isinstance(answer, Entry)] == [None, 2.5]


async def test_a_delivery_before_its_sending_is_told_as_measured(replica: RunningLedger) -> None:
    async with replica() as one:
        answers = await one.ledger.append(
            [step("SM1", "sent"), step("SM1", "delivered", at=NOON - timedelta(seconds=9))]
        )
        skew = one.totals.rows()["comms_clock_skew_total"]
    assert isinstance(answers[1], Entry)
    assert answers[1].delivery_seconds == -9
    assert skew == {("sms", "twilio", "delivery"): (1,)}


async def test_a_message_keeps_what_its_steps_say_first(replica: RunningLedger, dsn: str) -> None:
    steps = [
        step("SM1", "queued", cost_usd=Decimal("0.01"), user="42"),
        step(
            "SM1", "sent", template="welcome", message_type="low_balance", cost_usd=Decimal("0.02"), user="43"
        ),
        step("SM1", "sent", cost_usd=Decimal("5")),
        step("SM1", "delivered", template="other", message_type="other", cost_usd=Decimal("NaN")),
    ]
    async with replica() as one:
        await one.ledger.append(steps)
    (row,) = await rows(dsn, "SELECT user_id, message_type, template, cost_usd FROM messages")
    assert tuple(row) == ("42", "low_balance", "welcome", Decimal("0.03"))


async def test_the_newest_balance_of_a_user_stands(replica: RunningLedger, dsn: str) -> None:
    def credit(balance: int, minutes: int) -> Submission:
        at = NOON + timedelta(minutes=minutes)
        return Submission("track", Credit(at=at, user="42", balance=Decimal(balance)), b"{}")

    async with replica() as one:
        await one.ledger.append([credit(500, 2), credit(900, 1)])
        await one.ledger.append([credit(700, 0)])
        await one.ledger.refresh()
        assert one.registry.get_sample_value("comms_credit_balance", {"tenant": "default"}) == 500
    assert [row["balance"] for row in await rows(dsn, "SELECT balance FROM credit_balances")] == [500]


async def test_a_value_the_database_refuses_does_not_stop_its_batch(replica: RunningLedger) -> None:
    async with replica() as one:
        answers = await one.ledger.append([step("SM1"), step("bad\x00id"), step("SM2")])
    assert [type(answer) for answer in answers] == [Entry, Reason, Entry]
    assert answers[1] is Reason.STORAGE


async def test_many_callers_share_commits_and_each_hears_of_its_own(replica: RunningLedger) -> None:
    async with replica() as one:
        answers = await asyncio.gather(*(one.ledger.append([step(f"SM{n}")]) for n in range(500)))
        commits = one.registry.get_sample_value("comms_ledger_batch_events_count")
    seqs = sorted(answer.seq for (answer,) in answers if isinstance(answer, Entry))
    assert seqs == list(range(1, 501))
    assert commits is not None
    assert commits < 100


async def test_two_replicas_sharing_a_storm_of_repeats_take_each_once(
    replica: RunningLedger, dsn: str
) -> None:
    steps = [step(f"SM{n}", status) for n in range(60) for status in ("queued", "sent", "delivered")] * 3
    random.Random(1).shuffle(steps)
    async with replica() as one, replica() as two:
        await asyncio.gather(
            *((one if n % 2 else two).ledger.append(steps[n : n + 7]) for n in range(0, len(steps), 7))
        )
        await one.ledger.catch_up()
        await two.ledger.catch_up()
        assert one.totals == two.totals
    assert len(await rows(dsn, "SELECT 1 FROM events")) == 180


async def test_a_ledger_that_is_away_says_so_at_once(dsn: str, replica: RunningLedger) -> None:
    async with replica() as one:
        with pytest.raises(LedgerUnavailable):
            await one.ledger._appender.__class__(LedgerConfig(), one.metrics, print, print).append([step()])


async def test_a_frozen_database_is_answered_within_the_time_limit(replica: RunningLedger, dsn: str) -> None:
    blocker = await asyncpg.connect(dsn)
    async with replica(Config(ledger=LedgerConfig(append_timeout_s=0.3))) as one:
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE event_keys, messages, events")
            async with asyncio.timeout(60):
                with pytest.raises(LedgerUnavailable):
                    await one.ledger.append([step()])
        await one.until_ready()
        async with asyncio.timeout(60):
            while True:
                try:
                    await one.ledger.append([step()])
                    break
                except LedgerUnavailable:
                    await asyncio.sleep(0.05)
    await blocker.close()


async def test_the_index_of_pending_messages_knows_the_final_rank(dsn: str) -> None:
    (row,) = await rows(dsn, "SELECT indexdef FROM pg_indexes WHERE indexname = 'messages_pending'")
    assert f"(rank < {FINAL_RANK})" in row["indexdef"]


async def test_a_key_across_tenants_is_taken_once_whatever_the_tenant(replica: RunningLedger) -> None:
    """A re-split of a captured Twilio request keeps its signature but may name another tenant or message."""
    async with replica() as one:
        answers = await one.ledger.append(
            [
                step(f"SM{n}", "sent", "signature", tenant=name)._replace(across_tenants=True)
                for n, name in enumerate(("a", "b", "a"))
            ]
        )
    assert [isinstance(answer, Entry) for answer in answers] == [True, False, False]


async def test_the_ledger_knows_the_bits_of_a_person_who_opens_and_clicks(
    replica: RunningLedger, dsn: str
) -> None:
    async with replica() as one:
        for minutes, actor in enumerate((Actor.MACHINE, Actor.HUMAN, Actor.HUMAN)):
            for action in ("open", "click", "reply"):
                at = NOON + timedelta(minutes=minutes)
                event = Engagement(at=at, action=action, actor=actor, message_id="SM1")
                await one.ledger.append([Submission("track", event, b"{}")])
    (row,) = await rows(dsn, "SELECT opened_at, clicked_at, engaged FROM messages")
    assert tuple(row) == (*[NOON + timedelta(minutes=1)] * 2, sum(ENGAGED_BIT.values()))
