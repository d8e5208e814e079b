"""A page while Twilio fails: it is not lost, not sent twice, and nobody's number shows."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.integration.fake_carriers import DOWN, REFUSED, FakeCarriers
from tests.integration.fake_twilio import FAILURES
from tests.integration.paging import ALICE, ALICE_2, BOB, TOKEN, alice, execute, group, paging

LOGGERS = ("exporter", "twilio", "aiosmtplib")
"""Of the exporter; the fake Twilio logs what it is asked."""


@pytest.mark.parametrize("failure", sorted(FAILURES))
async def test_when_twilio_fails_alertmanager_is_told_to_come_back_and_then_nobody_is_paged_twice(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, failure: str
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        carriers.trouble = FAILURES[failure]
        assert await one.alert(group()) == 503
        carriers.trouble = None
        await one.until_texts(ALICE)
        assert await one.alert(group()) == 200
        assert len(carriers.messages) == 1


async def test_an_sms_whose_answer_was_lost_is_found_and_not_sent_again(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        carriers.loses_answers = True
        # 200 where the leader's look has lost the answer already, and this one has found the SMS.
        assert await one.alert(group()) in (200, 503)
        carriers.loses_answers = False
        await one.until_counted("sms", "sent")
        assert len(carriers.messages) == 1
        assert await one.pages("sms", "unsure") == carriers.looked_up == 1


async def test_an_sms_that_said_the_same_earlier_that_day_is_not_taken_for_one_whose_answer_was_lost(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group(at="1"))
        carriers.messages[0]["date_sent"] = format_datetime(datetime.now(UTC) - timedelta(minutes=5))
        carriers.trouble = DOWN
        assert await one.alert(group(at="2")) == 503
        carriers.trouble = None
        await one.until_texts(ALICE, 2)
        assert carriers.looked_up > 0


async def test_a_replica_that_died_before_it_sent_is_replaced_by_the_next_look(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        carriers.trouble = DOWN
        assert await one.alert(group()) == 503
        # As a process leaves it that dies with a request to Twilio on the way.
        carriers.trouble = None
        await execute(
            dsn,
            "UPDATE page_steps SET claimed_at = now() - interval '31 s', unsure_tries = 1 WHERE sent_at IS NULL",
        )
        await one.until_texts(ALICE)
        assert len(carriers.messages) == 1


async def test_a_number_that_twilio_refuses_is_passed_over_at_once(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        carriers.refused = {ALICE}
        assert await one.alert(group()) == 200
        assert [sent["to"] for sent in carriers.messages] == [ALICE_2]
        assert await one.pages("sms", "failed") == 1


async def test_when_twilio_stays_away_a_mail_goes_out_and_later_one_sms(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, alice(), patience_s="300ms") as one:
        carriers.trouble = DOWN
        assert await one.alert(group()) == 503
        await one.until_counted("email", "sent")
        (mail,) = carriers.mails
        assert (mail["To"], mail["Subject"]) == ("alice@oncall.example.com", "[PAGE] MessageErrorRatioHigh")
        assert "Too many messages fail" in mail.get_payload()
        carriers.trouble = None
        await one.until_texts(ALICE)
        assert await one.alert(group()) == 200
        assert [sent["to"] for sent in carriers.messages] == [ALICE]


async def test_no_number_or_address_of_a_person_shows_anywhere(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with paging(dsn, tmp_path, carriers, patience_s="300ms") as one:
        carriers.failures = [REFUSED, FAILURES["503_html"]]
        await one.alert(group())
        await one.until_counted("email", "sent")
        await one.until_texts(BOB)
        stored = await one.app.rows("SELECT row_to_json(pages)::text FROM pages")
        stored += await one.app.rows("SELECT row_to_json(page_steps)::text FROM page_steps")
        page = await one.app.page()
    ours = [record.getMessage() for record in caplog.records if record.name.split(".")[0] in LOGGERS]
    said = " ".join([*ours, page, str(stored)])
    assert "alice" in said
    for secret in (ALICE, ALICE_2, BOB, "alice@oncall", TOKEN):
        assert secret.removeprefix("+") not in said
