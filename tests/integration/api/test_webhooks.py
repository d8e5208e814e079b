"""Outbound webhooks from end to end: asked for by API, kept in the outbox, signed, sent, and tried again for a day."""

from __future__ import annotations

import asyncio
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web

from exporter.config.webhooks import WebhooksConfig
from exporter.errors import LedgerUnavailable
from exporter.event import Submission
from exporter.ledger.webhook_queue import Queued, enqueue
from exporter.notifications.webhook_observer import WebhookObserver
from exporter.outbound import sender
from exporter.outbound.sender import WAITS_S, WebhookSender
from tests.conftest import Replica, RunningLedger
from tests.integration.api.asking import TENANT_ADMIN, Api, Told, running_api
from tests.integration.waiting import until

PATH = "/api/v1/webhooks"
FOREIGN_ADMIN = TENANT_ADMIN._replace(tenant="globex")
_OLD = "whsec_" + b64encode(b"o" * 32).decode()
_NEW = "whsec_" + b64encode(b"n" * 32).decode()


class Hook:
    """A customer's endpoint: keeps what it is told, and answers as it is asked to."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.hold: asyncio.Event | None = None
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        if self.hold is not None and request.path == "/slow":
            await self.hold.wait()
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.heard]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    one = Hook()
    app = web.Application()
    app.router.add_post("/{tail:.*}", one.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    one.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield one
    await runner.cleanup()


def inside(hook: Hook) -> dict[str, Any]:
    """A configuration that lets webhooks go to the hook."""
    port = int(hook.url.rpartition(":")[2])
    return {"allow_http": True, "ports": [443, port], "allowed_networks": ["127.0.0.0/8"]}


@pytest.fixture
async def hooked(dsn: str, tmp_path: Path, hook: Hook) -> AsyncIterator[Api]:
    async with running_api(dsn, tmp_path, webhooks=inside(hook)) as api:
        yield api


async def post(api: Api, path: str, body: Any = None, caller: Any = TENANT_ADMIN) -> Told:
    return await api.ask("POST", PATH + path, caller, body=body)


async def created(api: Api, hook: Hook, **fields: Any) -> dict[str, str]:
    told = await post(api, "", {"name": "orders", "url": hook.url + "/a", **fields})
    assert told.status == 201, told.body
    return dict(told.json)


def signed_by(secret: str, headers: dict[str, str], body: bytes) -> bool:
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(secret.removeprefix("whsec_"))
    wanted = "v1," + b64encode(hmac.digest(key, content, "sha256")).decode()
    return wanted in headers["webhook-signature"].split(" ")


class Tables:
    """The outbox as its table shows it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def run(self, text: str, *arguments: Any) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self._dsn)
        try:
            return [tuple(row) for row in await connection.fetch(text, *arguments)]
        finally:
            await connection.close()

    async def add(self, url: str, name: str = "orders", tenant: str = "acme") -> Any:
        """An endpoint that wants everything."""
        made = "INSERT INTO webhook_endpoints (tenant, name, url, event_types, secret) VALUES ($1, $2, $3, '{}', $4)"
        return (await self.run(made + " RETURNING endpoint_id", tenant, name, url, _NEW))[0][0]

    async def enqueue(self, event_type: str = "credit.low", tenant: str = "acme", **options: Any) -> Queued:
        connection = await asyncpg.connect(self._dsn)
        try:
            return await enqueue(connection, tenant, event_type, {"balance": 999}, **options)
        finally:
            await connection.close()

    async def later(self, seconds: float) -> None:
        """Let time pass for whatever waits."""
        ago = timedelta(seconds=seconds)
        for column in ("due_at", "claimed_until"):
            await self.run(f"UPDATE webhook_deliveries SET {column} = {column} - $1::interval", ago)  # noqa: S608
        await self.run("UPDATE webhook_endpoints SET failing_since = failing_since - $1::interval", ago)


@pytest.fixture
def tables(dsn: str) -> Tables:
    return Tables(dsn)


def sender_of(one: Replica, hook: Hook, **options: Any) -> WebhookSender:
    config = WebhooksConfig.model_validate(inside(hook))
    append = options.pop("append", one.ledger.append)
    return WebhookSender(
        lambda: config, one.ledger.webhooks, append, WebhookObserver(dict, one.metrics), **options
    )


async def one_round(working: WebhookSender) -> None:
    await working.run()
    await working.finish()


async def test_a_test_is_signed_with_the_secret_that_was_shown_once(hooked: Api, hook: Hook) -> None:
    made = await created(hooked, hook)
    told = await post(hooked, f"/{made['endpoint_id']}/test")
    assert (told.status, told.json) == (202, {"queued": 1})
    async with asyncio.timeout(60):
        while not hook.heard:
            await asyncio.sleep(0.05)
    (headers, body), *_ = hook.heard
    assert signed_by(made["secret"], headers, body)
    assert json.loads(body)["type"] == "webhook.test"
    assert headers["Content-Type"] == "application/json"
    assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 300
    shown = await hooked.get(PATH, TENANT_ADMIN)
    assert made["secret"] not in json.dumps(shown)


async def test_attempts_are_in_the_metrics_of_the_ledger(hooked: Api, hook: Hook) -> None:
    hook.answers = [500]
    made = await created(hooked, hook)
    await post(hooked, f"/{made['endpoint_id']}/test")

    async def failed() -> bool:
        labels = {"endpoint": "acme/orders", "outcome": "server_error"}
        return await hooked.one.sample("comms_outbound_webhooks_total", **labels) == 1

    await until(failed)
    labels = {"endpoint": "acme/orders", "outcome": "server_error"}
    assert await hooked.one.sample("comms_outbound_webhook_seconds_count", **labels) == 1


