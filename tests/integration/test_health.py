"""How senders and workers are doing, asked over HTTP of a running exporter."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exporter.health import SILENT_AFTER_S, STALE_AFTER_S
from tests.integration.freezing import frozen, postmaster_pid
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until
from tests.unit.sources.sent import whatsapp_request
from tests.unit.sources.whatsapp_sent import INBOUND, METADATA, STATUS, notification

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
SENT = notification({"metadata": METADATA, "statuses": [STATUS | {"recipient_id": "16505551234"}]})


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path, ledger={"append_timeout_s": 1.5}) as running:
        yield running


async def asked(one: RunningApp, path: str) -> dict[str, Any]:
    status, text = await one.get(path)
    assert status == 200
    answer = json.loads(text)
    assert isinstance(answer, dict)
    return answer


async def post(one: RunningApp, body: dict[str, Any], secret: str | None = None) -> int:
    signed = whatsapp_request(body) if secret is None else whatsapp_request(body, secret)
    return (await one.post("/webhooks/whatsapp", signed.body, dict(signed.headers)))[0]


async def whatsapp(one: RunningApp) -> dict[str, Any]:
    return await asked(one, "/api/webhooks/whatsapp/health")


async def reported(one: RunningApp, path: str, kind: str, number: int) -> list[dict[str, Any]]:
    """A list of /api/workers once it has that many elements."""

    async def are_there() -> bool:
        return len((await asked(one, path))[kind]) == number

    await until(are_there)
    elements = (await asked(one, path))[kind]
    assert isinstance(elements, list)
    return elements


async def test_a_sender_that_was_never_heard_is_silent(one: RunningApp) -> None:
    assert await whatsapp(one) == {
        "source": "whatsapp",
        "status": "silent",
        "last_event_at": None,
        "last_webhook_at": None,
        "accepted": 0,
        "duplicate": 0,
        "rejected": 0,
        "parked": 0,
        "signature_failures": 0,
        "queue_events": 0,
        "parked_events": 0,
        "ledger_ready": True,
    }


async def test_a_sender_that_is_heard_is_ok_and_its_events_are_counted(one: RunningApp) -> None:
    assert [await post(one, SENT) for _ in range(3)] == [200, 200, 200]
    assert await post(one, notification({"statuses": [STATUS | {"id": "wamid.2"}, "oops"]})) == 200

    async def has_event() -> bool:
        return (await whatsapp(one))["last_event_at"] is not None

    await until(has_event)
    health = await whatsapp(one)
    assert (health["status"], health["accepted"], health["duplicate"], health["parked"]) == ("ok", 2, 2, 1)
    assert datetime.fromisoformat(health["last_event_at"]) == datetime.fromtimestamp(1755000000, UTC)
    assert RFC_3339.fullmatch(health["last_webhook_at"])


async def test_a_refused_webhook_is_failing_until_one_is_believed_again(one: RunningApp) -> None:
    assert await post(one, SENT) == 200
    assert await post(one, SENT, "another secret") == 403
    health = await whatsapp(one)
    assert (health["status"], health["signature_failures"], health["accepted"]) == ("failing", 1, 1)
    assert await post(one, SENT) == 200
    assert (await whatsapp(one))["status"] == "ok"


async def test_a_body_that_cannot_be_read_was_a_webhook_all_the_same(one: RunningApp) -> None:
    signed = whatsapp_request("[]")
    assert (await one.post("/webhooks/whatsapp", signed.body, dict(signed.headers)))[0] == 400
    health = await whatsapp(one)
    assert (health["status"], health["parked"]) == ("ok", 1)
    assert health["last_webhook_at"]


async def test_a_sender_without_its_secret_is_not_configured(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path, sources={}) as one:
        assert (await whatsapp(one))["status"] == "not_configured"
        assert (await asked(one, "/api/webhooks/twilio/health"))["status"] == "not_configured"
        assert await post(one, SENT) == 403
        assert (await whatsapp(one))["status"] == "not_configured"


async def test_health_answers_while_postgresql_does_not(one: RunningApp) -> None:
    assert await post(one, SENT) == 200
    await one.events({"kind": "level", "name": "heartbeat", "worker": "whatsapp-1"})
    await reported(one, "/api/workers", "workers", 1)
    with frozen(await postmaster_pid(one.dsn)):

        async def is_failing() -> bool:
            assert await post(one, SENT) == 503
            async with asyncio.timeout(60):
                return (await whatsapp(one))["status"] == "failing"

        await until(is_failing)
        async with asyncio.timeout(60):
            health = await whatsapp(one)
            assert (health["ledger_ready"], health["accepted"]) == (False, 1)
            assert (await asked(one, "/api/workers/whatsapp"))["workers"][0]["worker"] == "whatsapp-1"


async def test_every_sender_has_a_health_and_none_of_another_name(one: RunningApp) -> None:
    names = {receiver.source.name for receiver in one.app._receivers}
    assert {"whatsapp", "twilio", "track"} <= names
    for name in names:
        assert (await asked(one, f"/api/webhooks/{name}/health"))["source"] == name
    for unknown in ("nobody", "WhatsApp", "%00", "x" * 4_000):
        status, text = await one.get(f"/api/webhooks/{unknown}/health")
        assert (status, json.loads(text)["reason"]) == (404, "unknown_source")
        assert unknown not in text


async def test_a_silence_longer_than_the_alert_allows_is_silent(one: RunningApp) -> None:
    assert await post(one, SENT) == 200
    (receiver,) = (r for r in one.app._receivers if r.source.name == "whatsapp")
    assert receiver.last_webhook_at is not None
    receiver.last_webhook_at -= timedelta(seconds=SILENT_AFTER_S - 60)
    assert (await whatsapp(one))["status"] == "ok"
    receiver.last_webhook_at -= timedelta(seconds=61)
    assert (await whatsapp(one))["status"] == "silent"


async def test_no_person_is_named(one: RunningApp) -> None:
    message = INBOUND | {"text": {"body": "canary-body"}, "profile": {"name": "canary-name"}}
    assert await post(one, notification({"messages": [message]})) == 200
    assert await post(one, SENT, "another secret") == 403
    await one.events({"kind": "level", "name": "heartbeat", "worker": "+16505551234"})
    await reported(one, "/api/workers", "workers", 1)
    for path in ("/api/webhooks/whatsapp/health", "/api/workers", "/api/workers/whatsapp"):
        _, text = await one.get(path)
        assert not re.search(r"16505551234|canary", text)


async def test_workers_are_up_or_stale_by_the_age_of_their_heartbeat(one: RunningApp) -> None:
    now = datetime.now(UTC)
    for worker, age_s in (("whatsapp-1", 0), ("whatsapp-2", STALE_AFTER_S + 60), ("sms-1", 0)):
        at = (now - timedelta(seconds=age_s)).isoformat()
        await one.events({"kind": "level", "name": "heartbeat", "worker": worker, "at": at})
    workers = await reported(one, "/api/workers/whatsapp", "workers", 2)
    assert [(worker["worker"], worker["state"]) for worker in workers] == [
        ("whatsapp-1", "up"),
        ("whatsapp-2", "stale"),
    ]
    assert workers[0]["lag_seconds"] < STALE_AFTER_S < workers[1]["lag_seconds"]
    assert all(RFC_3339.fullmatch(worker["last_heartbeat_at"]) for worker in workers)
    assert len(await reported(one, "/api/workers", "workers", 3)) == 3
    assert (await asked(one, "/api/workers/nobody"))["workers"] == []


async def test_workers_beyond_the_series_limit_are_unknown(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path, limits={"series_per_metric": 10}) as one:
        for number in range(20):
            await one.events({"kind": "level", "name": "heartbeat", "worker": f"w{number:02}"})

        async def is_folded() -> bool:
            return any(w["state"] == "unknown" for w in (await asked(one, "/api/workers"))["workers"])

        await until(is_folded)
        workers = {w["worker"]: w["state"] for w in (await asked(one, "/api/workers"))["workers"]}
        assert (workers["_other"], workers["w00"]) == ("unknown", "up")


async def test_queues_and_rate_limits_stand_beside_the_workers(one: RunningApp) -> None:
    await one.events(
        {"kind": "level", "name": "queue_depth", "queue": "outbound", "value": 17},
        {"kind": "level", "name": "rate_limit", "provider": "whatsapp", "used": 64, "limit": 80},
    )
    (queue,) = await reported(one, "/api/workers/whatsapp", "queues", 1)
    assert (queue["queue"], queue["depth"]) == ("outbound", 17)
    (limit,) = await reported(one, "/api/workers/whatsapp", "rate_limits", 1)
    assert (limit["provider"], limit["api"], limit["used_ratio"]) == ("whatsapp", "default", 0.8)
    assert RFC_3339.fullmatch(limit["reported_at"])
