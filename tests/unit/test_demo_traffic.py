"""The demo's calls are a pure function of the seed, tell every story, and are what real senders could send."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, takewhile
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.config import Config
from exporter.demo import (
    app_stories,
    llm_stories,
    mailgun_stories,
    sendgrid_stories,
    ses_stories,
    stripe_stories,
    whatsapp_account_stories,
    whatsapp_stories,
)
from exporter.demo.mail_life import Step, mail_life
from exporter.demo.scene import Call, Habit, Scene, Sender, Teller
from exporter.demo.signing import fresh_secrets
from exporter.demo.traffic import STORIES, traffic
from exporter.demo.world import ACME, DEFAULT, Company
from exporter.errors import Rejected, SignatureFailure
from exporter.event import Account, Credit, Engagement, Llm, Message, Outcome, Payment, Submission
from exporter.vocabulary import Actor, Channel, Direction, ErrorClass, PaymentState, Status
from tests.unit.demo_reader import DemoReader

BEGAN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
READER = DemoReader(fresh_secrets(), BEGAN)
FICTIONAL = re.compile(r"\+?(120255501\d\d|447700900\d{3})")
SIGNED_IN_THE_BODY = {Sender.MAILGUN, Sender.SES}
WEBHOOKS = {sender for sender in Sender if sender.startswith("/webhooks/")}
MAILS = (sendgrid_stories.mail, mailgun_stories.mail, ses_stories.mail)
LLM_CALLS = (
    *(llm_stories.llm_call, llm_stories.logged_call),
    *(llm_stories.pushed_call, llm_stories.traced_call),
)


def calls(seed: int = 7, began: datetime = BEGAN, rate: float = 20.0, number: int = 1500) -> list[Call]:
    return list(islice(traffic(seed, began, rate), number))


def opening(seed: int = 7) -> list[Call]:
    """What a newcomer's exporter gets in the first 15 seconds."""
    return list(takewhile(lambda call: call.at_s < 15, traffic(seed, BEGAN, 20.0)))


@pytest.fixture(scope="module")
def told() -> list[Submission]:
    """The events of some three minutes."""
    return list(READER.submissions(calls(number=3000)))


@cache
def retold(tell: Teller, times: int = 300, company: Company = DEFAULT, at_s: float = 0.0) -> list[Submission]:
    """The events of one story, told again and again."""
    scene = Scene(Random(1), company, BEGAN, at_s)
    return [submission for _ in range(times) for submission in READER.submissions(tell(scene))]


def message_steps(told: Iterable[Call], reader: DemoReader = READER) -> set[tuple[str | None, Status]]:
    events = (submission.event for submission in reader.submissions(told))
    return {(event.message_id, event.status) for event in events if isinstance(event, Message)}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**40), rate=st.sampled_from([1.0, 20.0, 500.0]))
def test_the_same_seed_gives_the_same_calls(seed: int, rate: float) -> None:
    assert calls(seed, rate=rate, number=200) == calls(seed, rate=rate, number=200)


def test_another_seed_gives_other_messages() -> None:
    assert not message_steps(calls(1, number=300)) & message_steps(calls(2, number=300))


def test_a_second_run_with_the_same_seed_repeats_the_same_messages_at_other_times() -> None:
    later = BEGAN + timedelta(hours=5)
    first, second = calls(number=300), calls(began=later, number=300)
    assert first != second
    assert message_steps(first) == message_steps(second, DemoReader(fresh_secrets(), later))


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


def test_every_mail_address_is_of_a_domain_reserved_for_examples() -> None:
    text = b"\n".join(call.body for call in calls()).decode()
    domains = set(re.findall(r"[\w.-]+@([\w-]+(?:\.[\w-]+)*\.[a-z]+)", text))
    assert domains == {"example.com", "default.example", "acme.example", "globex.example"}


def test_the_opening_holds_a_body_cut_in_half() -> None:
    cut = 0
    for call in opening():
        try:
            cut += len(READER.read(call).parked)
        except Rejected:
            cut += 1
        except SignatureFailure:
            continue
    assert cut >= 1


