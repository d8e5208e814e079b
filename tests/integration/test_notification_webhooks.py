"""Notifications by webhook: an event for the endpoints of the tenant, once, with the outbox of webhooks behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from exporter.config.webhooks import WebhooksConfig
from exporter.ledger.notification_plan import plan_own
from exporter.ledger.person import PersonKind
from exporter.notifications.webhook_observer import WebhookObserver
from exporter.outbound.sender import WAITS_S, WebhookSender
from tests.conftest import Replica, RunningLedger
from tests.integration.api.asking import ADMIN, TENANT_ADMIN, USER, running_api
from tests.integration.notification_desk import EMAIL, OUTSIDE, Desk, Recorded
from tests.integration.waiting import until

SECRET = "whsec_" + "n" * 44
HEADERS = {"X-Tenant-Id": "acme"}


class Hook:
    """A customer's endpoint: keeps what it is told, and answers as it is asked to."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.heard.append(await request.json())
        return web.Response(status=self.answers.pop(0) if self.answers else 204)

    @property
    def config(self) -> dict[str, Any]:
        port = int(self.url.rpartition(":")[2])
        return {"allow_http": True, "ports": [443, port], "allowed_networks": ["127.0.0.0/8"]}


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    one = Hook()
    app = web.Application()
    app.router.add_post("/", one.take)
    async with TestServer(app) as server:
        one.url = str(server.make_url("")).rstrip("/")
        yield one


class Hooked(Desk):
    """A desk whose tenants have endpoints that are told by a sender of webhooks."""

    def __init__(self, replica: Replica, dsn: str, hook: Hook) -> None:
        super().__init__(replica, dsn)
        config = WebhooksConfig.model_validate(hook.config)
        observer = WebhookObserver(dict, replica.metrics)
        self._url = hook.url
        self._sender = WebhookSender(lambda: config, self.ledger.webhooks, self.ledger.append, observer)

    async def endpoint(self, name: str = "orders", tenant: str = "acme", wants: tuple[str, ...] = ()) -> None:
        made = await self.ledger.webhooks.create(tenant, name, self._url, list(wants), SECRET, 20)
        assert made is not None

    async def run(self) -> None:
        await super().run()
        await self._sender.run()
        await self._sender.finish()

    async def later(self, seconds: float) -> None:
        await self.ask(f"UPDATE webhook_deliveries SET due_at = due_at - make_interval(secs => {seconds})")  # noqa: S608

    def outcomes_by_webhook(self) -> dict[str, float]:
        counted = {one: self.count(one, "webhook") for one in ("success", "retry", "refused", "failure")}
        return {outcome: number for outcome, number in counted.items() if number}


@pytest.fixture
async def desk(replica: RunningLedger, dsn: str, hook: Hook) -> AsyncIterator[Hooked]:
    async with replica() as one:
        yield Hooked(one, dsn, hook)


