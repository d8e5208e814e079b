"""Engagements and templates: once a message, whichever of message, engagement and template is heard of first."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import asyncpg
import msgspec
import pytest

from exporter.event import Engagement, Submission
from exporter.ledger.rows import rows
from exporter.totals import Totals
from exporter.vocabulary import Actor, Channel
from tests.conftest import NOON, RunningLedger, step
from tests.integration.test_follower import fresh_fold


def engagement(
    action: str, message_id: str | None = "SM1", key: str | None = None, **fields: Any
) -> Submission:
    return Submission(
        "track", Engagement(at=NOON, action=action, message_id=message_id, **fields), b"{}", key
    )


def counted(totals: Totals, family: str) -> dict[tuple[str, ...], int]:
    """Without the tenant."""
    return {key[1:]: int(str(row[0])) for key, row in totals.rows()[family].items()}


async def test_repeats_of_an_action_count_as_engagements_and_not_as_messages(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1"), engagement("click"), engagement("click")])
        await one.ledger.append([engagement("click"), engagement("click", actor=Actor.MACHINE)])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_engagements_total") == {
            ("sms", "click", "human"): 3,
            ("sms", "click", "machine"): 1,
        }
        assert counted(one.totals, "comms_messages_engaged_total") == {
            ("sms", "click", "human"): 1,
            ("sms", "click", "machine"): 1,
        }


async def test_a_thousand_openings_of_one_message_are_one_round(replica: RunningLedger) -> None:
    openings = [engagement("open") for _ in range(999)]
    assert max(row[0] for row in rows([step("SM1"), *openings, engagement("custom")])) == 3
    async with replica() as one:
        answers = await one.ledger.append([*openings, step("SM1")])
        assert None not in answers
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_messages_engaged_total") == {("sms", "open", "human"): 1}


async def test_actions_of_an_app_count_as_engagements_only(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1"), engagement("viewed_forecast"), engagement("open", None)])
        await one.ledger.append([engagement("viewed_forecast", "unheard of")])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_engagements_total") == {
            ("sms", "viewed_forecast", "human"): 1,
            ("other", "viewed_forecast", "human"): 1,
            ("other", "open", "human"): 1,
        }
        assert counted(one.totals, "comms_messages_engaged_total") == {}
        assert len(await _messages(dsn)) == 1


async def test_an_engagement_before_its_message_counts_for_it_once_the_message_is_known(
    replica: RunningLedger, dsn: str
) -> None:
    async with replica() as one:
        await one.ledger.append([engagement("open"), engagement("open")])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_messages_engaged_total") == {}
        await one.ledger.append([step("SM1"), step("SM1", "delivered")])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_messages_engaged_total") == {("sms", "open", "human"): 1}
        assert one.totals == await fresh_fold(dsn, one.metrics)


async def test_an_engagement_that_states_its_channel_counts_at_once(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append([engagement("open", channel=Channel.EMAIL)])
        await one.ledger.append([step("SM1", channel=Channel.EMAIL), engagement("open")])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_messages_engaged_total") == {("email", "open", "human"): 1}


async def test_engagements_with_and_without_a_channel_in_one_batch_count_once(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append([engagement("click"), engagement("click", channel=Channel.SMS)])
        await one.ledger.append([step("SM1"), engagement("custom", channel=Channel.SMS)])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_messages_engaged_total") == {("sms", "click", "human"): 1}


async def test_a_message_known_by_its_engagement_only_is_neither_pending_nor_overdue(
    replica: RunningLedger, dsn: str
) -> None:
    async with replica() as one:
        await one.ledger.append([engagement("open", channel=Channel.SMS)])
        await one.ledger.refresh()
        shown = {metric.name: metric.samples for metric in one.registry.collect()}
        assert shown["comms_messages_pending"] == []
        assert shown["comms_messages_overdue"] == []
        (row,) = await _messages(dsn)
        assert (row["status"], row["direction"], row["channel"], row["seen"]) == (None, None, "sms", 0)
        await one.ledger.append([step("SM1", channel=Channel.MMS)])
        (row,) = await _messages(dsn)
        assert (row["status"], row["direction"], row["channel"]) == ("sent", "outbound", "mms")


OF_A_TEMPLATE = (
    step("SM1", "sent"),
    step("SM1", "sent", template="welcome")._replace(source="track"),
    step("SM1", "queued", template="welcome"),
    step("SM1", "delivered"),
    step("SM1", "undelivered"),
    engagement("click", key="k1"),
)


@pytest.mark.parametrize("apart", [True, False])
async def test_a_template_counts_each_step_once_whenever_it_becomes_known(
    replica: RunningLedger, dsn: str, apart: bool
) -> None:
    orders = list(permutations(OF_A_TEMPLATE))[::7]
    async with replica() as one:
        for number, order in enumerate(orders):
            named = [_renamed(submission, f"SM{number}", str(number)) for submission in order]
            for batch in [[submission] for submission in named] if apart else [named]:
                await one.ledger.append(batch)
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_template_messages_total") == {
            ("welcome", status): len(orders) for status in ("sent", "delivered", "failed", "clicked")
        }
        assert one.totals == await fresh_fold(dsn, one.metrics)


async def test_messages_without_a_template_count_for_none(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM1"), engagement("click")])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_template_messages_total") == {}


async def test_a_step_without_a_message_id_counts_for_its_template(replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append([step(None, template="welcome"), step(None, template="welcome")])
        await one.ledger.catch_up()
        assert counted(one.totals, "comms_template_messages_total") == {("welcome", "sent"): 2}


def _renamed(submission: Submission, message_id: str, number: str) -> Submission:
    event = msgspec.structs.replace(submission.event, message_id=message_id)
    return submission._replace(event=event, key=submission.key and number)


async def _messages(dsn: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch("SELECT * FROM messages")
    finally:
        await connection.close()