@pytest.mark.parametrize("seed", [0, 7, 1_795_000_000])
def test_the_opening_holds_a_forgery_and_a_repeat_of_each_sender(seed: int) -> None:
    told = opening(seed)
    forged = {call.sender for call in told if call.forged}
    times = Counter((call.sender, call.body) for call in told if not call.forged)
    repeated = {sender for (sender, _), number in times.items() if number > 1}
    assert forged >= WEBHOOKS | {Sender.APP}
    assert repeated >= WEBHOOKS | {Sender.APP}


def test_forged_calls_are_not_believed_and_all_others_are_unless_their_proof_was_cut_off() -> None:
    for call in calls(number=1500):
        try:
            READER.read(call)
            believed = True
        except SignatureFailure:
            believed = False
        except Rejected:
            believed = True
        cut = call.sender in SIGNED_IN_THE_BODY and not call.body.endswith(b"}")
        assert believed is not (call.forged or cut)


def test_whole_calls_hold_nothing_that_must_be_parked() -> None:
    whole = [call for call in calls(number=1500) if not call.forged and call.body.endswith((b"}", b"]\r\n"))]
    assert len(whole) > 800
    assert [call.sender for call in whole if READER.read(call).parked] == []


def test_every_source_and_every_tenant_takes_part(told: list[Submission]) -> None:
    tenants = defaultdict(set)
    for submission in told:
        tenants[submission.source].add(submission.event.tenant)
    assert {"twilio", "whatsapp", "sendgrid", "mailgun", "ses", "stripe", "track", "log"} <= set(tenants)
    assert all(seen == {"default", "acme", "globex"} for seen in tenants.values())


@pytest.mark.parametrize("mail", MAILS)
def test_mails_of_each_provider_are_delivered_deferred_bounced_and_refused(mail: Teller) -> None:
    steps = [s.event for s in retold(mail, 1000) if isinstance(s.event, Message)]
    assert {step.status for step in steps} == {
        *(Status.SENT, Status.DELIVERED, Status.DEFERRED, Status.UNDELIVERED, Status.FAILED)
    }
    failed = {step.error_class for step in steps if step.status in (Status.UNDELIVERED, Status.FAILED)}
    assert failed
    assert ErrorClass.NONE not in failed


@pytest.mark.parametrize("mail", MAILS)
def test_mails_of_each_provider_are_opened_by_people_and_machines(mail: Teller) -> None:
    done = {(s.event.action, s.event.actor) for s in retold(mail, 1000) if isinstance(s.event, Engagement)}
    assert done == {
        *(("open", Actor.MACHINE), ("open", Actor.HUMAN), ("click", Actor.HUMAN)),
        *(("complaint", Actor.HUMAN), ("opt_out", Actor.HUMAN)),
    }


def test_few_mails_fail_so_that_no_alert_fires() -> None:
    scene = Scene(Random(1), DEFAULT, BEGAN, 0.0)
    steps = Counter(moment.step for _ in range(5000) for moment in mail_life(scene))
    failed = steps[Step.BOUNCED] + steps[Step.REFUSED]
    assert 0 < failed / (failed + steps[Step.DELIVERED]) < 0.5 * Config().sla.error_ratio


@pytest.mark.parametrize(
    ("tell", "states"),
    [
        (stripe_stories.charge_succeeded, {PaymentState.SUCCEEDED}),
        (stripe_stories.charge_failed, {PaymentState.FAILED}),
        (stripe_stories.charge_refunded, {PaymentState.SUCCEEDED, PaymentState.REFUNDED}),
        (stripe_stories.charge_disputed, {PaymentState.SUCCEEDED, PaymentState.DISPUTED}),
    ],
)
def test_payments_of_each_kind_come_in_currencies_with_and_without_decimals(
    tell: Teller, states: set[PaymentState]
) -> None:
    payments = [s.event for s in retold(tell, 60) if isinstance(s.event, Payment)]
    assert {payment.state for payment in payments} == states
    assert {payment.currency for payment in payments} == {"USD", "JPY", "KWD"}
    assert all(payment.amount and payment.amount < 10_000 for payment in payments)


