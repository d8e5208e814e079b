"""Notifications by mail: what a mail says, how it is sent, and what the answer of a server comes to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from exporter.config import SmtpConfig
from exporter.notifications.mail import Mail
from tests.integration.fake_mail_server import FakeMailServer
from tests.integration.notification_desk import ANN, BOB, EMAIL, Desk


@asynccontextmanager
async def mail_to(desk: Desk, **smtp: Any) -> AsyncIterator[FakeMailServer]:
    async with FakeMailServer().running() as server:
        about = {
            "host": "127.0.0.1",
            "port": server.port,
            "from_email": "no-reply@ops.example",
            "use_tls": False,
        }
        desk.carriers[EMAIL] = Mail(SmtpConfig.model_validate({**about, **smtp}))
        yield server


async def test_a_mail_is_plain_text_from_us_and_can_be_recognised_when_it_comes_twice(desk: Desk) -> None:
    await desk.wish()
    await desk.tell(title="Low Credits", message="500 credits")
    async with mail_to(desk) as server:
        await desk.run()
        await desk.ask("UPDATE notification_deliveries SET outcome = NULL, due_at = now() RETURNING 1")
        await desk.run()
    first, again = server.mails
    assert (first["From"], first["To"], first["Subject"]) == ("no-reply@ops.example", ANN, "Low Credits")
    assert (first.get_content_type(), first.get_payload().removesuffix(".\r\n").strip()) == (
        "text/plain",
        "500 credits",
    )
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Message-ID"] == again["Message-ID"]
    assert "ann" not in first["Message-ID"]


async def test_a_mail_is_sent_once_and_counted(desk: Desk) -> None:
    await desk.wish()
    await desk.tell()
    async with mail_to(desk) as server:
        for _ in range(3):
            await desk.run()
    assert len(server.mails) == 1
    assert (desk.count("success"), desk.count("success", "in_app")) == (1, 1)
    assert await desk.outcomes() == ["success"]


async def test_a_server_without_tls_is_told_nothing_when_tls_is_asked_for(desk: Desk) -> None:
    await desk.wish()
    await desk.tell()
    async with mail_to(desk, use_tls=True, username="u", password="canary-password") as server:
        await desk.run()
    assert server.mails == []
    assert set(server.words) <= {"EHLO", "QUIT", "STARTTLS"}
    assert desk.count("retry") == 1


@pytest.mark.parametrize(
    ("answer", "outcome"), [("550 no such user", "refused"), ("450 greylisted", "retry")]
)
async def test_the_answer_to_an_address_decides(desk: Desk, answer: str, outcome: str) -> None:
    await desk.wish()
    await desk.wish("bob", BOB)
    await desk.tell()
    await desk.tell("bob")
    async with mail_to(desk) as server:
        server.answers[ANN] = answer
        await desk.run()
    assert [mail["To"] for mail in server.mails] == [BOB]
    assert (desk.count(outcome), desk.count("success")) == (1, 1)


async def test_no_address_is_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    await desk.wish()
    await desk.tell()
    async with mail_to(desk) as server:
        server.answers[ANN] = f"550 {ANN} is unknown"
        await desk.run()
    assert "refused" in caplog.text
    assert ANN not in caplog.text
