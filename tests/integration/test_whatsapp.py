"""WhatsApp through the ledger: what is sent twice counts once, for groups, answers and news as well."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.integration.running_app import RunningApp, running_app, settings
from tests.unit.sources.sent import whatsapp_request
from tests.unit.sources.whatsapp_sent import INBOUND, METADATA, STATUS, notification

ROUTE = {"tenant": "default", "channel": "whatsapp", "provider": "whatsapp"}
GROUP = STATUS | {"recipient_type": "group", "recipient_id": "Y2FwaV9ncm91cDox"}
PEOPLE = ("16505551234", "447700900123")


async def post_twice(one: RunningApp, *bodies: dict[str, Any]) -> None:
    for body in bodies * 2:
        signed = whatsapp_request(body)
        assert (await one.post("/webhooks/whatsapp", signed.body, dict(signed.headers)))[0] == 200


async def test_a_group_counts_each_participant_once_and_is_never_overdue(dsn: str, tmp_path: Path) -> None:
    heard = [GROUP | {"status": "delivered", "recipient_participant_id": person} for person in PEOPLE]
    async with running_app(dsn, tmp_path) as one:
        await post_twice(one, notification({"statuses": [GROUP]}), notification({"statuses": heard}))
        sent = ROUTE | {"direction": "outbound"}
        await one.shows(2, "comms_messages_total", **sent, status="delivered")
        await one.shows(1, "comms_messages_total", **sent, status="sent")
        assert {row[0] for row in await one.rows("SELECT status FROM messages")} == {"delivered"}


async def test_an_answer_and_a_wish_count_once(dsn: str, tmp_path: Path) -> None:
    pressed = INBOUND | {"type": "button", "context": {"id": STATUS["id"]}}
    wish = {"user_preferences": [{"value": "stop", "timestamp": 1755000000}]}
    async with running_app(dsn, tmp_path) as one:
        await post_twice(one, notification({"messages": [pressed]}), notification(wish, "user_preferences"))
        engaged = {"tenant": "default", "channel": "whatsapp", "actor": "human"}
        await one.shows(1, "comms_engagements_total", **engaged, action="click")
        await one.shows(1, "comms_engagements_total", **engaged, action="opt_out")
        await one.shows(1, "comms_messages_total", **ROUTE, direction="inbound", status="received")
        assert await one.rows("SELECT count(*) FROM events") == [(3,)]


async def test_news_is_shown_under_the_alias_of_our_number(dsn: str, tmp_path: Path) -> None:
    sources = settings()["sources"]
    sources["whatsapp"]["senders"] = {METADATA["display_phone_number"]: "support"}
    quality = {"display_phone_number": METADATA["display_phone_number"], "event": "FLAGGED"}
    limited = notification(
        quality | {"current_limit": "TIER_2K"}, "phone_number_quality_update", time=1755000000
    )
    endless = notification({"max_daily_conversations_per_business": -1}, "business_capability_update")
    async with running_app(dsn, tmp_path, sources=sources) as one:
        await post_twice(one, limited, endless)
        await one.shows(2_000, "comms_whatsapp_messaging_limit", tenant="default", sender="support")
        await one.shows(float("inf"), "comms_whatsapp_messaging_limit", tenant="default", sender="waba:1")
        red = {"tenant": "default", "scope": "number", "name": "support", "quality": "red"}
        await one.shows(1, "comms_whatsapp_quality", **red)
        assert METADATA["display_phone_number"] not in await one.page()
