"""Response time: from the earliest message of the customer that waits to our next message, by the provider's times."""

from __future__ import annotations

from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import asyncpg
import msgspec
import pytest

from exporter.config import Config, RetentionConfig
from exporter.event import Submission
from exporter.totals import Totals
from exporter.vocabulary import Channel, Direction, Status
from tests.conftest import NOON, Replica, RunningLedger, step
from tests.integration.test_follower import fresh_fold

PEER = "16505551234"
_numbers = count()


def wrote(seconds: float, **fields: Any) -> Submission:
    """The customer wrote."""
    return _turn(seconds, Status.RECEIVED, Direction.INBOUND, **fields)


def sent(seconds: float, **fields: Any) -> Submission:
    """We wrote."""
    return _turn(seconds, Status.SENT, Direction.OUTBOUND, **fields)


def _turn(seconds: float, status: Status, direction: Direction, **fields: Any) -> Submission:
    known: dict[str, Any] = {"peer": PEER, "direction": direction, "at": NOON + timedelta(seconds=seconds)}
    return step(f"SM{next(_numbers)}", status, **(known | fields))


def observed(totals: Totals) -> list[tuple[str, float, int]]:
    """By channel, the sum of all response times and their number."""
    rows = totals.rows()["comms_message_response_seconds"]
    return [(key[1], float(str(row[0])) / 1e6, sum(map(int, map(str, row[1:])))) for key, row in rows.items()]


async def told(one: Replica, *turns: Submission) -> list[tuple[str, float, int]]:
    """What is observed once these have come one by one."""
    for turn in turns:
        await one.ledger.append([turn])
    await one.ledger.catch_up()
    return observed(one.totals)


