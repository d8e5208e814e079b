"""A group of alerts becomes one SMS a person, and its end one more to those who were woken."""

from __future__ import annotations

import asyncio
from pathlib import Path

from exporter.segments import segments
from exporter.vocabulary import Encoding
from tests.integration.fake_carriers import DOWN, FakeCarriers
from tests.integration.paging import ALICE, BOB, alice, bob, execute, group, paging
from tests.integration.waiting import until


async def test_a_group_is_one_sms_to_each_person_of_the_first_level(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with paging(dsn, tmp_path, carriers, alice(), bob(level=1)) as one:
        assert await one.alert(group("acme", "globex")) == 200
        assert [sent["to"] for sent in carriers.messages] == [ALICE, BOB]
        expected = "FIRING MessageErrorRatioHigh x2 (delivery): Too many messages fail. acme sms, globex sms Reply ACK."
        assert {sent["body"] for sent in carriers.messages} == {expected}
        assert await one.pages("sms", "sent") == 2


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
