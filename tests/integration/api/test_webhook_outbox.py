"""The outbox of webhooks: enqueued with their cause, for those who want them, and each sent once."""

from __future__ import annotations

import asyncio
from base64 import b64encode

import asyncpg

from exporter.errors import LedgerUnavailable
from exporter.event import Submission
from exporter.ledger.webhook_queue import Queued, enqueue
from tests.conftest import RunningLedger
from tests.integration.api.customer_hook import Hook, signed_by
from tests.integration.api.webhook_outbox import ENDPOINT_SECRET, Tables, one_round, sender_of

_OLD = "whsec_" + b64encode(b"o" * 32).decode()


async def test_the_old_secret_signs_no_more_once_its_time_is_over(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    await tables.add(hook.url)
    await tables.run("UPDATE webhook_endpoints SET previous_secret = $1, previous_until = now()", _OLD)
    await tables.enqueue()
    async with replica() as one:
        await one_round(sender_of(one, hook))
    (headers, body), *_ = hook.heard
    assert signed_by(ENDPOINT_SECRET, headers, body)
    assert not signed_by(_OLD, headers, body)


async def test_a_message_is_enqueued_with_its_cause_or_not_at_all(
    tables: Tables, hook: Hook, dsn: str
) -> None:
    await tables.add(hook.url)
    connection = await asyncpg.connect(dsn)
    cause = connection.transaction()
    await cause.start()
    assert await enqueue(connection, "acme", "credit.low", {}) == Queued(1, 0)
    await cause.rollback()
    assert await tables.run("SELECT * FROM webhook_deliveries") == []
    await connection.close()


async def test_only_those_who_want_an_event_are_told(tables: Tables, hook: Hook) -> None:
    await tables.add(hook.url, "all")
    await tables.add(hook.url, "some")
    await tables.add(hook.url, "none")
    await tables.add(hook.url, "foreign", tenant="globex")
    await tables.run("UPDATE webhook_endpoints SET event_types = '{credit.low}' WHERE name = 'some'")
    await tables.run("UPDATE webhook_endpoints SET event_types = '{payment.failed}' WHERE name = 'none'")
    assert await tables.enqueue("credit.low") == Queued(2, 0)
    await tables.run(
        "UPDATE webhook_endpoints SET paused_at = now(), paused_by = 'tenant' WHERE name = 'all'"
    )
    assert await tables.enqueue("credit.low") == Queued(1, 0)


async def test_an_endpoint_with_too_many_waiting_gets_no_more(tables: Tables, hook: Hook) -> None:
    await tables.add(hook.url)
    assert [await tables.enqueue(most=2) for _ in range(3)] == [Queued(1, 0), Queued(1, 0), Queued(0, 1)]
    assert await tables.run("SELECT dropped FROM webhook_endpoints") == [(1,)]


async def test_a_slow_endpoint_holds_up_no_other(replica: RunningLedger, tables: Tables, hook: Hook) -> None:
    await tables.add(hook.url + "/slow", "slow")
    await tables.add(hook.url + "/fast", "fast")
    for _ in range(10):
        await tables.enqueue()
    hook.hold = asyncio.Event()
    async with replica() as one:
        working = sender_of(one, hook)
        await working.run()
        async with asyncio.timeout(60):
            while (await delivered(tables))["fast"] < 10:
                await asyncio.sleep(0.05)
        assert (await delivered(tables))["slow"] == 0
        hook.hold.set()
        await working.finish()
    assert await delivered(tables) == {"fast": 10, "slow": 10}


async def delivered(tables: Tables) -> dict[str, int]:
    counts = await tables.run(
        "SELECT e.name, count(d.delivered_at) FROM webhook_endpoints e "
        "JOIN webhook_deliveries d USING (tenant, endpoint_id) GROUP BY 1"
    )
    return dict(counts)  # type: ignore[arg-type]


async def test_two_replicas_send_a_message_once(replica: RunningLedger, tables: Tables, hook: Hook) -> None:
    await tables.add(hook.url)
    for _ in range(20):
        await tables.enqueue()
    async with replica() as one, replica() as other:
        await asyncio.gather(one_round(sender_of(one, hook)), one_round(sender_of(other, hook)))
    assert len(hook.ids) == len(set(hook.ids)) == 20


async def test_what_was_sent_and_not_written_down_is_sent_again_with_the_same_id(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    await tables.add(hook.url)
    await tables.enqueue()

    async def lost(_: list[Submission]) -> None:
        raise LedgerUnavailable("killed here")

    async with replica() as one:
        await one_round(sender_of(one, hook, append=lost))
        await one_round(sender_of(one, hook))
        assert len(hook.ids) == 1
        await tables.later(61)
        await one_round(sender_of(one, hook))
    assert len(hook.ids) == 2
    assert len(set(hook.ids)) == 1