async def threads(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM threads"))
    finally:
        await connection.close()


async def test_an_answer_is_timed_from_the_first_message_that_waits(replica: RunningLedger) -> None:
    async with replica() as one:
        assert await told(one, wrote(0), wrote(4), sent(10), sent(11)) == [("sms", 10, 1)]
        assert await told(one, wrote(20), sent(25)) == [("sms", 15, 2)]


async def test_an_answer_that_overtakes_the_very_first_question_is_matched(replica: RunningLedger) -> None:
    async with replica() as one:
        assert await told(one, sent(10), wrote(0)) == [("sms", 10, 1)]
        assert await told(one, sent(30)) == [("sms", 10, 1)]


def conversation() -> list[Submission]:
    return [wrote(0), wrote(3), sent(10), sent(20), wrote(20.5), sent(26), wrote(40), sent(41)]


EXPECTED = [("sms", 10 + 5.5 + 1, 3)]


def swaps() -> list[int]:
    """Where neighbours may swap; of two messages of ours, the one that comes first is the answer."""
    kinds = [turn.event.direction for turn in conversation()]  # type: ignore[union-attr]
    return [place for place, pair in enumerate(pairwise(kinds)) if pair != (Direction.OUTBOUND,) * 2]


@pytest.mark.parametrize("place", swaps())
async def test_neighbours_that_swap_on_their_way_change_nothing(replica: RunningLedger, place: int) -> None:
    turns = conversation()
    turns[place], turns[place + 1] = turns[place + 1], turns[place]
    async with replica() as one:
        assert await told(one, *turns) == EXPECTED


async def test_repeats_and_batches_change_nothing(replica: RunningLedger, dsn: str) -> None:
    turns = conversation()
    async with replica() as one:
        for start in range(0, len(turns), 3):
            await one.ledger.append(turns[start : start + 3] * 2)
            await one.ledger.append(turns)
        await one.ledger.catch_up()
        assert observed(one.totals) == EXPECTED
        assert one.totals == await fresh_fold(dsn, one.metrics)


async def test_one_batch_in_any_order_is_read_in_the_order_of_its_times(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append(conversation()[::-1])
        await one.ledger.catch_up()
        assert observed(one.totals) == EXPECTED


async def test_an_answer_at_the_same_second_took_no_time(replica: RunningLedger) -> None:
    async with replica() as one:
        assert await told(one, wrote(0), sent(0), wrote(5)) == [("sms", 0, 1)]
        assert await told(one, sent(5)) == [("sms", 0, 2)]


async def test_a_campaign_makes_no_threads(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        assert await told(one, *[sent(n, peer=f"p{n}") for n in range(20)]) == []
        assert await threads(dsn) == 0
        await told(one, wrote(100, peer="p1"))
        assert await threads(dsn) == 1


async def test_a_stated_response_time_answers_the_question_and_is_used_as_it_is(
    replica: RunningLedger,
) -> None:
    async with replica() as one:
        assert await told(one, wrote(0), sent(10, response_seconds=7), sent(60)) == [("sms", 7, 1)]
        assert await told(one, sent(80, response_seconds=2), wrote(79)) == [("sms", 9, 2)]


async def test_only_received_and_sent_take_part(replica: RunningLedger) -> None:
    async with replica() as one:
        others = [_turn(5, status, Direction.OUTBOUND) for status in (Status.QUEUED, Status.DELIVERED)]
        assert await told(one, wrote(0), *others) == []
        assert await told(one, sent(9)) == [("sms", 9, 1)]


async def test_a_conversation_id_stands_in_for_the_customer_and_messages_need_no_id(
    replica: RunningLedger,
) -> None:
    async with replica() as one:
        for turn in (wrote(0, peer=None, conversation_id="c1"), sent(3, peer=None, conversation_id="c1")):
            event = turn.event
            await one.ledger.append([turn._replace(event=_without_id(event))])
        await one.ledger.catch_up()
        assert observed(one.totals) == [("sms", 3, 1)]


def _without_id(event: Any) -> Any:
    return msgspec.structs.replace(event, message_id=None)


@pytest.mark.parametrize("other", [{"tenant": "globex"}, {"provider": "vonage"}, {"peer": "16505559999"}])
async def test_another_tenant_provider_or_customer_is_another_thread(
    replica: RunningLedger, other: dict[str, str]
) -> None:
    async with replica() as one:
        assert await told(one, wrote(0), sent(5, **other)) == []


async def test_the_time_counts_under_the_channel_of_the_answer_whichever_comes_last(
    replica: RunningLedger,
) -> None:
    async with replica() as one:
        assert await told(one, wrote(0, channel=Channel.MMS), sent(4)) == [("sms", 4, 1)]
        assert await told(one, sent(14), wrote(10, channel=Channel.MMS)) == [("sms", 8, 2)]


async def test_threads_that_are_silent_for_long_are_forgotten(replica: RunningLedger, dsn: str) -> None:
    async with replica(Config(retention=RetentionConfig(messages_days=30))) as one:
        await told(one, wrote(0))
        connection = await asyncpg.connect(dsn)
        await connection.execute("UPDATE threads SET updated_at = updated_at - interval '31 days'")
        await connection.close()
        await one.ledger.keep()
        assert await threads(dsn) == 0


@pytest.mark.parametrize("planned", [{"template": "welcome"}, {"category": "marketing"}])
async def test_a_template_is_no_answer_and_leaves_the_customer_waiting(
    replica: RunningLedger, planned: dict[str, Any]
) -> None:
    async with replica() as one:
        assert await told(one, wrote(0), sent(5, **planned), sent(9, category="service")) == [("sms", 9.0, 1)]


async def test_after_a_day_nobody_waits_any_more(replica: RunningLedger) -> None:
    day_s = 86_400
    async with replica() as one:
        assert await told(one, wrote(0), sent(day_s + 1)) == []
        assert await told(one, wrote(2 * day_s), sent(2 * day_s + 3)) == [("sms", 3.0, 1)]


async def test_an_old_question_gives_way_to_a_later_one(replica: RunningLedger) -> None:
    day_s = 86_400
    async with replica() as one:
        assert await told(one, wrote(0), wrote(day_s), sent(day_s + 60)) == [("sms", 60.0, 1)]


async def test_a_question_that_comes_days_after_a_message_of_ours_was_not_answered_by_it(
    replica: RunningLedger,
) -> None:
    day_s = 86_400
    async with replica() as one:
        assert await told(one, wrote(0), sent(1), sent(3 * day_s), wrote(day_s)) == [("sms", 1.0, 1)]
