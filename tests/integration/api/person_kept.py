"""A person in every place where the ledger keeps people, where they are found, and how they are erased."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import asyncpg

from exporter.errors import Reason
from exporter.event import Credit, Engagement, Submission
from exporter.ledger.parking import ParkedEvent
from exporter.ledger.person import PersonKind
from exporter.ledger.replay import replay
from exporter.vocabulary import Channel, Direction
from tests.conftest import Replica, step

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


async def different(dsn: str) -> tuple[str, ...]:
    return (await replay(dsn, 2_000, write=False, show=lambda seq, last: None)).different