async def test_a_notification_is_an_event_for_the_endpoints_of_its_tenant(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.endpoint("of-somebody-else", "globex")
    await desk.tell(title="Low Credits", message="500 credits", data='{"credits_remaining":500.10}')
    for _ in range(3):
        await desk.run()
    (told,) = hook.heard
    assert told["type"] == "notification.created"
    about = told["data"]
    ((id_, created_at),) = await desk.ask("SELECT id::text, created_at FROM notifications")
    assert (about.pop("id"), datetime.fromisoformat(about.pop("created_at"))) == (id_, created_at)
    assert about == {
        "user_id": "ann",
        "type": "warning",
        "title": "Low Credits",
        "message": "500 credits",
        "data": {"credits_remaining": 500.10},
    }
    assert desk.outcomes_by_webhook() == {"success": 1}
    assert desk.count("success", "in_app") == 1


async def test_digits_are_told_as_they_were_written(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.tell(data='{"amount":20.00}')
    await desk.work.plan()
    assert (
        '"amount":20.00'
        in (await desk.ask("SELECT convert_from(payload, 'UTF8') FROM webhook_deliveries"))[0][0]
    )


async def test_endpoints_that_want_other_news_hear_nothing(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint(wants=("payment.failed",))
    await desk.tell()
    await desk.run()
    assert (hook.heard, desk.outcomes_by_webhook()) == ([], {})


async def test_a_user_who_wants_no_webhook_of_a_type_is_told_without(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.wish(wanted={("warning", "webhook"): False})
    await desk.tell()
    await desk.run()
    assert (hook.heard, desk.count("success", "in_app")) == ([], 1)


async def test_what_does_not_ask_for_webhooks_is_told_without(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.tell(channels=(EMAIL,))
    await desk.run()
    assert hook.heard == []


@pytest.mark.parametrize("users", [0, 3, 1_000])
async def test_what_is_for_many_is_told_once_however_many_they_are(
    desk: Hooked, hook: Hook, users: int
) -> None:
    await desk.endpoint()
    numbered = f"SELECT 'acme', 'u' || n FROM generate_series(1, {users}) n"  # noqa: S608
    await desk.ask(f"INSERT INTO notification_users (tenant, user_id) {numbered}")
    await desk.tell(None, role="tenant_admin")
    await desk.run()
    assert [one["data"]["user_id"] for one in hook.heard] == [None]


async def test_what_is_for_everybody_is_told_to_every_tenant(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.endpoint(tenant="globex")
    await desk.tell(None, "")
    await desk.run()
    assert len(hook.heard) == 2


async def test_what_only_administrators_of_all_may_see_goes_to_no_tenant(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.tell(None, role="admin")
    await desk.run()
    assert hook.heard == []


async def test_a_scheduled_one_is_told_when_it_is_due(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.tell(deliver_at=datetime.now(UTC) + timedelta(hours=1))
    await desk.run()
    assert hook.heard == []
    await desk.ask("UPDATE notifications SET deliver_at = now() RETURNING 1")
    await desk.run()
    assert len(hook.heard) == 1


async def test_each_attempt_is_counted_until_it_is_given_up(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.tell()
    hook.answers = [500] * 8
    await desk.run()
    assert desk.outcomes_by_webhook() == {"retry": 1}
    for wait_s in WAITS_S:
        await desk.later(1.2 * wait_s + 1)
        await desk.run()
    assert desk.outcomes_by_webhook() == {"retry": 7, "failure": 1}


async def test_an_endpoint_that_is_gone_refuses_and_its_owners_are_told_by_the_others(
    desk: Hooked, hook: Hook
) -> None:
    await desk.endpoint()
    await desk.tell()
    hook.answers = [410]
    await desk.run()
    assert desk.outcomes_by_webhook() == {"refused": 1}
    await desk.endpoint("another")
    await desk.run()
    title, data = hook.heard[-1]["data"]["title"], hook.heard[-1]["data"]["data"]
    assert (title, data) == ("Webhook Paused", {"endpoint": "orders"})
    assert len(hook.heard) == 2


async def test_an_endpoint_without_room_counts_as_given_up(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.ask(
        "INSERT INTO webhook_deliveries (tenant, endpoint_id, event_type, payload) "
        "SELECT tenant, endpoint_id, 'webhook.test', '{}' FROM webhook_endpoints, generate_series(1, 10000) RETURNING 1"
    )
    await desk.tell()
    await desk.work.plan()
    assert desk.outcomes_by_webhook() == {"failure": 1}


async def test_other_events_are_no_notifications(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    ((endpoint_id,),) = await desk.ask("SELECT endpoint_id FROM webhook_endpoints")
    await desk.ledger.webhooks.enqueue_one("acme", endpoint_id, "webhook.test", {})
    await desk.run()
    assert (len(hook.heard), desk.outcomes_by_webhook()) == (1, {})


async def test_who_dies_while_planning_has_told_nothing_and_the_next_tells_once(
    desk: Hooked, hook: Hook
) -> None:
    await desk.endpoint()
    await desk.tell()
    rename = "ALTER TABLE webhook_deliveries RENAME COLUMN {} TO {}"
    connection = await asyncpg.connect(desk.dsn)
    await connection.execute(rename.format("payload", "away"))
    with pytest.raises(Exception, match="payload"):
        await desk.work.plan()
    assert await desk.ask("SELECT planned FROM notifications") == [(False,)]
    await connection.execute(rename.format("away", "payload"))
    await connection.close()
    for _ in range(2):
        await desk.run()
    assert len(hook.heard) == 1


async def test_a_dead_endpoint_harms_neither_mail_nor_what_is_in_app(desk: Hooked, hook: Hook) -> None:
    await desk.endpoint()
    await desk.wish()
    mail = desk.carriers[EMAIL] = Recorded()
    hook.answers = [500]
    await desk.tell(channels=OUTSIDE)
    await desk.run()
    assert (len(mail.letters), desk.outcomes_by_webhook()) == (1, {"retry": 1})
    assert (desk.count("success"), desk.count("success", "in_app")) == (1, 1)


async def test_it_is_erased_with_whom_it_is_about_even_when_it_is_planned_meanwhile(desk: Hooked) -> None:
    await desk.endpoint()
    await desk.tell()
    planning = await asyncpg.connect(desk.dsn)
    async with planning.transaction():
        await plan_own(planning, [])
        await desk.ledger.erasures.request("acme", PersonKind.USER, "ann", "7")
        erasing = asyncio.create_task(desk.ledger.erasures.run_all())

        async def waits_for_the_plan() -> bool:
            found = await desk.ask("SELECT count(*) FROM pg_locks WHERE NOT granted")
            return found != [(0,)]

        await until(waits_for_the_plan)
    await planning.close()
    await erasing
    assert await desk.ask("SELECT user_id FROM webhook_deliveries") == []


async def test_an_administrator_asks_for_it_by_api(dsn: str, tmp_path: Path, hook: Hook) -> None:
    async with running_api(dsn, tmp_path, webhooks=hook.config) as api:
        endpoint = {"name": "orders", "url": hook.url + "/", "event_types": ["notification.created"]}
        assert (await api.ask("POST", "/api/v1/webhooks", TENANT_ADMIN, body=endpoint)).status == 201
        news = {"type": "success", "title": "Done", "message": "It is done.", "user_id": USER.user}
        for asked in ({**news, "send_webhook": True}, news):
            told = await api.ask("POST", "/api/v1/notifications", ADMIN, body=asked, headers=HEADERS)
            assert told.status == 200, told.body

        async def is_counted() -> bool:
            labels = {"type": "success", "channel": "webhook", "outcome": "success"}
            return await api.one.sample("comms_notifications_total", **labels) == 1

        await until(is_counted)
        assert [one["data"]["title"] for one in hook.heard] == ["Done"]
