"""Messages of a user by pages: every message once, nobody else's, nothing of what was said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exporter.api import cursor
from exporter.errors import Refusal
from exporter.ledger.message_pages import Place
from tests.integration.api.asking import ADMIN, FOREIGN, TENANT_ADMIN, USER, Api

PATH = "/api/v1/messages"
NOW = datetime.now(UTC)


def step(name: str, status: str = "sent", **fields: Any) -> dict[str, Any]:
    route = {"channel": "sms", "provider": "twilio", "direction": "outbound"}
    known = {"kind": "message", "tenant": "acme", "user": "42", "at": NOW.isoformat(), **route}
    return known | {"status": status, "message_id": name} | fields


async def told(api: Api, *events: dict[str, Any]) -> None:
    status, answer = await api.one.events(*events)
    assert (status, answer.get("rejected")) == (200, []), answer


async def test_pages_together_are_the_whole_each_message_once(api: Api) -> None:
    """Several share a moment, so that pages end between them."""
    events = [step(f"m{n:02}", at=(NOW - timedelta(minutes=n // 4)).isoformat()) for n in range(23)]
    await told(api, *events)
    found: list[str] = []
    query: dict[str, Any] = {"limit": 5}
    while True:
        page = await api.get(PATH, **query)
        found += [one["message_id"] for one in page["messages"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert sorted(found) == [f"m{n:02}" for n in range(23)]
    assert found == sorted(found, key=lambda name: (-(int(name[1:]) // 4), name), reverse=True)


async def test_a_message_tells_its_life(api: Api) -> None:
    await told(api, step("m1", cost_usd="0.05", message_type="reminder"), step("m1", "delivered"))
    (one,) = (await api.get(PATH))["messages"]
    assert (one["status"], one["cost_usd"], one["message_type"]) == ("delivered", 0.05, "reminder")
    assert one["delivered_at"] is not None
    assert not {"peer", "to", "from", "text", "body"} & one.keys()


async def test_nobody_sees_the_messages_of_another(api: Api) -> None:
    await told(api, step("m1"), step("m2", user="7"), step("m3", tenant="globex"))
    assert [one["message_id"] for one in (await api.get(PATH, USER))["messages"]] == ["m1"]
    assert [one["message_id"] for one in (await api.get(PATH, FOREIGN))["messages"]] == ["m3"]
    assert await api.refused(PATH, USER, user="7") == (403, "forbidden")


async def test_an_administrator_names_the_user(api: Api) -> None:
    await told(api, step("m1"), step("m2", user="7"))
    assert [one["message_id"] for one in (await api.get(PATH, TENANT_ADMIN, user="7"))["messages"]] == ["m2"]
    assert await api.refused(PATH, TENANT_ADMIN) == (400, "bad_parameter")
    assert await api.refused(PATH, ADMIN, user="7") == (400, "bad_parameter")


async def test_a_channel_of_ones_own(api: Api) -> None:
    await told(api, step("m1"), step("m2", channel="email"))
    assert [one["message_id"] for one in (await api.get(PATH, channel="email"))["messages"]] == ["m2"]
    assert await api.refused(PATH, channel="pigeon") == (400, "bad_parameter")


@pytest.mark.parametrize("text", ["", "x", "%%%", "bm90IGpzb24", "W10", "WyIyMDI2Il0", "é", "A" * 2_000])
async def test_a_broken_cursor_is_refused(api: Api, text: str) -> None:
    assert await api.refused(PATH, cursor=text) == (400, "bad_parameter")


def test_a_cursor_is_what_was_written() -> None:
    place = Place(NOW, "SM+/=é")
    assert cursor.read(cursor.written(place)) == place


def test_a_cursor_without_a_zone_is_none_of_ours() -> None:
    with pytest.raises(Refusal):
        cursor.read(cursor.written(Place(NOW.replace(tzinfo=None), "x")))
