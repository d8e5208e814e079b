"""What a webhook that fails comes to: tried again for a day, a dead letter, and an endpoint that is paused."""

from __future__ import annotations

from exporter.outbound import sender
from exporter.outbound.sender import WAITS_S
from tests.conftest import RunningLedger
from tests.integration.api.customer_hook import Hook
from tests.integration.api.webhook_outbox import Tables, one_round, sender_of


async def test_what_fails_is_tried_eight_times_in_more_than_a_day_with_one_id_and_is_then_a_dead_letter(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    endpoint_id = await tables.add(hook.url)
    await tables.enqueue()
    hook.answers = [500, 404, 301, 503, 500, 500, 429, 500]
    async with replica() as one:
        working = sender_of(one, hook)
        for number, wait_s in enumerate(WAITS_S, 1):
            await one_round(working)
            await one_round(working)
            assert len(hook.heard) == number
            await tables.later(wait_s * 1.2 + 1)
        await one_round(working)
        await tables.later(86_400)
        await one_round(working)
        assert len(hook.heard) == 8
        assert len(set(hook.ids)) == 1
        assert sum(WAITS_S) > 86_400
        assert await tables.run("SELECT dead_at IS NOT NULL, last_outcome FROM webhook_deliveries") == [
            (True, "500")
        ]
        assert await one.ledger.webhooks.retry("acme", endpoint_id, None) == 1
        await one_round(working)
        assert len(hook.heard) == 9
        assert len(set(hook.ids)) == 1
        assert await tables.run("SELECT dead_at, delivered_at IS NOT NULL FROM webhook_deliveries") == [
            (None, True)
        ]
        await one.ledger.catch_up()
        counted = one.totals.rows()["comms_outbound_webhooks_total"]
    assert {key[1]: row[0] for key, row in counted.items() if row[0]} == {
        "success": 1,
        "redirect": 1,
        "client_error": 2,
        "server_error": 5,
    }


async def test_an_endpoint_that_fails_for_days_is_paused_and_its_owners_hear_of_it_once(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    await tables.add(hook.url)
    hook.answers = [500] * 50
    async with replica() as one:
        for _ in range(4):
            await tables.enqueue()
            await one_round(sender_of(one, hook))
            await tables.later(3 * 86_400)
    assert await tables.run("SELECT paused_by FROM webhook_endpoints") == [("failures",)]
    assert await tables.run("SELECT tenant, user_id, role, type, title, message FROM notifications") == [
        (
            "acme",
            None,
            "tenant_admin",
            "error",
            "Webhook Paused",
            "The webhook endpoint orders failed for days and is paused. Mend it, then resume it.",
        )
    ]


async def test_who_dies_before_the_owners_are_told_has_not_paused_the_endpoint(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    await tables.add(hook.url)
    await tables.enqueue()
    hook.answers = [410, 410]
    await tables.run("ALTER TABLE notifications RENAME COLUMN cause TO reason")
    async with replica() as one:
        await one_round(sender_of(one, hook))
        assert await tables.run("SELECT paused_by FROM webhook_endpoints") == [(None,)]
        await tables.run("ALTER TABLE notifications RENAME COLUMN reason TO cause")
        await tables.later(61)
        await one_round(sender_of(one, hook))
    assert await tables.run("SELECT paused_by FROM webhook_endpoints") == [("gone",)]
    assert await tables.run("SELECT title FROM notifications") == [("Webhook Paused",)]


async def test_a_success_forgets_the_failures_before_it(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    await tables.add(hook.url)
    hook.answers = [500, 204, 500]
    async with replica() as one:
        for _ in range(3):
            await tables.enqueue()
            await one_round(sender_of(one, hook))
    assert await tables.run(
        "SELECT paused_at, failing_since > now() - interval '1 min' FROM webhook_endpoints"
    ) == [(None, True)]


async def test_an_endpoint_that_says_it_is_gone_is_paused_at_once(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    await tables.add(hook.url)
    await tables.enqueue()
    hook.answers = [410]
    async with replica() as one:
        await one_round(sender_of(one, hook))
    assert await tables.run("SELECT paused_by FROM webhook_endpoints") == [("gone",)]


async def test_waits_vary_so_that_those_who_failed_together_do_not_come_back_together() -> None:
    waits = {sender._wait_s(2) for _ in range(50)}
    assert len(waits) > 40
    assert all(240 <= (wait or 0) <= 360 for wait in waits)
