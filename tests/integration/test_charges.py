"""A message is charged once, whichever of its steps comes first, however often, and whoever says what it cost."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from pydantic import SecretStr

from exporter.event import Message, Submission
from exporter.pricing.pricer import Pricer
from exporter.pricing.whatsapp import flat
from exporter.sources.whatsapp import WhatsApp, WhatsAppConfig
from exporter.totals import Totals
from exporter.vocabulary import Channel, Direction, Status
from tests.conftest import RunningLedger, Server, step
from tests.integration.looped_ledger import LoopedLedger
from tests.integration.test_follower import fresh_fold
from tests.unit.pricing.priced import LISTS, PRICER, sms, whatsapp
from tests.unit.sources.sent import WHATSAPP_SECRET, fixture, of_case

SEQUENCES = fixture("whatsapp/sequences.json")["sequences"]
FLAT = Pricer(LISTS._replace(whatsapp=flat(Decimal("0.01"))))
STATED_USD = Decimal("0.5")
RANDOM = st.randoms(use_true_random=False)
_databases = itertools.count()


@pytest.fixture(scope="module")
def ledger(server: Server) -> Iterator[LoopedLedger]:
    name = f"charges_{next(_databases)}"
    LoopedLedger.make(server.dsn("postgres"), name)
    one = LoopedLedger(server.dsn(name), FLAT.priced)
    one.start()
    yield one
    assert one.running_totals_equal_a_fresh_fold()
    one.stop()


def charges(totals: Totals) -> int:
    """How many costs were counted; each of these tests' costs has one part."""
    return sum(number for _, number in totals.cost_days().values())


def spent_usd(totals: Totals) -> Decimal:
    return sum((Decimal(row[0]) for row in totals.rows()["comms_cost_usd_total"].values()), Decimal(0))


def cut(submissions: list[Submission], luck: random.Random) -> list[list[Submission]]:
    """Shuffled, and cut into batches."""
    order = luck.sample(submissions, len(submissions))
    edges = sorted(luck.sample(range(1, len(order)), luck.randint(0, len(order) - 1))) if order else []
    return [order[start:end] for start, end in itertools.pairwise([0, *edges, len(order)])]


def billable(sequence: dict[str, Any]) -> int:
    """As the fixture says, but for a message that is only ever `sent`: its own rule, and `sent_only`, say 0."""
    return 0 if sequence["id"] == "exact_duplicates" else int(sequence["expect"]["billable_messages"])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: str(sequence["id"]))
def test_whatsapp_charges_what_meta_bills(ledger: LoopedLedger, sequence: dict[str, Any], seed: int) -> None:
    source = WhatsApp(WhatsAppConfig(app_secret=SecretStr(WHATSAPP_SECRET)))
    sent = [one for case in sequence["steps"] for one in source.read(of_case(case)).submissions]
    batches = [[one] for one in sent] if seed == 0 else cut(sent * 2, random.Random(seed))
    totals = ledger.totals(batches)
    assert spent_usd(totals) == billable(sequence) * Decimal("0.01")
    assert totals.rows()["comms_unpriced_units_total"] == {}


def message(name: str, step: Message) -> Submission:
    return Submission("twilio", replace(step, message_id=name), b"{}")


STEPS = st.builds(
    message,
    st.sampled_from(["SM1", "SM2"]),
    st.builds(
        lambda make, status: make(status),
        st.sampled_from([sms, whatsapp]),
        st.sampled_from([Status.QUEUED, Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.READ]),
    ),
)


def of_one_channel(steps: list[Submission]) -> list[Submission]:
    """Each message has one channel: that of its first step."""
    channels: dict[str | None, Channel] = {}
    kept = []
    for one in steps:
        assert isinstance(one.event, Message)
        if channels.setdefault(one.event.message_id, one.event.channel) is one.event.channel:
            kept.append(one)
    return kept


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(STEPS, min_size=1, max_size=10).map(of_one_channel), RANDOM)
def test_any_order_and_any_repeat_gives_the_same_money(
    ledger: LoopedLedger, steps: list[Submission], luck: random.Random
) -> None:
    expected = ledger.totals([[one] for one in steps])
    found = ledger.totals(cut(steps * 2, luck))
    assert found.cost_days() == expected.cost_days()
    billed = {
        one.event.message_id for one in steps if getattr(FLAT.priced(one.event), "card", None) is not None
    }
    assert charges(found) == len(billed)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(STEPS, min_size=1, max_size=8).map(of_one_channel), st.integers(0, 7), RANDOM)
