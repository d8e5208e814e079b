"""Erasing a person: nothing of them is left in any column, and every total is what it was."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest

from exporter.errors import LedgerUnavailable, Reason
from exporter.event import Credit, Engagement, Submission
from exporter.ledger import erasure
from exporter.ledger.parking import ParkedEvent
from exporter.ledger.person import PersonKind
from exporter.ledger.replay import replay
from exporter.vocabulary import Channel, Direction
from tests.conftest import Replica, RunningLedger, step
from tests.integration.api.asking import ADMIN, FOREIGN, TENANT_ADMIN, USER, Api

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
USER_ID, NUMBER, EMAIL = "canary-user-7f3a", "+15550100777", "canary.person@example.com"
OTHER_USER, OTHER_NUMBER = "other-user-1", "+15550100999"
WAMID = "wamid." + b64encode(b"\x1c\x18\x0b" + NUMBER[1:].encode() + b"\x15\x02\x00").decode()
_COLUMNS = """
SELECT table_name, column_name, data_type FROM information_schema.columns
WHERE table_schema = 'public' AND data_type IN ('text', 'bytea', 'jsonb', 'ARRAY', 'json', 'character varying')
"""


def forms(secret: str) -> list[str]:
    """How a canary may stand in a text: plain, URL-encoded, base64 with anything before it."""
    plain = secret.lstrip("+")
    lying = [b64encode(b"x" * shift + plain.encode()).decode()[4:-4] for shift in range(3)]
    return [plain, quote(plain, safe=""), *lying]


async def places_of(dsn: str, *secrets: str) -> dict[str, int]:
    """In which columns of which tables any form of a canary stands, and in how many rows."""
    found: dict[str, int] = {}
    connection = await asyncpg.connect(dsn)
    try:
        for table, column, kind in await connection.fetch(_COLUMNS):
            shown = f"encode({column}, 'escape')" if kind == "bytea" else f"{column}::text"
            rows = [row[0] for row in await connection.fetch(f"SELECT {shown} FROM {table}") if row[0]]  # noqa: S608
            number = sum(any(form in row for secret in secrets for form in forms(secret)) for row in rows)
            if number:
                found[f"{table}.{column}"] = number
    finally:
        await connection.close()
    return found


def message(message_id: str, status: str = "sent", number: str = NUMBER, **fields: Any) -> Submission:
    raw = json.dumps({"to": number, "body": f"Hello {EMAIL}", "id": message_id}).encode()
    made = step(message_id, status, at=TODAY, peer=number, country="US", tenant="acme", **fields)
    return made._replace(raw=raw)


def everything() -> list[Submission]:
    """A person in every place that an event has for one, and somebody else beside."""
    answer = {"direction": Direction.OUTBOUND, "channel": Channel.WHATSAPP, "provider": "whatsapp"}
    question = {**answer, "direction": Direction.INBOUND}
    used = Credit(at=TODAY, tenant="acme", user=USER_ID, balance=Decimal(70))
    clicked = Engagement(at=TODAY, tenant="acme", action="click", user=USER_ID, message_id="SM1")
    return [
        message("SM1", user=USER_ID, cost_usd=Decimal("0.01")),
        message("SM1", "delivered"),
        message(WAMID, "received", NUMBER[1:], **question),
        message("wamid.answer", "sent", NUMBER[1:], **answer),
        message(WAMID + "2", "read", NUMBER[1:], **answer),
        message("SM2", user=OTHER_USER, number=OTHER_NUMBER)._replace(raw=b'{"user_id": "other"}'),
        Submission("track", used, f"credit of {quote(EMAIL)}".encode()),
        Submission("track", clicked, b"{}", f"click {NUMBER}"),
        Submission(
            "track", Engagement(at=TODAY, tenant="acme", action=f"called {NUMBER}"), b64encode(EMAIL.encode())
        ),
    ]


async def fill(one: Replica) -> None:
    await one.ledger.append(everything())
    await one.ledger.park(
        [ParkedEvent("acme", "twilio", Reason.BAD_FIELD, "x", f"To={quote(NUMBER)}".encode())]
    )
    await one.ledger.roll_up()


async def fill_elsewhere(dsn: str) -> None:
    """The person in tables that hold little of anybody, and in what waits for a webhook."""
    connection = await asyncpg.connect(dsn)
    try:
        endpoint_id = await connection.fetchval(
            "INSERT INTO webhook_endpoints (tenant, name, url, event_types, secret) "
            "VALUES ('acme', 'x', 'https://x.example', '{}', 'whsec_') RETURNING endpoint_id"
        )
        for user, payload in ((USER_ID, b"{}"), (None, json.dumps({"to": NUMBER, "mail": EMAIL}).encode())):
            await connection.execute(
                "INSERT INTO webhook_deliveries (tenant, endpoint_id, event_type, user_id, payload) "
                "VALUES ('acme', $1, 'x', $2, $3)",
                endpoint_id,
                user,
                payload,
            )
        said = f"{USER_ID} {NUMBER} {EMAIL}"
        await connection.execute("INSERT INTO scan_open_rows VALUES ('s', $1, now())", json.dumps([said]))
        await connection.execute(
            "INSERT INTO pages (group_key, status, alerts, group_labels, title, text) "
            "VALUES ('g', 'firing', '{}', $1, $2, $2)",
            json.dumps({"x": said}).encode(),
            said,
        )
        await connection.execute(
            "INSERT INTO notification_users (tenant, user_id, email, phone) VALUES ('acme', $1, $2, $3)",
            USER_ID,
            EMAIL,
            NUMBER,
        )
        for user in (USER_ID, None):
            await connection.execute(
                "INSERT INTO notifications (tenant, user_id, type, title, message, data, cause) "
                "VALUES ('acme', $1, 'info', $2, $2, $3, $4)",
                user,
                said,
                json.dumps({"about": said}),
                f"{said} {user}",
            )
        await connection.executemany(
            "INSERT INTO conversation_states VALUES ('acme', $1, 'started', now())",
            [(NUMBER,), (EMAIL,), (f"of {USER_ID}",)],
        )
        await connection.execute(
            "INSERT INTO erasures (tenant, kind, requested_by, finished_at) "
            "SELECT 'acme', 'user', name, now() FROM unnest($1::text[]) AS name",
            [USER_ID, EMAIL, NUMBER],
        )
    finally:
        await connection.close()


async def erase(one: Replica, kind: PersonKind, subject: str) -> dict[str, int]:
    erasure_id = await one.ledger.erasures.request("acme", kind, subject, "7")
    await one.ledger.erasures.run("acme", erasure_id)
    return (await one.ledger.erasures.of("acme", erasure_id))[0].counts


async def sums(dsn: str) -> list[Any]:
    """All sums but those of single users."""
    query = "SELECT tenant, scope, family, begins, labels, value FROM rollup_day WHERE scope <> 2 ORDER BY 1,2,3,4,5"
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def different(dsn: str) -> tuple[str, ...]:
    return (await replay(dsn, 2_000, write=False, show=lambda seq, last: None)).different


async def test_the_canaries_stand_where_people_are_kept(replica: RunningLedger, dsn: str) -> None:
    """Else the search below would prove nothing."""
    async with replica() as one:
        await fill(one)
        await fill_elsewhere(dsn)
    found = {place.split(".")[0] for place in await places_of(dsn, USER_ID, NUMBER, EMAIL)}
    assert found >= {
        "events",
        "messages",
        "event_keys",
        "parked_events",
        "credit_balances",
        "rollup_day",
        "pages",
        "webhook_deliveries",
        "notification_users",
        "notifications",
        "conversation_states",
    }


@pytest.mark.parametrize(
    ("kind", "subject", "secrets"),
    [
        (PersonKind.USER, USER_ID, (USER_ID, NUMBER)),
        (PersonKind.NUMBER, NUMBER, (NUMBER,)),
        (PersonKind.EMAIL, EMAIL, (EMAIL,)),
    ],
)
async def test_no_column_of_any_table_holds_the_person_afterwards_and_totals_are_what_they_were(
    replica: RunningLedger, dsn: str, kind: PersonKind, subject: str, secrets: tuple[str, ...]
) -> None:
    async with replica() as one:
        await fill(one)
        await fill_elsewhere(dsn)
        await one.ledger.catch_up()
        await one.ledger.write_checkpoint()
        before, rolled_up = one.totals.rows(), await sums(dsn)
        counts = await erase(one, kind, subject)
        await one.ledger.catch_up()
        assert one.totals.rows() == before
        assert await sums(dsn) == rolled_up
    assert counts["events"] > 0
    assert await places_of(dsn, *secrets) == {}
    assert await different(dsn) == ()


async def test_what_is_of_somebody_else_stays(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await fill(one)
        before = await places_of(dsn, OTHER_USER, OTHER_NUMBER)
        await erase(one, PersonKind.USER, USER_ID)
    assert before
    assert await places_of(dsn, OTHER_USER, OTHER_NUMBER) == before


async def test_another_tenant_keeps_what_it_has_of_the_same_number(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append([step("SM9", at=TODAY, peer=NUMBER, tenant="globex")])
        assert await erase(one, PersonKind.NUMBER, NUMBER) == {}
    assert await places_of(dsn, NUMBER) == {"events.data": 1, **await places_of_partition(dsn)}


async def places_of_partition(dsn: str) -> dict[str, int]:
    """The same rows, as the table of their day shows them."""
    return {
        place: rows for place, rows in (await places_of(dsn, NUMBER)).items() if place.startswith("events_")
    }


async def test_the_balance_of_an_erased_user_stays_in_the_sum(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await fill(one)
        await erase(one, PersonKind.USER, USER_ID)
    connection = await asyncpg.connect(dsn)
    assert await connection.fetchval("SELECT sum(balance) FROM credit_balances") == 70
    await connection.close()


async def test_erasing_again_changes_nothing(replica: RunningLedger) -> None:
    async with replica() as one:
        await fill(one)
        assert (await erase(one, PersonKind.NUMBER, NUMBER))["messages"] >= 2
        assert await erase(one, PersonKind.NUMBER, NUMBER) == {}


async def test_a_later_step_of_a_message_still_finds_it(replica: RunningLedger) -> None:
    async with replica() as one:
        await fill(one)
        await erase(one, PersonKind.NUMBER, NUMBER)
        again, new = await one.ledger.append([message("SM1", "delivered"), message("SM1", "read")])
        assert again is None
        assert new is not None


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


async def test_an_event_that_was_not_rolled_up_yet_adds_to_no_user(replica: RunningLedger, dsn: str) -> None:
    async with replica() as one:
        await one.ledger.append(everything())
        await erase(one, PersonKind.USER, USER_ID)
        await one.ledger.roll_up()
    assert await places_of(dsn, USER_ID) == {}
    assert any(family == "comms_messages_total" for _, _, family, *_ in await sums(dsn))


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
