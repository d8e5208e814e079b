"""The webhooks of a tenant by API: endpoints, their secrets, tests and dead letters, and who may see them."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.integration.api.asking import TENANT_ADMIN, Api, running_api
from tests.integration.api.customer_hook import PATH, Hook, created, inside, post, signed_by
from tests.integration.api.webhook_outbox import Tables
from tests.integration.waiting import until

FOREIGN_ADMIN = TENANT_ADMIN._replace(tenant="globex")


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
