"""What the page says, and traffic for it to say something about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from exporter.api.caller import Caller
from exporter.front_page.session import COOKIE
from tests.integration.api.asking import Api, Told, token
from tests.unit.front_page.reading import Page

BAD_SMS_SENT, BAD_SMS_FAILED = 40, 8


async def told(api: Api, caller: Caller | None = None, **query: str) -> Told:
    headers = {"Cookie": f"{COOKIE}={token(caller)}"} if caller else {}
    return await api.ask("GET", "/", None, headers=headers, **query)


async def seen(api: Api, caller: Caller | None = None, **query: str) -> Page:
    """The page, which must be there."""
    answer = await told(api, caller, **query)
    assert answer.status == 200, answer.body
    return Page(answer.body.decode())


def step(status: str, number: int, **fields: Any) -> dict[str, Any]:
    tenant, channel = fields.get("tenant", "acme"), fields.get("channel", "sms")
    return {
        "kind": "message",
        "tenant": "acme",
        "user": "42",
        "channel": "sms",
        "provider": "twilio",
        "direction": "inbound" if status == "received" else "outbound",
        "status": status,
        "message_id": f"{tenant}-{channel}-{number}",
        "at": (datetime.now(UTC) - timedelta(seconds=30)).isoformat(),
        **fields,
    }


def traffic() -> list[dict[str, Any]]:
    """SMS of acme of which a fifth fails, WhatsApp of acme that is well, and a little e-mail of globex."""
    sms = [step("sent", at, cost_usd="0.0079", response_seconds=0.4) for at in range(BAD_SMS_SENT)]
    ends = [step("failed" if at < BAD_SMS_FAILED else "delivered", at) for at in range(BAD_SMS_SENT)]
    chat = [
        step(status, at, channel="whatsapp", provider="meta")
        for at in range(30)
        for status in ("sent", "delivered", "read")
    ]
    received = [step("received", 100 + at) for at in range(5)]
    mail = [step("sent", at, tenant="globex", channel="email", provider="ses", user="9") for at in range(3)]
    return [*sms, *ends, *chat, *received, *mail]


async def busy(api: Api) -> None:
    """Have that traffic counted."""
    status, answer = await api.one.events(*traffic())
    assert status == 200, answer
    assert answer["rejected"] == []
    await api.roll_up()