async def test_an_endpoint_is_paused_resumed_and_removed(hooked: Api, hook: Hook) -> None:
    made = await created(hooked, hook, event_types=["credit.low"])
    one = f"/{made['endpoint_id']}"
    paused = (await post(hooked, f"{one}/pause")).json
    assert (paused["paused_by"], paused["event_types"]) == ("tenant", ["credit.low"])
    assert (await post(hooked, f"{one}/test")).status == 409
    assert (await post(hooked, f"{one}/resume")).json["paused_at"] is None
    assert (await hooked.ask("DELETE", PATH + one, TENANT_ADMIN)).status == 204
    assert (await hooked.ask("GET", PATH + one, TENANT_ADMIN)).status == 404
    assert (await hooked.get(PATH, TENANT_ADMIN)) == {"endpoints": []}


async def test_nobody_of_another_tenant_sees_or_changes_an_endpoint(hooked: Api, hook: Hook) -> None:
    one = PATH + f"/{(await created(hooked, hook))['endpoint_id']}"
    for method, path in (
        ("GET", one),
        ("DELETE", one),
        ("POST", f"{one}/pause"),
        ("POST", f"{one}/resume"),
        ("POST", f"{one}/secret"),
        ("POST", f"{one}/test"),
        ("GET", f"{one}/dead-letters"),
    ):
        assert (await hooked.ask(method, path, FOREIGN_ADMIN)).status == 404
    assert (await hooked.ask("POST", f"{one}/dead-letters/retry", FOREIGN_ADMIN, body={})).status == 404
    assert await hooked.get(PATH, FOREIGN_ADMIN) == {"endpoints": []}
    assert (await hooked.get(one, TENANT_ADMIN))["paused_at"] is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"url": "http://169.254.169.254/latest"}, 400),
        ({"url": "https://hooks.example.com/", "name": "orders"}, 409),
        ({"url": "https://hooks.example.com/", "name": "+15550100777"}, 400),
        ({"url": "https://hooks.example.com/", "event_types": ["*"]}, 400),
    ],
)
async def test_an_endpoint_that_cannot_be_is_refused(
    hooked: Api, hook: Hook, fields: dict[str, Any], status: int
) -> None:
    await created(hooked, hook)
    told = await post(hooked, "", {"name": "more", **fields})
    assert told.status == status
    assert "169.254" not in told.body.decode()


async def test_a_tenant_has_only_so_many_endpoints(dsn: str, tmp_path: Path, hook: Hook) -> None:
    async with running_api(dsn, tmp_path, webhooks={**inside(hook), "endpoints_per_tenant": 2}) as api:
        await created(api, hook, name="a")
        await created(api, hook, name="b")
        assert (await post(api, "", {"name": "c", "url": hook.url})).status == 409


async def test_both_secrets_sign_for_a_day_after_a_new_one(hooked: Api, hook: Hook) -> None:
    made = await created(hooked, hook)
    new = (await post(hooked, f"/{made['endpoint_id']}/secret")).json["secret"]
    await post(hooked, f"/{made['endpoint_id']}/test")
    async with asyncio.timeout(60):
        while not hook.heard:
            await asyncio.sleep(0.05)
    (headers, body), *_ = hook.heard
    assert signed_by(new, headers, body)
    assert signed_by(made["secret"], headers, body)


async def test_the_old_secret_signs_no_more_once_its_time_is_over(
    replica: RunningLedger, tables: Tables, hook: Hook
) -> None:
    await tables.add(hook.url)
    await tables.run("UPDATE webhook_endpoints SET previous_secret = $1, previous_until = now()", _OLD)
    await tables.enqueue()
    async with replica() as one:
        await one_round(sender_of(one, hook))
    (headers, body), *_ = hook.heard
    assert signed_by(_NEW, headers, body)
    assert not signed_by(_OLD, headers, body)


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


async def test_waits_vary_so_that_those_who_failed_together_do_not_come_back_together() -> None:
    waits = {sender._wait_s(2) for _ in range(50)}
    assert len(waits) > 40
    assert all(240 <= (wait or 0) <= 360 for wait in waits)


async def test_the_api_shows_dead_letters_and_tries_them_again(
    hooked: Api, hook: Hook, tables: Tables
) -> None:
    made = await created(hooked, hook)
    one = f"/{made['endpoint_id']}"
    await post(hooked, f"{one}/pause")
    await tables.run("UPDATE webhook_endpoints SET paused_at = NULL")
    await tables.run(
        "INSERT INTO webhook_deliveries (tenant, endpoint_id, event_type, payload, attempts, dead_at) "
        "VALUES ('acme', $1, 'credit.low', '{}', 8, now())",
        made["endpoint_id"],
    )
    (dead,) = (await hooked.get(f"{PATH}{one}/dead-letters", TENANT_ADMIN))["dead_letters"]
    assert (dead["event_type"], dead["attempts"]) == ("credit.low", 8)
    assert (await hooked.get(PATH + one, TENANT_ADMIN))["dead"] == 1
    assert (await post(hooked, f"{one}/dead-letters/retry", {"delivery_id": dead["delivery_id"]})).json == {
        "queued": 1
    }
    async with asyncio.timeout(60):
        while not hook.heard:
            await asyncio.sleep(0.05)
    assert hook.ids == [f"msg_{dead['delivery_id']}"]


async def test_the_readers_of_the_api_cannot_see_secrets(dsn: str, tables: Tables, hook: Hook) -> None:
    await tables.add(hook.url)
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL ROLE comms_reader")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.fetch("SELECT secret FROM webhook_endpoints")
    finally:
        await connection.close()
