"""A group of alerts becomes one SMS a person, whatever fails, and whoever is told of it how often."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from exporter.segments import segments
from exporter.vocabulary import Encoding
from tests.integration.fake_carriers import DOWN, REFUSED, FakeCarriers
from tests.integration.fake_twilio import FAILURES
from tests.integration.paging import (
    ALICE,
    ALICE_2,
    AUTHORIZATION,
    BOB,
    TOKEN,
    alice,
    bob,
    execute,
    group,
    paging,
)
from tests.integration.running_app import running_app
from tests.integration.waiting import until

LOGGERS = ("exporter", "twilio", "aiosmtplib")
"""Of the exporter; the fake Twilio logs what it is asked."""
FIXTURE = json.loads((Path(__file__).parents[1] / "data/alertmanager/webhook_payloads.json").read_text())


@pytest.fixture
async def carriers() -> AsyncIterator[FakeCarriers]:
    async with FakeCarriers().running() as running:
        yield running


async def test_a_group_is_one_sms_to_each_person_of_the_first_level(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, alice(), bob(level=1)) as one:
        assert await one.alert(group("acme", "globex")) == 200
        assert [sent["to"] for sent in carriers.messages] == [ALICE, BOB]
        expected = "FIRING MessageErrorRatioHigh x2 (delivery): Too many messages fail. acme sms, globex sms Reply ACK."
        assert {sent["body"] for sent in carriers.messages} == {expected}
        assert await one.pages("sms", "sent") == 2


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: case["id"])
async def test_recorded_notifications_are_taken(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, case: dict[str, Any]
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        status, _ = await one.app.post("/alerts", case["body"], AUTHORIZATION)
        assert status == 200
        assert len(carriers.messages) == (0 if case["id"] == "resolved" else 1)


async def test_the_same_group_ten_times_is_one_sms(dsn: str, tmp_path: Path, carriers: FakeCarriers) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        assert set(await asyncio.gather(*(one.alert(group()) for _ in range(10)))) == {200}
        assert len(carriers.messages) == 1


async def test_two_replicas_that_are_told_at_once_send_one_sms(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    (tmp_path / "b").mkdir()
    async with paging(dsn, tmp_path, carriers) as one, paging(dsn, tmp_path / "b", carriers) as other:
        answers = await asyncio.gather(*(each.alert(group()) for each in (one, other) * 5))
        assert set(answers) == {200}
        assert len(carriers.messages) == 1


async def test_some_of_the_same_alerts_are_nothing_new_and_one_more_alert_is(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group("acme", "globex"))
        await one.alert(group("globex"))
        assert len(carriers.messages) == 1
        await one.alert(group("acme", "globex", "initech"))
        assert len(carriers.messages) == 2


async def test_an_alert_that_began_anew_pages_anew(dsn: str, tmp_path: Path, carriers: FakeCarriers) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group(at="1"))
        await one.alert(group(at="2"))
        assert len(carriers.messages) == 2


async def test_a_reminder_of_alertmanager_pages_again(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        await execute(dsn, "UPDATE pages SET opened_at = opened_at - interval '31 minutes'")
        await one.alert(group())
        assert len(carriers.messages) == 2


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


async def test_many_groups_at_once_are_folded_and_none_is_forgotten(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    names = [f"AlertWithALongName{number}" for number in range(30)]
    async with paging(dsn, tmp_path, carriers, bob(), storm_sms=2, storm_s="2s") as one:
        answers = await asyncio.gather(*(one.alert(group(name=name)) for name in names))
        assert set(answers) == {200}

        async def all_told() -> bool:
            return not await one.app.rows("SELECT 1 FROM page_steps WHERE sent_at IS NULL")

        await until(all_told)
        assert len(carriers.messages) <= 6
        folded = max(carriers.texts_to(BOB), key=len)
        assert "pages" in folded
        assert " more" in folded
        for text in carriers.texts_to(BOB):
            counted = segments(text)
            assert (counted.encoding, counted.number <= 2) == (Encoding.GSM7, True)


async def test_the_end_is_told_once_to_those_who_were_woken(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        for _ in range(3):
            assert await one.alert(group(status="resolved")) == 200
        _, end = carriers.texts_to(ALICE)
        assert end == "RESOLVED MessageErrorRatioHigh (delivery): Too many messages fail. acme sms"
        assert len(carriers.messages) == 2


async def test_who_is_being_told_when_the_group_ends_is_told_of_the_end_after_it(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    carriers.answers.clear()
    async with paging(dsn, tmp_path, carriers) as one:
        telling = asyncio.create_task(one.alert(group()))
        await one.until_texts(ALICE)
        ending = asyncio.create_task(one.alert(group(status="resolved")))

        async def is_over() -> bool:
            return await one.app.rows("SELECT 1 FROM pages WHERE status = 'resolved'") != []

        await until(is_over)
        carriers.answers.set()
        assert (await telling, await ending) == (200, 200)
        await one.until_texts(ALICE, 2)
        assert [text.split()[0] for text in carriers.texts_to(ALICE)] == ["FIRING", "RESOLVED"]


async def test_the_end_is_told_also_to_those_who_only_heard_of_an_earlier_page_of_the_group(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, alice(), bob()) as one:
        await one.alert(group("acme"))
        await one.receipt(carriers.messages[0], "delivered")
        await execute(
            dsn, "INSERT INTO page_steps (page_id, person, way, channel) VALUES (1, 'bob', 0, 'sms')"
        )
        await one.until_texts(BOB)
        await one.alert(group("acme", "globex"))
        for _ in range(2):
            await one.alert(group("acme", "globex", status="resolved"))
        await one.until_texts(ALICE, 3)
        assert [text.split()[0] for text in carriers.texts_to(BOB)] == ["FIRING", "RESOLVED"]


async def test_the_end_of_what_nobody_heard_of_is_told_to_nobody(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        assert await one.alert(group(status="resolved")) == 200
        carriers.trouble = DOWN
        assert await one.alert(group()) == 503
        assert await one.alert(group(status="resolved")) == 200
        await until(one.is_idle)
        carriers.trouble = None
        await one.alert(group(name="Other"))
        assert len(carriers.messages) == 1


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        ("Basic " + base64.b64encode(f"alertmanager:{TOKEN}".encode()).decode(), 200),
        (f"Bearer {TOKEN}x", 401),
        ("Basic " + base64.b64encode(f"{TOKEN}:wrong".encode()).decode(), 401),
        ("Basic not-base64", 401),
        ("Digest x", 401),
        ("", 401),
    ],
)
async def test_only_who_has_the_token_may_wake_people(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, authorization: str, status: int
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        assert await one.alert(group(), Authorization=authorization) == status
        assert len(carriers.messages) == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"status":"firing"}',
        json.dumps({**group(), "status": "burning"}),
        json.dumps({**group(), "alerts": []}),
    ],
)
async def test_what_can_never_page_is_answered_400(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, body: str
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        status, text = await one.app.post("/alerts", body, AUTHORIZATION)
        assert status == 400
        assert json.loads(text)["reason"]
        assert carriers.messages == []


async def test_labels_may_hold_what_a_database_may_not(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    strange = group("a\0b")
    strange["groupLabels"]["tenant"] = "a\0b"
    strange["groupKey"] = "\0"
    body = json.dumps(strange).replace("Too many", "\\ud800")
    async with paging(dsn, tmp_path, carriers) as one:
        assert (await one.app.post("/alerts", body, AUTHORIZATION))[0] == 200
        assert len(carriers.messages) == 1


async def test_without_people_alertmanager_is_told_to_come_back(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as app:
        assert (await app.post("/alerts", json.dumps(group())))[0] == 503


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
