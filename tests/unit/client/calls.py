"""Calls of the client, what it has sent for them, and a row of the exporter's answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import exporter.client
from exporter.client import Client
from tests.unit.stand_in import StandIn

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
CALLS = [name for name in exporter.client.__all__ if name.startswith(("track_", "get_"))]
ROW = {
    "message_id": "m1",
    "channel": "sms",
    "provider": "app",
    "message_type": None,
    "status": "read",
    "sent_at": "2026-11-20T10:00:00+00:00",
    "delivered_at": None,
    "opened_at": None,
    "cost_usd": "0.05",
    "added_later": 1,
}


def sent(client: Client, server: StandIn) -> list[dict[str, Any]]:
    assert client.flush()
    return server.events


def track(client: Client, number: int) -> None:
    for at in range(number):
        assert client.track_message_sent(at, "sms")
