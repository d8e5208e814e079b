"""An exporter that pages, with those who carry its pages, and Alertmanager's side of the conversation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest

from exporter import schedule
from tests.integration.fake_carriers import FakeCarriers
from tests.integration.fake_twilio import ACCOUNT
from tests.integration.running_app import RunningApp, running_app
from tests.integration.waiting import until
from tests.unit.sources.sent import TWILIO_TOKEN, TWILIO_URL, twilio_signature

ALICE, ALICE_2, BOB = "+15005550011", "+15005550012", "+15005550013"
SENDER = "+15005550006"
TOKEN = "canary-alert-token"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}
LONG, SHORT = "1h", "300ms"


class Paging:
    """What Alertmanager, Twilio and people on call do to the exporter."""

    def __init__(self, app: RunningApp, carriers: FakeCarriers) -> None:
        self.app = app
        self.carriers = carriers

    async def alert(self, body: dict[str, Any], **headers: str) -> int:
        return (await self.app.post("/alerts", json.dumps(body), headers or AUTHORIZATION))[0]

    async def callback(self, fields: dict[str, str], url: str = TWILIO_URL) -> int:
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": twilio_signature(fields.items(), url),
        }
        path = url.removeprefix("https://exporter.example.com")
        return (await self.app.post(path, urlencode(fields), headers))[0]

    async def receipt(self, sent: dict[str, Any], status: str) -> int:
        fields = {"AccountSid": ACCOUNT, "MessageSid": sent["sid"], "MessageStatus": status}
        return await self.callback({**fields, "To": sent["to"], "From": SENDER}, sent["callback"])

    async def reply(self, number: str, text: str, sid: str) -> int:
        fields = {"AccountSid": ACCOUNT, "MessageSid": sid, "SmsStatus": "received"}
        return await self.callback({**fields, "From": number, "To": SENDER, "Body": text})

    async def pages(self, channel: str, outcome: str) -> float:
        return await self.app.sample("comms_pages_total", channel=channel, outcome=outcome) or 0

    async def is_idle(self) -> bool:
        """Whether nothing is being handed over."""
        return await self.app.rows("SELECT 1 FROM page_steps WHERE claimed_at IS NOT NULL") == []

    async def until_texts(self, number: str, many: int = 1) -> None:
        async def are_there() -> bool:
            return len(self.carriers.texts_to(number)) >= many

        await until(are_there)

    async def until_counted(self, channel: str, outcome: str, number: float = 1) -> None:
        async def is_counted() -> bool:
            return await self.pages(channel, outcome) == number

        await until(is_counted)


async def execute(dsn: str, statement: str) -> None:
    """Change what the ledger holds."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(statement)
    await connection.close()


def group(
    *tenants: str, name: str = "MessageErrorRatioHigh", status: str = "firing", at: str = "1"
) -> dict[str, Any]:
    """A notification as Alertmanager words it, with one alert for each tenant."""
    labels = {"alertname": name, "subsystem": "delivery"}
    alerts = [
        {
            "status": status,
            "labels": {**labels, "severity": "page", "tenant": tenant, "channel": "sms"},
            "annotations": {"summary": "Too many messages fail"},
            "startsAt": f"2026-11-20T10:00:0{at}Z",
            "fingerprint": f"{name}-{tenant}",
        }
        for tenant in tenants or ("acme",)
    ]
    return {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="{name}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "page-delivery",
        "groupLabels": labels,
        "commonLabels": labels,
        "commonAnnotations": {"summary": "Too many messages fail"},
        "alerts": alerts,
    }


def alice(**changes: Any) -> dict[str, Any]:
    return {"name": "alice", "numbers": [ALICE, ALICE_2], "email": "alice@oncall.example.com", **changes}


def bob(**changes: Any) -> dict[str, Any]:
    return {"name": "bob", "level": 2, "numbers": [BOB], "call": False, **changes}


def sections(carriers: FakeCarriers, people: list[dict[str, Any]], **oncall: Any) -> dict[str, Any]:
    """The configuration of an exporter whose pages these carry."""
    given = {
        "token": TOKEN,
        "sender": SENDER,
        "smtp_url": carriers.smtp,
        "email_from": "pager@example.com",
        "people": people,
        "patience_s": LONG,
        "api_url": carriers.url,
        **oncall,
    }
    twilio = {"account_sid": ACCOUNT, "auth_token": TWILIO_TOKEN, "tenants": {SENDER: "oncall"}}
    return {"oncall": given, "sources": {"twilio": twilio}}


@asynccontextmanager
async def paging(
    dsn: str,
    folder: Path,
    carriers: FakeCarriers,
    *people: dict[str, Any],
    alertmanager: str | None = None,
    tenants: dict[str, str] | None = None,
    **oncall: Any,
) -> AsyncIterator[Paging]:
    """A running exporter; without people, alice is on call and bob after her.

    `alertmanager` is a real one; without, silences are carried by the fake.
    """
    with pytest.MonkeyPatch.context() as patch:
        # Only sooner: how long a person is waited for is configured.
        patch.setattr(schedule, "_PAGE_S", 0.1)
        patch.setattr(schedule, "_REFRESH_S", 0.2)
        made = sections(carriers, list(people) or [alice(), bob()], **oncall)
        made["sources"]["twilio"]["tenants"].update(tenants or {})
        made["alertmanager"] = {"url": alertmanager or carriers.url}
        async with running_app(dsn, folder, **made) as app:
            yield Paging(app, carriers)
