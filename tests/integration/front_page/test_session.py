"""Who may see the page: everybody where no keys are configured, else who has a token, and of that tenant only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import pytest

from exporter.api.token import made
from exporter.front_page.session import COOKIE
from tests.integration.api.asking import ADMIN, CONFIG, FOREIGN, TENANT_ADMIN, USER, Api, Told, token
from tests.integration.front_page.looking import busy, seen, told

OWN_SITE = {"Sec-Fetch-Site": "same-origin"}


async def post(api: Api, path: str, headers: dict[str, str], **form: str) -> Told:
    async with api.one.session.post(
        api.one.url + path, data=form, headers=headers, allow_redirects=False
    ) as answer:
        return Told(answer.status, dict(answer.headers), await answer.read())


def cookie(answer: Told) -> Morsel[str]:
    return SimpleCookie(answer.headers["Set-Cookie"])[COOKIE]


async def test_without_keys_everybody_sees_what_metrics_shows(open_page: Api) -> None:
    page = await seen(open_page)
    assert "Log out" not in page.text
    assert "Tenant" in page.text


async def test_with_keys_nobody_sees_anything_without_a_token(closed_page: Api) -> None:
    await busy(closed_page)
    answer = await told(closed_page)
    assert answer.status == 401
    assert b'name="token"' in answer.body
    assert b"acme" not in answer.body


async def test_a_token_that_is_sent_by_the_form_opens_the_page_of_its_tenant(closed_page: Api) -> None:
    await busy(closed_page)
    answer = await post(closed_page, "/login", OWN_SITE, token=token(TENANT_ADMIN))
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    kept = cookie(answer)
    assert kept["httponly"]
    assert kept["samesite"] == "Strict"
    assert not kept["secure"]
    assert kept["max-age"] == kept["expires"] == ""
    page = await seen(closed_page, TENANT_ADMIN)
    assert "tenant admin of acme" in page.text
    assert "sms/attempted" in page.figures
    assert "email/attempted" not in page.figures
    assert "globex" not in page.html


async def test_over_https_the_cookie_stays_there(closed_page: Api) -> None:
    headers = {**OWN_SITE, "Origin": "https://comms.example"}
    assert cookie(await post(closed_page, "/login", headers, token=token(USER)))["secure"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout"])
async def test_a_form_of_another_site_does_nothing(
    closed_page: Api, path: str, headers: dict[str, str]
) -> None:
    answer = await post(closed_page, path, headers, token=token(USER))
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers


async def test_an_old_browser_says_its_origin_only(closed_page: Api) -> None:
    answer = await post(closed_page, "/login", {"Origin": closed_page.one.url}, token=token(USER))
    assert answer.status == 303


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c", "x" * 4_000, "é"])
async def test_what_is_no_token_is_said_and_not_repeated(closed_page: Api, wrong: str) -> None:
    answer = await post(closed_page, "/login", OWN_SITE, token=wrong)
    assert answer.status == 401
    assert b'role="alert"' in answer.body
    assert len(wrong) < 4 or wrong.encode() not in answer.body


async def test_an_expired_token_asks_again(closed_page: Api) -> None:
    old = made(CONFIG, TENANT_ADMIN, datetime.now(UTC) - timedelta(hours=2), timedelta(hours=1))
    answer = await closed_page.ask("GET", "/", None, headers={"Cookie": f"{COOKIE}={old}"})
    assert answer.status == 401
    assert b"the token has expired" in answer.body


async def test_a_huge_form_is_refused(closed_page: Api) -> None:
    answer = await post(closed_page, "/login", OWN_SITE, token="x" * 20_000)
    assert answer.status == 413


async def test_logging_out_forgets_the_token(closed_page: Api) -> None:
    answer = await post(closed_page, "/logout", OWN_SITE)
    assert answer.status == 303
    assert cookie(answer)["max-age"] == "0"


async def test_the_cookie_opens_no_endpoint_of_the_api(closed_page: Api) -> None:
    headers = {"Cookie": f"{COOKIE}={token(ADMIN)}"}
    assert (await closed_page.ask("GET", "/api/v1/me", None, headers=headers)).status == 401


async def test_a_proxy_may_have_its_own_password_in_front(closed_page: Api) -> None:
    headers = {"Cookie": f"{COOKIE}={token(USER)}", "Authorization": "Basic cHJveHk6cHJveHk="}
    assert (await closed_page.ask("GET", "/", None, headers=headers)).status == 200


async def test_a_program_may_send_the_header_alone(closed_page: Api) -> None:
    assert (await closed_page.ask("GET", "/", USER)).status == 200


async def test_another_tenant_may_be_chosen_by_admins_only(closed_page: Api) -> None:
    await busy(closed_page)
    assert "email/attempted" in (await seen(closed_page, ADMIN, tenant="globex")).figures
    for caller in (USER, TENANT_ADMIN, FOREIGN):
        other = "acme" if caller is FOREIGN else "globex"
        answer = await told(closed_page, caller, tenant=other)
        assert (answer.status, answer.json["reason"]) == (403, "foreign_tenant")


async def test_a_user_sees_own_numbers_and_no_money(closed_page: Api) -> None:
    await busy(closed_page)
    page = await seen(closed_page, FOREIGN)  # user 42 of globex, whose mails are of user 9
    assert page.figures.keys() <= {"lag_events", "unread"}
    assert "Money" not in page.texts
    assert "Alerts" not in page.texts
    mine = await seen(closed_page, USER)
    assert "sms/attempted" in mine.figures
    assert (await told(closed_page, USER, range="24h")).status == 400


@pytest.mark.parametrize(
    "query", [{"range": "14d"}, {"range": "<b>"}, {"tenant": "x" * 129}, {"tenant": "\x01"}]
)
async def test_what_cannot_be_shown_is_a_400(open_page: Api, query: dict[str, str]) -> None:
    answer = await told(open_page, **query)
    assert (answer.status, answer.json["reason"]) == (400, "bad_parameter")


async def test_the_page_lets_nothing_in_from_elsewhere(open_page: Api, tmp_path: Path) -> None:
    answer = await told(open_page)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    for word in ("<style", " style=", " onclick=", "http://", "https://"):
        assert word not in answer.body.decode().replace(open_page.one.url, "")


async def test_assets_are_kept_for_ever_under_names_of_what_is_in_them(open_page: Api) -> None:
    page = await seen(open_page)
    paths = [word for word in page.html.split('"') if word.startswith("/assets/")]
    assert sorted(path.rpartition(".")[2] for path in paths) == ["css", "js", "svg"]
    for path in paths:
        answer = await open_page.ask("GET", path, None)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        again = {"If-None-Match": answer.headers["Etag"]}
        assert (await open_page.ask("GET", path, None, headers=again)).status == 304
    assert (await open_page.ask("GET", "/assets/page.css", None)).status == 404