def test_a_stated_cost_and_a_computed_one_are_one_charge_in_any_order(
    ledger: LoopedLedger, steps: list[Submission], which: int, luck: random.Random
) -> None:
    # Of repeats the first one counts: each step once, so that the stated one is not taken for a repeat.
    steps = list({(one.event.message_id, one.event.status): one for one in steps}.values())  # type: ignore[union-attr]
    chosen = steps[which % len(steps)]
    stated = chosen._replace(event=replace(chosen.event, cost_usd=STATED_USD))
    told = [stated if one is chosen else one for one in steps]
    expected = charges(ledger.totals([told]))
    assert charges(ledger.totals(cut(told, luck))) == expected
    assert expected <= len({one.event.message_id for one in told})  # type: ignore[union-attr]


async def test_a_missing_price_gives_way_to_one_that_comes_later(replica: RunningLedger, dsn: str) -> None:
    async with replica(price=PRICER.priced) as one:
        await one.ledger.append([message("SM1", sms(country=None))])
        await one.ledger.append([message("SM1", sms(Status.DELIVERED))])
        await one.ledger.append([message("SM1", sms(Status.READ, country=None))])
        await one.ledger.catch_up()
        rows = one.totals.rows()
        assert rows["comms_unpriced_units_total"] == {("sms", "twilio", "unknown_country"): (1,)}
        assert spent_usd(one.totals) == Decimal("0.080")
        assert one.totals == await fresh_fold(dsn, one.metrics)


async def test_what_has_no_price_is_counted_once_a_message(replica: RunningLedger) -> None:
    async with replica(price=PRICER.priced) as one:
        statuses = (Status.DELIVERED, Status.SENT, Status.READ)
        await one.ledger.append([message("SM1", sms(status, country=None)) for status in statuses])
        assert one.totals.rows()["comms_unpriced_units_total"] == {("sms", "twilio", "unknown_country"): (1,)}


async def test_several_stated_costs_add_up_until_one_was_computed(replica: RunningLedger, dsn: str) -> None:
    stated = {"cost_usd": Decimal("0.01")}
    async with replica(price=PRICER.priced) as one:
        await one.ledger.append([message("SM1", sms(Status.QUEUED, **stated)), message("SM1", sms(**stated))])
        await one.ledger.append([message("SM1", sms(Status.DELIVERED))])
        await one.ledger.append([message("SM2", sms()), message("SM2", sms(Status.QUEUED, **stated))])
        await one.ledger.catch_up()
        assert spent_usd(one.totals) == Decimal("0.10")
        assert one.totals == await fresh_fold(dsn, one.metrics)


async def test_the_cost_of_a_message_is_what_was_counted_of_it(replica: RunningLedger, dsn: str) -> None:
    async with replica(price=PRICER.priced) as one:
        await one.ledger.append([message("SM1", sms()), message("SM1", sms(Status.DELIVERED))])
        await one.ledger.append([message("SM2", sms(direction=Direction.INBOUND, status=Status.RECEIVED))])
        found = await one.ledger._connected().fetch(
            "SELECT message_id, cost_usd, charged FROM messages ORDER BY 1"
        )
        assert [tuple(row) for row in found] == [
            ("SM1", Decimal("0.080"), 3),
            ("SM2", Decimal("0.0150"), 3),
        ]


async def test_what_is_stored_is_never_priced_again(replica: RunningLedger, dsn: str) -> None:
    async with replica(price=PRICER.priced) as one:
        await one.ledger.append([message("SM1", sms())])
        await one.ledger.catch_up()
        before = one.totals
    async with replica(price=FLAT.priced) as other:
        assert spent_usd(other.totals) == spent_usd(before) == Decimal("0.080")
        assert await fresh_fold(dsn, other.metrics) == other.totals


def told(status: Status, **known: Any) -> Submission:
    """A step of one message, by whoever tells it."""
    return step("SM1", status, **known)


@pytest.mark.parametrize("turns", [(0, 1), (1, 0)])
async def test_whoever_tells_a_step_second_still_adds_what_only_he_knows(
    replica: RunningLedger, dsn: str, turns: tuple[int, int]
) -> None:
    by_provider = told(Status.SENT)
    by_application = told(Status.SENT, user="42", template="welcome", cost_usd=Decimal("0.05"))
    steps = [(by_provider, by_application)[turn] for turn in turns]
    async with replica() as one:
        for submission in (*steps, *steps, told(Status.DELIVERED)):
            await one.ledger.append([submission])
        await one.ledger.catch_up()
        rows = one.totals.rows()
        assert one.totals == await fresh_fold(dsn, one.metrics)
    assert sum(int(row[0]) for row in rows["comms_messages_total"].values()) == 2
    assert list(rows["comms_cost_usd_total"].values()) == [(Decimal("0.05"),)]
    assert {key[2]: int(row[0]) for key, row in rows["comms_template_messages_total"].items()} == {
        "sent": 1,
        "delivered": 1,
    }
