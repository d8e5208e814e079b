"""What goes wrong in the demo is bad enough for the rules that watch for it, and only where it should be."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from random import Random
from urllib.parse import parse_qs

import orjson
import pytest

from exporter.config import Config
from exporter.demo import whatsapp_stories
from exporter.demo.faults import FAULTS, disturbed, forged, malformed, reordered, repeated
from exporter.demo.scene import Call, Scene, Sender, Story
from exporter.demo.traffic import traffic
from exporter.demo.world import ACME, COMPANIES, DEFAULT, GLOBEX, Company, Trouble

BEGAN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIMITS = Config().sla
STORY: Story = [
    Call(0.0, Sender.TWILIO, b"queued=1"),
    Call(1.0, Sender.TWILIO, b"sent=2"),
    Call(3.0, Sender.TWILIO, b"end=3"),
]


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    """Twelve minutes: the carrier fails from minute 1, answers are slow from 5, receipts are held back from 10."""
    return list(takewhile(lambda call: call.at_s < 720, traffic(3, BEGAN, 20.0)))


def twilio_failure_ratio(calls: list[Call], account_sid: str) -> float:
    ends: Counter[str] = Counter()
    for call in calls:
        if call.sender is Sender.TWILIO and not call.forged and call.at_s >= 60:
            form = parse_qs(call.body.decode())
            if form.get("AccountSid") == [account_sid] and not form["To"][0].startswith("whatsapp:"):
                ends[form.get("MessageStatus", [""])[0]] += 1
    failed = ends["undelivered"] + ends["failed"]
    return failed / (failed + ends["delivered"])


def statuses(calls: list[Call], phone_number_id: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for call in calls:
        if call.sender is Sender.WHATSAPP and phone_number_id.encode() in call.body:
            notification = orjson.loads(call.body)
            for status in notification["entry"][0]["changes"][0]["value"].get("statuses", ()):
                found[status["status"]] += 1
    return found


def answers_s(calls: list[Call], tenant: str) -> list[float]:
    lines = [line for call in calls if call.sender is Sender.APP for line in call.body.split(b"\n")]
    events = [orjson.loads(line) for line in lines if line.endswith(b"}")]
    return sorted(e["response_seconds"] for e in events if "response_seconds" in e and e["tenant"] == tenant)


def test_one_tenants_carrier_fails_far_above_the_threshold(calls: list[Call]) -> None:
    assert twilio_failure_ratio(calls, ACME.account_sid) > 4 * LIMITS.error_ratio


@pytest.mark.parametrize("company", [DEFAULT, GLOBEX], ids=lambda company: company.tenant)
def test_the_other_tenants_stay_below_the_threshold(calls: list[Call], company: Company) -> None:
    assert twilio_failure_ratio(calls, company.account_sid) < LIMITS.error_ratio


def test_receipts_of_one_tenant_stop_while_it_goes_on_sending(calls: list[Call]) -> None:
    silent = [
        call for call in calls if call.at_s >= 620 and call.body.startswith(b"{") and call.body.endswith(b"}")
    ]
    seen = statuses(silent, GLOBEX.phone_number_id)
    assert seen["sent"] >= 10
    assert set(seen) == {"sent"}
    assert statuses(silent, ACME.phone_number_id)["delivered"] > 0


def test_receipts_that_were_held_back_come_once_the_trouble_is_over() -> None:
    scene = Scene(Random(1), GLOBEX, BEGAN, at_s=1200.0)
    sent, *others = whatsapp_stories.batch(scene)
    assert sent.held_s == 0.0
    end_s = Trouble.RECEIPTS_STOP.value.begins_s + Trouble.RECEIPTS_STOP.value.lasts_s
    assert others
    assert all(end_s < scene.at_s + call.held_s < end_s + 600 for call in others)
    assert all(call.held_s == 0.0 for call in whatsapp_stories.batch(replace(scene, company=ACME)))


def test_answers_of_one_tenant_are_slow_for_a_while(calls: list[Call]) -> None:
    before = answers_s([call for call in calls if call.at_s < 300], DEFAULT.tenant)
    during = answers_s([call for call in calls if call.at_s >= 310], DEFAULT.tenant)
    assert before[-1] < LIMITS.response_p95_seconds < during[len(during) // 2]


@pytest.mark.parametrize("trouble", list(Trouble))
def test_a_trouble_strikes_one_tenant_ends_and_comes_back(trouble: Trouble) -> None:
    times = trouble.value
    inside_s, after_s = times.begins_s + 1, times.begins_s + times.lasts_s + 1
    struck = [company.tenant for company in COMPANIES if trouble.strikes(company.tenant, inside_s)]
    assert struck == [times.tenant]
    assert not trouble.strikes(times.tenant, after_s)
    assert not trouble.strikes(times.tenant, times.begins_s - 1)
    assert trouble.strikes(times.tenant, inside_s + times.cycle_s)


def test_a_repeated_call_comes_twice_the_second_time_later() -> None:
    told = repeated(Random(1), STORY)
    assert told[:-1] == STORY
    again = told[-1]
    assert any(again.body == call.body and again.at_s > call.at_s for call in STORY)


def test_a_reordered_story_has_the_same_calls_the_last_one_first() -> None:
    told = sorted(reordered(Random(1), STORY))
    assert [call.body for call in told] == [call.body for call in reversed(STORY)]


def test_a_forgery_comes_beside_the_real_call() -> None:
    told = forged(Random(1), STORY)
    assert [call for call in told if not call.forged] == STORY
    assert told[0].forged


def test_a_malformed_call_is_cut_and_the_whole_one_comes_too() -> None:
    told = malformed(Random(1), STORY)
    assert told[:-1] == STORY
    assert any(call.body.startswith(told[-1].body) for call in STORY)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_loses_a_call(fault: object) -> None:
    told = fault(Random(2), STORY)  # type: ignore[operator]
    assert {call.body for call in STORY} <= {call.body for call in told if not call.forged}


def test_most_stories_are_left_alone() -> None:
    random = Random(5)
    faulty = sum(disturbed(random, STORY) != STORY for _ in range(2000))
    assert 80 < faulty < 260
