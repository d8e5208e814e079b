"""Order never matters: every permutation with repeats, in any batches, gives the same totals from the ledger."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from exporter.event import Engagement, Message, Submission
from exporter.sources.source import Source
from exporter.sources.twilio import Twilio, TwilioConfig
from exporter.sources.whatsapp import WhatsApp, WhatsAppConfig
from exporter.vocabulary import RANK, Actor, Channel, Direction, Status
from tests.conftest import Server
from tests.integration.looped_ledger import LoopedLedger, Rows
from tests.unit.sources.sent import TWILIO_TOKEN, WHATSAPP_SECRET, fixture, of_case

LONG_EXAMPLES = int(os.environ.get("COMMS_FAULT_EXAMPLES", "100")) * 20
TODAY = datetime.now(UTC).replace(microsecond=0)
SOURCES: dict[str, Source] = {
    "twilio": Twilio(TwilioConfig(auth_token=SecretStr(TWILIO_TOKEN))),
    "whatsapp": WhatsApp(WhatsAppConfig(app_secret=SecretStr(WHATSAPP_SECRET))),
}
SEQUENCES = [
    (name, sequence) for name in SOURCES for sequence in fixture(f"{name}/sequences.json")["sequences"]
]
RANDOM = st.randoms(use_true_random=False)
_databases = itertools.count()


@pytest.fixture(scope="module")
def ledger(server: Server) -> Iterator[LoopedLedger]:
    name = f"ladder_{next(_databases)}"
    LoopedLedger.make(server.dsn("postgres"), name)
    one = LoopedLedger(server.dsn(name))
    one.start()
    yield one
    assert one.running_totals_equal_a_fresh_fold()
    one.stop()


def moment(seconds: int) -> st.SearchStrategy[datetime]:
    return st.integers(-seconds, 0).map(lambda ago_s: TODAY + timedelta(seconds=ago_s))


def step(message_id: str, status: Status, at: datetime, **fields: Any) -> Submission:
    event = Message(
        at=at,
        tenant="acme",
        message_id=message_id,
        channel=Channel.WHATSAPP,
        provider="whatsapp",
        direction=Direction.OUTBOUND,
        status=status,
        **fields,
    )
    return Submission("whatsapp", event, b"{}")


def engagement(key: int, action: str, actor: Actor, channel: Channel, message_id: str) -> Submission:
    event = Engagement(
        at=TODAY, tenant="acme", action=action, actor=actor, channel=channel, message_id=message_id
    )
    return Submission("track", event, b"{}", f"k{key}")


MESSAGE_IDS = st.sampled_from(["SM1", "SM2"])
COSTS = st.one_of(st.none(), st.just(Decimal("0.005")))
STEPS = st.builds(
    step,
    MESSAGE_IDS,
    st.sampled_from([status for status in Status if status is not Status.RECEIVED]),
    moment(8 * 86_400),
    cost_usd=COSTS,
    template=st.sampled_from([None, None, "welcome"]),
)
ENGAGEMENTS = st.builds(
    engagement,
    st.integers(0, 20),
    st.sampled_from(["open", "click", "reply", "custom"]),
    st.sampled_from(Actor),
    st.sampled_from([Channel.OTHER, Channel.WHATSAPP]),
    st.sampled_from(["SM1", "SM2", "unheard of"]),
)


def once(submissions: list[Submission]) -> list[Submission]:
    """One of each message and status, and of each key: what says it twice says the same."""
    return list({_name(submission): submission for submission in submissions}.values())


def _name(submission: Submission) -> object:
    event = submission.event
    return (
        submission.key or (event.message_id, event.status) if isinstance(event, Message) else submission.key
    )


def shuffled(submissions: list[Submission], luck: random.Random) -> list[list[Submission]]:
    """In any order, with repeats, in batches of any size."""
    again = submissions + luck.choices(submissions, k=luck.randint(0, len(submissions)))
    luck.shuffle(again)
    batches = []
    while again:
        size = luck.randint(1, len(again))
        batches.append(again[:size])
        again = again[size:]
    return batches


def comparable(rows: Rows) -> Rows:
    """Without the channel of engagements that state none: they take their message's only if that is known yet."""
    engaged = rows.pop("comms_engagements_total", {})
    sums: dict[tuple[str, ...], int] = {}
    for (tenant, _, *rest), (number,) in engaged.items():
        key = (tenant, *rest)
        sums[key] = sums.get(key, 0) + int(str(number))
    return rows | {"engagements": {key: (number,) for key, number in sums.items()}}


def check_order(ledger: LoopedLedger, submissions: list[Submission], luck: random.Random) -> None:
    expected = ledger.rows([[submission] for submission in submissions])
    states = ledger.states()
    assert comparable(ledger.rows(shuffled(submissions, luck))) == comparable(expected)
    ranks = {name: RANK[Status(word)] for name, word in ledger.states().items() if word}
    assert ranks == {name: RANK[Status(word)] for name, word in states.items() if word}


@pytest.mark.parametrize(
    "examples",
    [pytest.param(60, id="short"), pytest.param(LONG_EXAMPLES, id="long", marks=pytest.mark.faults)],
)
def test_any_order_of_steps_and_engagements_gives_the_same_totals(
    ledger: LoopedLedger, examples: int
) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(STEPS | ENGAGEMENTS, min_size=1, max_size=14), RANDOM)
    def check(generated: list[Submission], luck: random.Random) -> None:
        check_order(ledger, once(generated), luck)

    check()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "sequence"), SEQUENCES, ids=lambda value: value["id"] if isinstance(value, dict) else ""
)
def test_a_recorded_sequence_counts_each_status_once_in_any_order(
    ledger: LoopedLedger, name: str, sequence: dict[str, Any], seed: int
) -> None:
    submissions = [
        submission
        for case in sequence["steps"]
        for submission in SOURCES[name].read(of_case(case)).submissions
    ]
    check_order(ledger, submissions, random.Random(seed))
    counted = ledger.rows(shuffled(submissions, random.Random(seed)))["comms_messages_total"]
    expect = sequence["expect"]
    unique = expect.get("status_transitions") or dict.fromkeys(expect["unique_transitions"], 1)
    assert {key[-1]: row[0] for key, row in counted.items()} == unique
    final = expect["final_status"]
    if final is not None:
        assert set(ledger.states().values()) == set(final.values() if isinstance(final, dict) else [final])


def test_a_status_eight_days_late_is_counted_today(ledger: LoopedLedger) -> None:
    early = TODAY - timedelta(days=8)
    late = [step("SM1", Status.DELIVERED, early + timedelta(seconds=2)), step("SM1", Status.SENT, early)]
    rows = ledger.rows([[submission] for submission in late])
    assert {key[-1] for key in rows["comms_messages_total"]} == {"sent", "delivered"}
    assert rows["comms_message_delivery_seconds"]["acme", "whatsapp", "whatsapp"][0] == 2_000_000