def test_money_is_told_twice_and_has_one_key() -> None:
    payments = [s for s in retold(stripe_stories.charge_succeeded, 60) if isinstance(s.event, Payment)]
    assert set(Counter(s.key for s in payments).values()) == {2}


def test_some_payments_buy_credits() -> None:
    bought = [s for s in retold(stripe_stories.charge_succeeded, 60) if isinstance(s.event, Credit)]
    assert 0 < len({s.key for s in bought}) < 60


@pytest.mark.parametrize("tell", LLM_CALLS)
def test_llm_calls_of_each_provider_keep_their_tokens_in_every_dialect(tell: Teller) -> None:
    calls = [s.event for s in retold(tell) if isinstance(s.event, Llm)]
    assert len(calls) == 300
    assert {call.provider for call in calls} == {"openai", "anthropic", "google", "mistral"}
    assert all(100 <= call.usage.input_tokens <= 2000 for call in calls)
    assert all(20 <= call.usage.output_tokens <= 600 for call in calls)
    assert any(call.usage.cached_input_tokens for call in calls)
    assert any(call.usage.reasoning_tokens for call in calls)


def test_customers_answer_templates_and_press_their_buttons() -> None:
    told = retold(whatsapp_stories.template_message)
    done = [s.event for s in told if isinstance(s.event, Engagement)]
    assert {event.action for event in done} == {"reply", "click"}
    assert {event.message_id for event in done} < {
        s.event.message_id for s in told if isinstance(s.event, Message) and s.event.template
    }


def test_customers_change_what_they_want() -> None:
    told = retold(whatsapp_account_stories.marketing_preference, 30)
    assert {s.event.action for s in told if isinstance(s.event, Engagement)} == {"opt_out", "opt_in"}


@pytest.mark.parametrize(("at_s", "states"), [(0.0, {"approved"}), (240.0, {"rejected", "paused"})])
def test_templates_are_refused_in_bad_times_only(at_s: float, states: set[str]) -> None:
    told = retold(whatsapp_account_stories.template_news, 30, ACME, at_s)
    assert {s.event.state for s in told if isinstance(s.event, Account)} == states


@pytest.mark.parametrize(("at_s", "state"), [(0.0, "unflagged"), (240.0, "flagged")])
def test_a_number_is_flagged_in_bad_times_only(at_s: float, state: str) -> None:
    told = retold(whatsapp_account_stories.number_news, 30, ACME, at_s)
    assert {(s.event.subject, s.event.state) for s in told if isinstance(s.event, Account)} == {
        ("acme-main", state)
    }


def test_an_own_mail_is_opened_and_its_user_acts_on_it() -> None:
    told = retold(app_stories.own_mail, 30)
    sent = {s.event.message_id for s in told if isinstance(s.event, Message)}
    done = [s.event for s in told if isinstance(s.event, Engagement)]
    assert {event.message_id for event in done} == sent
    assert any(event.action == "open" for event in done)
    assert sum(isinstance(s.event, Outcome) for s in told) == 30


def test_only_customers_who_are_answered_write_to_a_number_that_also_gets_messages(
    told: list[Submission],
) -> None:
    peers: dict[Direction, set[tuple[str, str]]] = defaultdict(set)
    for submission in told:
        event = submission.event
        if isinstance(event, Message) and event.peer and event.channel is not Channel.EMAIL:
            peers[event.direction].add((event.tenant, "+" + event.peer.rpartition("+")[2]))
    both = peers[Direction.INBOUND] & peers[Direction.OUTBOUND]
    assert both
    assert both == {peer for peer in both if _habit(peer[1]) is Habit.TALKS}


def _habit(number: str) -> Habit:
    last = int(number[-3:]) - 200 if number.startswith("+44") else int(number[-2:]) - 10
    return Habit(last // (200 if number.startswith("+44") else 30))


def test_every_story_tells_something() -> None:
    assert all(weight >= 0 for weight in STORIES.values())
    assert {call.sender for call in calls()} == set(Sender)


def test_receipts_of_days_ago_still_come(told: list[Submission]) -> None:
    old = {s.source for s in told if s.event.at < BEGAN - timedelta(days=2)}
    assert {"whatsapp", "sendgrid"} <= old
