"""/api/v1/notifications as documented: written by administrators, read and put away by those whom they are for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from exporter.api.caller import Caller, Role
from exporter.ledger.reader import Reader
from tests.integration.api.asking import ADMIN, FOREIGN, TENANT_ADMIN, USER, Api

PATH = "/api/v1/notifications"
MAINTENANCE = {"type": "info", "title": "System Maintenance", "message": "Scheduled maintenance, 2-4 AM UTC"}
COLLEAGUE = Caller("43", Role.USER, "acme")


async def tell(api: Api, tenant: str | None = "acme", **fields: Any) -> dict[str, Any]:
    """Write a notification as an administrator."""
    headers = {} if tenant is None else {"X-Tenant-Id": tenant}
    told = await api.ask("POST", PATH, ADMIN, body={**MAINTENANCE, **fields}, headers=headers)
    assert told.status == 200, told.body
    answer: dict[str, Any] = told.json
    return answer


async def titles(api: Api, caller: Caller = USER, **query: Any) -> list[str]:
    return [one["title"] for one in (await api.get(PATH, caller, **query))["notifications"]]


async def unread(api: Api, caller: Caller = USER) -> int:
    number: int = (await api.get(f"{PATH}/unread-count", caller))["unread_count"]
    return number


async def refusal(api: Api, body: Any, **headers: str) -> tuple[int, str]:
    told = await api.ask("POST", PATH, ADMIN, body=body, headers={"X-Tenant-Id": "acme", **headers})
    return told.status, told.json["reason"]


async def test_the_answer_to_a_new_notification_is_as_documented(api: Api) -> None:
    body = {**MAINTENANCE, "user_id": "42", "send_email": True, "send_webhook": False}
    told = await api.ask("POST", PATH, ADMIN, body=body, headers={"X-Tenant-Id": "acme"})
    made = told.json
    assert {name: made[name] for name in MAINTENANCE} == MAINTENANCE
    assert (made["user_id"], made["data"], made["is_read"], made["read_at"]) == ("42", None, False, None)
    assert datetime.fromisoformat(made["created_at"]).tzinfo == UTC


async def test_the_list_is_as_documented(api: Api) -> None:
    made = await tell(api, user_id="42", data={"credits_remaining": 500})
    assert await api.get(PATH) == {"notifications": [made], "total": 1, "limit": 50, "offset": 0}
    assert made["data"] == {"credits_remaining": 500}


async def test_only_administrators_write(api: Api) -> None:
    for caller in (USER, TENANT_ADMIN):
        told = await api.ask("POST", PATH, caller, body=MAINTENANCE)
        assert (told.status, told.json["reason"]) == (403, "forbidden")


async def test_a_user_reads_what_is_theirs_their_tenants_and_everybodys_and_nothing_else(api: Api) -> None:
    await tell(api, user_id="42", title="yours")
    await tell(api, user_id="43", title="a colleague's")
    await tell(api, title="the tenant's")
    await tell(api, None, title="everybody's")
    await tell(api, "globex", user_id="42", title="of a namesake elsewhere")
    await tell(api, "globex", title="another tenant's")
    assert await titles(api) == ["everybody's", "the tenant's", "yours"]
    assert await titles(api, COLLEAGUE) == ["everybody's", "the tenant's", "a colleague's"]
    assert await titles(api, FOREIGN) == ["another tenant's", "of a namesake elsewhere", "everybody's"]
    assert await titles(api, ADMIN) == ["everybody's"]


async def test_nobody_writes_to_a_user_of_no_tenant(api: Api) -> None:
    told = await api.ask("POST", PATH, ADMIN, body={**MAINTENANCE, "user_id": "42"})
    assert (told.status, told.json["reason"]) == (400, "bad_parameter")


async def test_reading_one_marks_it_for_the_reader_only(api: Api) -> None:
    shared = await tell(api)
    told = await api.ask("PUT", f"{PATH}/{shared['id']}/read")
    assert (told.status, told.json) == (200, {"message": "Notification marked as read"})
    assert (await unread(api), await unread(api, COLLEAGUE)) == (0, 1)
    (read,) = (await api.get(PATH))["notifications"]
    assert read["is_read"]
    assert read["read_at"] is not None


async def test_reading_one_twice_keeps_when_it_was_read_first(api: Api) -> None:
    one = await tell(api, user_id="42")
    await api.ask("PUT", f"{PATH}/{one['id']}/read")
    (first,) = (await api.get(PATH))["notifications"]
    assert (await api.ask("PUT", f"{PATH}/{one['id']}/read")).status == 200
    assert (await api.get(PATH))["notifications"] == [first]


async def test_reading_all_answers_how_many_were_unread(api: Api) -> None:
    for _ in range(5):
        await tell(api, user_id="42")
    read = await tell(api)
    await api.ask("PUT", f"{PATH}/{read['id']}/read")
    told = await api.ask("PUT", f"{PATH}/read-all")
    assert told.json == {"message": "Marked 5 notifications as read", "count": 5}
    assert (await api.ask("PUT", f"{PATH}/read-all")).json["count"] == 0
    assert await unread(api) == 0


async def test_what_is_put_away_is_gone_for_its_reader_only(api: Api) -> None:
    shared = await tell(api)
    told = await api.ask("DELETE", f"{PATH}/{shared['id']}")
    assert (told.status, told.body) == (204, b"")
    assert (await titles(api), await unread(api)) == ([], 0)
    assert await titles(api, COLLEAGUE) == ["System Maintenance"]
    assert (await api.ask("DELETE", f"{PATH}/{shared['id']}")).status == 404


@pytest.mark.parametrize(("method", "path"), [("PUT", "/read"), ("DELETE", "")])
async def test_nobody_touches_what_is_not_theirs(api: Api, method: str, path: str) -> None:
    one = await tell(api, user_id="42")
    for caller in (COLLEAGUE, FOREIGN, ADMIN):
        told = await api.ask(method, f"{PATH}/{one['id']}{path}", caller)
        assert (told.status, told.json["reason"]) == (404, "not_found")
    assert await unread(api) == 1


async def test_one_that_never_was_is_not_found(api: Api) -> None:
    assert (await api.ask("PUT", f"{PATH}/{uuid4()}/read")).status == 404
    assert (await api.ask("PUT", f"{PATH}/nonsense/read")).status == 400


async def test_the_list_is_filtered_and_paged(api: Api) -> None:
    for number in range(5):
        await tell(api, user_id="42", title=str(number), type="warning" if number % 2 else "error")
    assert await titles(api, type="warning") == ["3", "1"]
    assert await titles(api, limit=2, offset=1) == ["3", "2"]
    assert (await api.get(PATH, limit=1))["total"] == 5
    assert await api.get(PATH, offset=9) == {"notifications": [], "total": 5, "limit": 50, "offset": 9}
    first = (await api.get(PATH))["notifications"][0]
    await api.ask("PUT", f"{PATH}/{first['id']}/read")
    assert await titles(api, is_read="false") == ["3", "2", "1", "0"]
    assert await titles(api, is_read="true") == ["4"]


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 201}, {"limit": 10**30}, {"offset": -1}, {"offset": 10_001}, {"type": "loud"},
     {"is_read": "perhaps"}],
)  # fmt: skip
async def test_a_filter_that_makes_no_sense_is_refused(api: Api, query: dict[str, Any]) -> None:
    assert await api.refused(PATH, **query) == (400, "bad_parameter")


async def test_what_is_scheduled_is_not_seen_before_its_time(api: Api) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    made = await tell(api, user_id="42", deliver_at=later.isoformat())
    assert datetime.fromisoformat(made["deliver_at"]) == later
    assert (await titles(api), await unread(api)) == ([], 0)
    assert (await api.ask("PUT", f"{PATH}/{made['id']}/read")).status == 404
    await tell(api, user_id="42", title="at once", deliver_at="2020-01-01T00:00:00Z")
    await tell(api, user_id="42", title="long ago", deliver_at="0001-01-01T00:00:00+23:00")
    assert sorted(await titles(api)) == ["at once", "long ago"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "loud"},
        {"title": ""},
        {"title": " "},
        {"title": "two\nlines"},
        {"title": "x" * 256},
        {"title": "nul \x00"},
        {"message": ""},
        {"message": "bell \x07"},
        {"message": "x" * 4_001},
        {"data": {"number": 2**70}},
        {"data": {"text": "x" * 9_000}},
        {"data": [1]},
        {"user_id": ""},
        {"user_id": "nul \x00"},
        {"deliver_at": "2026-11-21T10:00:00"},
        {"deliver_at": "9999-01-01T00:00:00Z"},
        {"deliver_at": "9999-12-31T23:59:59-23:00"},
        {"send_pigeon": True},
    ],
    ids=str,
)
async def test_a_notification_that_cannot_be_kept_is_refused(api: Api, wrong: dict[str, Any]) -> None:
    assert await refusal(api, {**MAINTENANCE, **wrong}) == (400, "bad_body")


async def test_markup_comes_back_as_it_was_written(api: Api) -> None:
    text = "<script>alert(1)</script> {tenant} %s"
    await tell(api, user_id="42", title=text, message=f"{text}\nsecond line")
    (one,) = (await api.get(PATH))["notifications"]
    assert (one["title"], one["message"]) == (text, f"{text}\nsecond line")


async def test_a_user_says_how_to_be_told(api: Api) -> None:
    path = f"{PATH}/preferences"
    before = await api.get(path)
    assert before == {
        "email": None, "phone": None, "time_zone": "UTC", "quiet_hours": None,
        "types": {k: {"email": True, "webhook": True, "sms": False} for k in ("info", "warning", "error", "success")},
    }  # fmt: skip
    said = {
        **before,
        "email": "canary@example.com",
        "phone": "+15005550006",
        "time_zone": "Europe/Berlin",
        "quiet_hours": {"begin": "22:00", "end": "07:30"},
        "types": {**before["types"], "info": {"email": False, "webhook": True, "sms": True}},
    }
    assert (await api.ask("PUT", path, body=said)).json == said
    assert await api.get(path) == said
    assert await api.get(path, COLLEAGUE) == before
    assert (await api.ask("PUT", path, body={})).json == before
    assert await api.get(path) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "canary"},
        {"email": "a@b.example\r\nBcc: c@d.example"},
        {"email": "Name <a@b.example>"},
        {"email": "\u00fc@b.example"},
        {"email": "a@b.example."},
        {"email": "a" * 65 + "@b.example"},
        {"email": "a@b.example,c@d.example"},
        {"phone": "5005550006"},
        {"time_zone": "Moon/Crater"},
        {"quiet_hours": {"begin": "24:00", "end": "07:00"}},
        {"quiet_hours": {"begin": "22:00"}},
        {"types": {"loud": {}}},
        {"types": {"info": {"pigeon": True}}},
    ],
    ids=str,
)
async def test_a_wish_that_makes_no_sense_is_refused_without_its_value(
    api: Api, wrong: dict[str, Any]
) -> None:
    told = await api.ask("PUT", f"{PATH}/preferences", body=wrong)
    assert (told.status, told.json["reason"]) == (400, "bad_body")
    assert "b.example" not in told.json["detail"]


async def test_row_level_security_shows_a_tenant_its_own_and_what_is_for_everybody(api: Api) -> None:
    await tell(api, user_id="42")
    await tell(api, None)
    await tell(api, "globex")
    async with (
        Reader(api.one.dsn, size=1, statement_s=5).open() as reader,
        reader.of("globex") as connection,
    ):
        rows = await connection.fetch("SELECT tenant FROM notifications ORDER BY tenant")
        users = await connection.fetch("SELECT * FROM notification_users")
    assert ([row["tenant"] for row in rows], users) == (["", "globex"], [])
