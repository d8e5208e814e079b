"""What becomes of a page: receipts end its steps, silence moves it on, and an answer ends it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.integration.fake_carriers import FakeCarriers
from tests.integration.fake_twilio import ACCOUNT
from tests.integration.paging import ALICE, ALICE_2, BOB, SHORT, alice, bob, execute, group, paging
from tests.integration.waiting import until


async def test_a_page_that_is_delivered_wakes_nobody_else(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, patience_s="2s") as one:
        await one.alert(group())
        (sent,) = carriers.messages
        assert await one.receipt(sent, "sent") == 200
        assert await one.receipt(sent, "delivered") == 200
        await one.until_counted("sms", "delivered")
        assert await one.app.sample("comms_page_delivery_seconds_count", channel="sms") == 1
        assert await one.app.sample("comms_page_undelivered_seconds") is not None
        rows = await one.app.rows("SELECT outcome FROM page_steps")
        assert rows == [("delivered",)]


async def test_pages_are_messages_of_a_tenant_of_their_own(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        (sent,) = carriers.messages
        assert sent["callback"] == "https://exporter.example.com/webhooks/twilio?tenant=oncall"
        await one.receipt(sent, "delivered")
        route = {"channel": "sms", "provider": "twilio", "direction": "outbound", "status": "delivered"}

        async def is_counted() -> bool:
            return await one.app.sample("comms_messages_total", tenant="oncall", **route) == 1

        await until(is_counted)
        assert await one.app.sample("comms_messages_total", tenant="default", **route) == 0


async def test_receipts_are_found_where_the_account_has_a_tenant_as_well(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, tenants={ACCOUNT: "acme"}) as one:
        await one.alert(group())
        await one.receipt(carriers.messages[0], "delivered")
        await one.until_counted("sms", "delivered")
        assert await one.app.rows("SELECT tenant FROM messages") == [("oncall",)]


async def test_what_is_not_delivered_takes_one_way_after_the_other(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, patience_s=SHORT) as one:
        await one.alert(group())
        await one.until_texts(BOB)
        assert [sent["to"] for sent in carriers.messages] == [ALICE, ALICE_2, BOB]
        (call,) = carriers.calls
        assert call["to"] == ALICE
        assert '<Say loop="2">This is the comms exporter. FIRING MessageErrorRatioHigh' in call["twiml"]
        assert len(carriers.mails) == 1
        assert await one.pages("sms", "timed_out") == 2
        assert await one.pages("call", "timed_out") == 1


async def test_a_receipt_that_says_no_does_not_wait(dsn: str, tmp_path: Path, carriers: FakeCarriers) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        await one.receipt(carriers.messages[0], "undelivered")
        await one.until_texts(ALICE_2)
        await one.receipt(carriers.messages[1], "failed")

        async def is_called() -> bool:
            return bool(carriers.calls)

        await until(is_called)
        assert await one.pages("sms", "failed") == 2


@pytest.mark.parametrize(("status", "outcome"), [("completed", "delivered"), ("no-answer", "failed")])
async def test_the_end_of_a_call_is_asked_for(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, status: str, outcome: str
) -> None:
    carriers.refused = {ALICE, ALICE_2}
    carriers.outcomes = {ALICE: status}
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        await one.until_counted("call", outcome)
        if outcome == "failed":
            await one.until_counted("email", "sent")
        assert len(carriers.calls) == 1


async def test_a_receipt_that_comes_too_late_still_ends_the_escalation(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, alice(email=None, call=False), bob(), patience_s="1s") as one:
        await one.alert(group())
        await one.until_texts(ALICE_2)
        await one.receipt(carriers.messages[0], "delivered")
        await one.until_counted("sms", "delivered")
        assert carriers.texts_to(BOB) == []


async def test_a_page_that_nobody_answers_wakes_the_next_level(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, answer_s=SHORT) as one:
        await one.alert(group())
        await one.receipt(carriers.messages[0], "delivered")
        await one.until_texts(BOB)
        assert carriers.texts_to(ALICE_2) == []


@pytest.mark.parametrize("text", ["ACK", "ack", " Ack. on it"])
async def test_an_answer_ends_the_escalation_and_silences_the_group(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, text: str
) -> None:
    async with paging(dsn, tmp_path, carriers, silence_s="2h") as one:
        await one.alert(group())
        assert await one.reply(ALICE, text, "SM" + "1" * 32) == 200

        async def is_silent() -> bool:
            return await one.app.rows("SELECT 1 FROM pages WHERE silenced_at IS NOT NULL") != []

        await until(is_silent)
        (silence,) = carriers.silences
        matched = {matcher["name"]: matcher["value"] for matcher in silence["matchers"]}
        assert matched == {"alertname": "MessageErrorRatioHigh", "subsystem": "delivery"}
        assert silence["comment"] == "page 1 answered by alice"
        assert await one.app.rows("SELECT acked_by FROM pages") == [("alice",)]
        assert await one.pages("sms", "acknowledged") == 1


async def test_who_is_quicker_than_twilio_is_heard(dsn: str, tmp_path: Path, carriers: FakeCarriers) -> None:
    carriers.answers.clear()
    async with paging(dsn, tmp_path, carriers) as one:
        telling = asyncio.create_task(one.alert(group()))
        await one.until_texts(ALICE)
        assert await one.reply(ALICE, "ACK", "SM" + "1" * 32) == 200
        assert await one.app.rows("SELECT acked_by FROM pages") == [("alice",)]
        carriers.answers.set()
        assert await telling == 200


@pytest.mark.parametrize(
    ("number", "text"), [(ALICE, "what?"), (ALICE, ""), (BOB, "ACK"), ("+15005559999", "ACK")]
)
async def test_nothing_but_an_ack_of_somebody_who_was_told_is_an_answer(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, number: str, text: str
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        assert await one.reply(number, text, "SM" + "1" * 32) == 200
        assert await one.app.rows("SELECT acked_by FROM pages") == [(None,)]


async def test_an_old_answer_sent_again_answers_no_new_page(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        await one.reply(ALICE, "ACK", "SM" + "1" * 32)
        await execute(dsn, "UPDATE messages SET first_at = first_at - interval '1 minute'")
        await one.alert(group(name="Other"))
        assert await one.reply(ALICE, "ACK", "SM" + "1" * 32) == 200
        assert await one.app.rows("SELECT title, acked_by FROM pages ORDER BY page_id") == [
            ("MessageErrorRatioHigh", "alice"),
            ("Other", None),
        ]


async def test_a_silence_that_stands_is_not_made_again(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        await one.alert(group())
        standing = {"comment": "page 1 answered by alice", "createdBy": "comms-exporter"}
        carriers.silences = [{**standing, "status": {"state": "active"}}]
        await one.reply(ALICE, "ACK", "SM" + "1" * 32)

        async def is_silent() -> bool:
            return await one.app.rows("SELECT 1 FROM pages WHERE silenced_at IS NOT NULL") != []

        await until(is_silent)
        assert len(carriers.silences) == 1
