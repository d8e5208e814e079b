"""The demo's calls are a pure function of the seed, tell every story, and are what real senders could send."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from exporter.catalogue import FOLD_FAMILIES
from exporter.config import Config
from exporter.demo.scene import Call, Sender
from exporter.demo.settings import demo_config
from exporter.demo.signing import Secrets, Signer, fresh_secrets
from exporter.demo.traffic import STORIES, traffic
from exporter.errors import Rejected, SignatureFailure
from exporter.event import Entry, Message, Submission
from exporter.sources import build
from exporter.sources.source import Batch, Request, Source
from exporter.totals import Totals
from exporter.vocabulary import Status

BEGAN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:9847"
KNOWN = Secrets("twilio-secret", "whatsapp-secret", "event-token")
FICTIONAL = re.compile(r"\+?(120255501\d\d|447700900\d{3})")


def calls(seed: int = 7, began: datetime = BEGAN, rate: float = 20.0, number: int = 1500) -> list[Call]:
    return list(islice(traffic(seed, began, rate), number))


def opening(seed: int = 7) -> list[Call]:
    """What a newcomer's exporter gets in the first nine seconds."""
    return list(takewhile(lambda call: call.at_s < 9, traffic(seed, BEGAN, 20.0)))


def source_of(sources: Iterable[Source], call: Call) -> Source:
    return next(source for source in sources if call.sender in source.paths)


def _senders(known: Secrets) -> tuple[Source, ...]:
    config = demo_config(Config(), known)
    return build(config.sources, config.logs)


def read(call: Call, known: Secrets = KNOWN) -> Batch:
    headers = CIMultiDict(Signer(known, ORIGIN).headers(call))
    request = Request(ORIGIN + call.sender, {}, headers, call.body, BEGAN + timedelta(seconds=call.at_s))
    return source_of(_senders(known), call).read(request)


def submissions(told: list[Call], known: Secrets = KNOWN) -> Iterator[Submission]:
    for call in told:
        try:
            yield from read(call, known).submissions
        except (SignatureFailure, Rejected):
            continue


def message_steps(told: list[Call], known: Secrets = KNOWN) -> set[tuple[str | None, Status]]:
    events = (submission.event for submission in submissions(told, known))
    return {(event.message_id, event.status) for event in events if isinstance(event, Message)}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**40), rate=st.sampled_from([1.0, 20.0, 500.0]))
def test_the_same_seed_gives_the_same_calls(seed: int, rate: float) -> None:
    assert calls(seed, rate=rate, number=200) == calls(seed, rate=rate, number=200)


def test_another_seed_gives_other_messages() -> None:
    assert not message_steps(calls(1, number=300)) & message_steps(calls(2, number=300))


def test_a_second_run_with_the_same_seed_repeats_the_same_messages_at_other_times() -> None:
    first = calls(number=300)
    second = calls(began=BEGAN + timedelta(hours=5), number=300)
    assert first != second
    assert message_steps(first) == message_steps(second, fresh_secrets())


def test_calls_come_in_the_order_of_their_times() -> None:
    times_s = [call.at_s for call in calls()]
    assert times_s == sorted(times_s)
    assert times_s[0] >= 0


@pytest.mark.parametrize("rate", [5.0, 20.0, 200.0])
def test_the_rate_is_in_events_a_second(rate: float) -> None:
    told = calls(rate=rate, number=3000)
    events = sum(call.events for call in told)
    assert events / told[-1].at_s == pytest.approx(rate, rel=0.1)


def test_every_number_is_of_a_range_reserved_for_fiction() -> None:
    text = b"\n".join(call.body for call in calls()).decode().replace("%2B", "+")
    numbers = re.findall(r"(?:\+|whatsapp%3A\+|\"from\":\"|_id\":\")(\d{11,12})\b", text)
    assert len(numbers) > 500
    assert all(FICTIONAL.fullmatch(number) for number in numbers)


@pytest.mark.parametrize("seed", [0, 1, 7, 1_795_000_000])
def test_the_opening_moves_every_fold_metric_whatever_the_seed(seed: int) -> None:
    totals = Totals()
    for seq, submission in enumerate(submissions(opening(seed)), start=1):
        totals.fold([Entry(seq, submission.source, submission.event, BEGAN, delivery_seconds=1.0)])
    rows = totals.rows()
    still = {family.name for family in FOLD_FAMILIES if not any(map(any_number, rows[family.name].values()))}
    assert still == set()


def any_number(row: object) -> bool:
    return any(map(any_number, row)) if isinstance(row, list | tuple) else bool(row)


def test_the_opening_holds_a_repeat_a_forgery_and_a_body_cut_in_half() -> None:
    told = opening()
    outcomes: Counter[str] = Counter()
    for call in told:
        try:
            outcomes["parked"] += len(read(call).parked)
        except SignatureFailure:
            outcomes["forged"] += 1
        except Rejected:
            outcomes["rejected"] += 1
    assert outcomes["forged"] >= 1
    assert outcomes["parked"] + outcomes["rejected"] >= 1
    assert max(Counter((call.sender, call.body) for call in told if not call.forged).values()) > 1


def test_only_forged_calls_are_not_believed() -> None:
    for call in calls(number=400):
        try:
            read(call)
            believed = True
        except SignatureFailure:
            believed = False
        except Rejected:
            believed = True
        assert believed is not call.forged


def test_every_source_and_every_tenant_takes_part() -> None:
    seen = {(submission.source, submission.event.tenant) for submission in submissions(calls(number=800))}
    sources, tenants = ("twilio", "whatsapp", "track", "log"), ("default", "acme", "globex")
    assert seen == {(source, tenant) for source in sources for tenant in tenants}


def test_every_story_tells_something() -> None:
    assert all(weight >= 0 for weight in STORIES.values())
    assert {call.sender for call in calls()} == set(Sender)
