"""Messages that should have come to an end by now, against the threshold of their tenant and channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from exporter import config
from exporter.event import Submission
from exporter.vocabulary import BIT, Channel, Direction, Status
from tests.conftest import Replica, RunningLedger, step


def old(minutes: float, status: str = "sent", message_id: str = "SM1", **fields: Any) -> Submission:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return step(message_id, status, **({"at": at} | fields))


async def overdue(one: Replica, *submissions: Submission) -> dict[tuple[str, ...], float]:
    await one.ledger.append(list(submissions))
    await one.ledger.catch_up()
    await one.ledger.refresh()
    (metric,) = (found for found in one.registry.collect() if found.name == "comms_messages_overdue")
    return {
        (sample.labels["tenant"], sample.labels["channel"], sample.labels["provider"]): sample.value
        for sample in metric.samples
    }


SMS = ("default", "sms", "twilio")


@pytest.mark.parametrize(
    ("status", "minutes", "number"),
    [
        ("sent", 16, 1),
        ("accepted", 16, 1),
        ("deferred", 16, 1),
        ("sent", 14, 0),
        ("delivered", 16, 0),
        ("undelivered", 16, 0),
        ("scheduled", 16, 0),
    ],
)
async def test_a_message_is_overdue_fifteen_minutes_without_a_final_status(
    replica: RunningLedger, status: str, minutes: float, number: int
) -> None:
    async with replica() as one:
        assert await overdue(one, old(minutes, status)) == {SMS: number}


async def test_a_final_status_ends_it(replica: RunningLedger) -> None:
    async with replica() as one:
        assert await overdue(one, old(16)) == {SMS: 1}
        assert await overdue(one, old(0, "delivered")) == {SMS: 0}


async def test_a_scheduled_message_is_awaited_from_its_next_step_on(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        assert await overdue(one, old(600, "scheduled"), old(0, "queued")) == {SMS: 0}
        connection = await asyncpg.connect(dsn)
        await connection.execute("UPDATE messages SET updated_at = updated_at - interval '16 minutes'")
        await connection.close()
        assert await overdue(one, old(0, "delivered", "SM2")) == {SMS: 1}


async def test_messages_of_customers_are_never_overdue(replica: RunningLedger) -> None:
    async with replica() as one:
        assert await overdue(one, old(60, "receiving", direction=Direction.INBOUND)) == {}


async def test_the_nearest_threshold_decides(replica: RunningLedger) -> None:
    """A channel of a tenant wins over the tenant, the tenant over the channel, the channel over the default."""
    sla = {
        "final_status_seconds": 60,
        "channels": {"sms": {"final_status_seconds": 600}},
        "tenants": {
            "acme": {
                "final_status_seconds": 1_200,
                "channels": {"whatsapp": {"final_status_seconds": 2_400}},
            }
        },
    }
    cases = [
        ("default", Channel.EMAIL, 2, 1),
        ("default", Channel.SMS, 9, 0),
        ("default", Channel.SMS, 11, 1),
        ("acme", Channel.SMS, 19, 0),
        ("acme", Channel.EMAIL, 21, 1),
        ("acme", Channel.WHATSAPP, 39, 0),
        ("acme", Channel.WHATSAPP, 41, 1),
    ]
    messages = [
        old(minutes, message_id=f"SM{number}", tenant=tenant, channel=channel)
        for number, (tenant, channel, minutes, _) in enumerate(cases)
    ]
    expected: dict[tuple[str, ...], float] = {}
    for tenant, channel, _, number in cases:
        key = (tenant, channel.value, "twilio")
        expected[key] = expected.get(key, 0) + number
    async with replica(config.parse({"tenants": ["default", "acme"], "sla": sla})) as one:
        assert await overdue(one, *messages) == expected


def test_the_statement_knows_the_bit_of_scheduled() -> None:
    assert BIT[Status.SCHEDULED] == 2
