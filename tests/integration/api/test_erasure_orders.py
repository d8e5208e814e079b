"""Orders to erase a person: taken by API, done once however often they are cut short, and audited without a name."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from exporter.errors import LedgerUnavailable
from exporter.ledger import erasure
from exporter.ledger.person import PersonKind
from tests.conftest import Replica, RunningLedger
from tests.integration.api.asking import ADMIN, FOREIGN, TENANT_ADMIN, USER, Api
from tests.integration.api.person_kept import EMAIL, NUMBER, USER_ID, different, erase, fill, places_of


async def test_an_erasure_that_is_cut_short_is_finished_by_whoever_looks_next(
    replica: RunningLedger, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it dies: between the windows of events, and between the tables."""
    monkeypatch.setattr(erasure, "_WINDOW_EVENTS", 2)
    async with replica() as one:
        await fill(one)
        await one.ledger.write_checkpoint()
        erasure_id = await one.ledger.erasures.request("acme", PersonKind.USER, USER_ID, "7")
        for steps in (1, 3, 5, 7):
            await _die_after(monkeypatch, one, erasure_id, steps)
        await one.ledger.erasures.run_all()
        (done,) = await one.ledger.erasures.of("acme", erasure_id)
        assert done.finished_at is not None
    assert await places_of(dsn, USER_ID, NUMBER) == {}
    assert await different(dsn) == ()


async def _die_after(monkeypatch: pytest.MonkeyPatch, one: Replica, erasure_id: Any, steps: int) -> None:
    left = iter(range(steps))
    real = erasure.statement

    def dying(name: str) -> str:
        if name in ("erased_up_to", "erased_place") and next(left, None) is None:
            raise LedgerUnavailable("killed here")
        return real(name)

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "statement", dying)
        with pytest.raises(LedgerUnavailable, match="killed here"):
            await one.ledger.erasures.run("acme", erasure_id)


async def test_two_replicas_that_erase_at_once_do_it_once(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one, replica() as other:
        await fill(one)
        await one.ledger.erasures.request("acme", PersonKind.NUMBER, NUMBER, "7")
        await asyncio.gather(one.ledger.erasures.run_all(), other.ledger.erasures.run_all())
        (done,) = await one.ledger.erasures.of("acme")
        assert done.counts["parked_events"] == 1
    assert await places_of(dsn, NUMBER) == {}


async def test_the_api_takes_an_order_and_tells_what_became_of_it(api: Api, dsn: str) -> None:
    event = {
        "kind": "message",
        "tenant": "acme",
        "channel": "sms",
        "provider": "twilio",
        "direction": "outbound",
    }
    await api.one.events({**event, "status": "sent", "message_id": "SM1", "peer": NUMBER, "user": "42"})
    told = await api.ask("POST", "/api/v1/erasure", TENANT_ADMIN, body={"number": NUMBER})
    assert told.status == 202
    path = f"/api/v1/erasure/{told.json['erasure_id']}"
    async with asyncio.timeout(60):
        while (state := await api.get(path, TENANT_ADMIN))["finished_at"] is None:
            await asyncio.sleep(0.2)
    assert state["counts"] == {"events": 1, "messages": 1}
    assert state["requested_by"] == "7"
    assert NUMBER[1:] not in json.dumps(state)
    assert (await api.get("/api/v1/erasure", TENANT_ADMIN))["erasures"] == [state]
    assert await places_of(dsn, NUMBER) == {}
    assert (await api.ask("GET", path, FOREIGN._replace(role=TENANT_ADMIN.role))).status == 404
    assert (await api.ask("GET", path, USER)).status == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": "15550100777"},
        {"number": "+1555"},
        {"email": "nobody"},
        {"user": ""},
        {"user": None},
        {"user": "42", "number": NUMBER},
        {"user": "a\x00b"},
    ],
)
async def test_an_order_that_names_nobody_or_two_is_refused(api: Api, body: dict[str, Any]) -> None:
    told = await api.ask("POST", "/api/v1/erasure", TENANT_ADMIN, body=body)
    assert (told.status, told.json["reason"]) == (400, "bad_body")
    assert NUMBER not in told.body.decode()


async def test_an_admin_of_no_tenant_names_one(api: Api) -> None:
    assert (await api.ask("POST", "/api/v1/erasure", ADMIN, body={"number": NUMBER})).status == 400


async def test_the_audit_line_has_counts_and_nobody(
    replica: RunningLedger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with replica() as one:
        await fill(one)
        await erase(one, PersonKind.USER, USER_ID)
    (line,) = [record.getMessage() for record in caplog.records if record.name == erasure.__name__]
    assert '"events"' in line
    assert not any(secret in caplog.text for secret in (USER_ID, NUMBER[1:], EMAIL))
