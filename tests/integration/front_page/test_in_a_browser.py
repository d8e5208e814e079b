"""The page as Chromium shows it: accessible, by keyboard, on a phone, without a script, and up to date.

axe-core 4.10.3 (npm, MPL-2.0) is in tests/data/axe-core, so that no test needs a network.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.integration.api.asking import TENANT_ADMIN, Api, token
from tests.integration.front_page.looking import BAD_SMS_SENT, busy, step
from tests.integration.waiting import until

AXE = (Path(__file__).parents[2] / "data" / "axe-core" / "axe.min.js").read_text()
_errors: list[str] = []
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, which root may run without its sandbox only; its pages must raise no error."""
    _errors.clear()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        yield browser
        await browser.close()
    assert [error for error in _errors if not _is_expected(error)] == []


async def opened(browser: Browser, api: Api, path: str = "/", **context: Any) -> Page:
    """The page in a window of its own."""
    page = await (await browser.new_context(**context)).new_page()
    page.on("pageerror", lambda error: _errors.append(str(error)))
    page.on("console", lambda message: _errors.append(message.text) if message.type == "error" else None)
    await page.goto(api.one.url + path)
    return page


def _is_expected(error: str) -> bool:
    """Chromium reports each 401 and each request that nobody answers as an error."""
    return "401 (Unauthorized)" in error or "net::ERR_" in error


async def violations(page: Page) -> list[str]:
    """What axe-core finds, best practices included: rule and element."""
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run()")
    assert len(found["passes"]) > 10
    return [f"{rule['id']}: {node['html']}" for rule in found["violations"] for node in rule["nodes"]]


async def width_beyond(page: Page) -> int:
    return int(
        await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, open_page: Api, theme: str, size: dict[str, int]
) -> None:
    await busy(open_page)
    page = await opened(browser, open_page, viewport=size, color_scheme=theme)
    await expect(page.get_by_role("heading", name="whatsapp")).to_be_visible()
    assert await violations(page) == []
    assert await width_beyond(page) == 0


async def test_the_two_themes_differ(browser: Browser, open_page: Api) -> None:
    papers = set()
    for theme in ("light", "dark"):
        page = await opened(browser, open_page, color_scheme=theme)
        papers.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(papers) == 2


async def test_by_keyboard_alone(browser: Browser, open_page: Api) -> None:
    await busy(open_page)
    page = await opened(browser, open_page)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Time")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await page.keyboard.type("globex")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Show")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/?range=7d&tenant=globex")
    await expect(page.get_by_label("Tenant")).to_have_value("globex")
    await expect(page.get_by_role("heading", name="email")).to_be_visible()


async def test_the_skip_link_leads_to_the_content(browser: Browser, open_page: Api) -> None:
    page = await opened(browser, open_page)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()


async def test_without_a_script_everything_is_there_and_can_be_chosen(
    browser: Browser, open_page: Api
) -> None:
    await busy(open_page)
    page = await opened(browser, open_page, java_script_enabled=False)
    await expect(page.locator("data[data-figure='sms/attempted']")).to_have_attribute("value", "48")
    await page.get_by_label("Time").select_option("30d")
    await page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/?range=30d&tenant=")
    await expect(page.get_by_role("button", name="Pause updates")).to_have_count(0)
    await page.get_by_text("All messages since the ledger began").click()
    await expect(page.locator("data[data-figure='acme/sms/twilio/outbound/sent']")).to_have_text(
        str(BAD_SMS_SENT)
    )


async def test_numbers_move_without_a_reload_until_they_are_paused(browser: Browser, open_page: Api) -> None:
    page = await opened(browser, open_page)
    await page.evaluate("window.never_reloaded = true")
    await busy(open_page)
    await expect(page.locator("data[data-figure='sms/received']")).to_have_attribute(
        "value", "5", timeout=20_000
    )
    assert await page.evaluate("window.never_reloaded")
    await page.get_by_role("button", name="Pause updates").click()
    await expect(page.locator("#updated")).to_have_text("Paused")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await open_page.one.events(step("received", 999))
    await page.wait_for_timeout(7_000)  # more than one turn of the script
    assert asked == []


async def test_the_script_says_when_nobody_answers(browser: Browser, open_page: Api) -> None:
    page = await opened(browser, open_page)
    await page.route("**/*", lambda route: route.abort())
    await expect(page.locator("#updated")).to_have_text("Not updated: no answer", timeout=15_000)


async def test_an_open_table_stays_open_and_the_focus_where_it_is(browser: Browser, open_page: Api) -> None:
    page = await opened(browser, open_page)
    await page.get_by_text("All messages since the ledger began").click()
    await busy(open_page)
    sent = page.locator("data[data-figure='acme/sms/twilio/outbound/sent']")
    await expect(sent).to_be_visible(timeout=20_000)
    await expect(page.locator("summary")).to_be_focused()


async def test_logging_in_and_out(browser: Browser, closed_page: Api) -> None:
    await busy(closed_page)
    page = await opened(browser, closed_page)
    assert await violations(page) == []
    await page.get_by_label("Token").fill("wrong")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_label("Token").fill(token(TENANT_ADMIN))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("tenant admin of acme")).to_be_visible()
    assert await page.evaluate("document.cookie") == ""
    assert await violations(page) == []
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("Token")).to_be_visible()


async def test_a_session_that_ends_asks_for_a_token(browser: Browser, closed_page: Api) -> None:
    page = await opened(browser, closed_page)
    await page.get_by_label("Token").fill(token(TENANT_ADMIN))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("tenant admin of acme")).to_be_visible()
    await page.context.clear_cookies()
    await expect(page.get_by_label("Token")).to_be_visible(timeout=15_000)


async def test_pictures_for_people(browser: Browser, open_page: Api, tmp_path: Path) -> None:
    """Written where pytest keeps its temporary files, to be looked at."""
    await busy(open_page)

    async def has_money() -> bool:
        text = (await open_page.one.get("/"))[1]
        return 'data-figure="money//month" value="0.316' in text

    await until(has_money)
    for theme in ("light", "dark"):
        for name, size in (("phone", PHONE), ("desk", DESK)):
            page = await opened(browser, open_page, viewport=size, color_scheme=theme)
            picture = tmp_path / f"{name}-{theme}.png"
            await page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 10_000
