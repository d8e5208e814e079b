"""Whatever happens in whatever order, the ledger and its totals say what a dictionary would say."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from exporter.event import Engagement, Submission
from exporter.ledger.append import Answer
from exporter.vocabulary import RANK, Status
from tests.conftest import NOON, Server, step
from tests.integration.killable_replica import KillableReplica, administer, counted, ranks

Event = tuple[str, str]
"""A message's name and one of its statuses, or "click" and its key."""
Result = TypeVar("Result")

LONG_EXAMPLES = int(os.environ.get("COMMS_FAULT_EXAMPLES", "100"))
# Before the time that AGE gives to rows: the freshness of a source is the earlier of the two.
LONG_AGO = NOON - timedelta(days=200)
AGE = """
    SELECT ensure_partitions((now() AT TIME ZONE 'UTC')::date - 101, 2);
    UPDATE events SET received_at = now() - interval '100 days' WHERE received_at > now() - interval '50 days';
    UPDATE checkpoints SET written_at = now() - interval '100 days';
"""

steps = st.tuples(
    st.sampled_from(["SM1", "SM2", "SM3"]),
    st.sampled_from(["queued", "sent", "delivered", "read", "undelivered"]),
)
clicks = st.integers(1, 5).map(lambda number: ("click", f"k{number}"))
deliveries = st.lists(steps | clicks, min_size=1, max_size=6)
either = st.integers(0, 1)


def submission(event: Event) -> Submission:
    name, word = event
    if name != "click":
        return step(name, word, at=LONG_AGO)
    return Submission("track", Engagement(at=LONG_AGO, action="click"), b"{}", word)


class LedgerMachine(RuleBasedStateMachine):
    """Two replicas on one database, and beside them a set of what was delivered."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    server: ClassVar[Server]
    numbers: ClassVar[Iterator[int]] = itertools.count()

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[Event] = set()
        self.published: Counter[tuple[str, ...]] = Counter()
        self.pruned = False
        self.replicas: list[KillableReplica] = []

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(work)

    @initialize()
    def begin(self) -> None:
        self.name = f"model_{next(self.numbers)}"
        self.dsn = self.server.dsn(self.name)
        make = f"CREATE DATABASE {self.name} TEMPLATE template_ledger STRATEGY file_copy"
        self.run(administer(self.server.dsn("postgres"), make))
        self.replicas = [self._started(), self._started()]

    @rule(which=either, events=deliveries)
    def deliver(self, which: int, events: list[Event]) -> None:
        answers = self.run(self._append(which, events))
        for event, answer in zip(events, answers, strict=True):
            assert (answer is None) == (event in self.taken)
            self.taken.add(event)

    @rule(events=deliveries)
    def deliver_to_both_at_once(self, events: list[Event]) -> None:
        async def both() -> tuple[Answer, Answer]:
            return await asyncio.gather(self._append(0, events), self._append(1, events[::-1]))

        new = [answer for answers in self.run(both()) for answer in answers if answer is not None]
        assert len(new) == len(set(events) - self.taken)
        self.taken |= set(events)

    @rule(which=either, luck=st.randoms(use_true_random=False))
    def redeliver_everything_in_another_order(self, which: int, luck: Any) -> None:
        again = sorted(self.taken)
        luck.shuffle(again)
        assert set(self.run(self._append(which, again))) <= {None}

    @rule(which=either)
    def crash(self, which: int) -> None:
        self.run(self.replicas[which].kill())
        self.replicas[which] = self._started()

    @rule(which=either)
    def end_cleanly(self, which: int) -> None:
        self.run(self.replicas[which].end())
        self.replicas[which] = self._started()

    @rule(which=either)
    def checkpoint(self, which: int) -> None:
        self.run(self.replicas[which].ledger.write_checkpoint())

    @rule(which=either)
    def prune(self, which: int) -> None:
        """Everything grows too old to keep; what no checkpoint has behind it is kept all the same."""
        self.run(administer(self.dsn, AGE))
        self.pruned |= self.run(self.replicas[which].ledger.keep()) > 0

    @invariant()
    def both_replicas_count_what_the_dictionary_counts(self) -> None:
        expected = Counter(("click",) if name == "click" else ("step", word) for name, word in self.taken)
        for replica in self.replicas:
            self.run(replica.ledger.catch_up())
            assert counted(replica.totals) == expected
        assert not self.replicas or self.replicas[0].totals == self.replicas[1].totals

    @invariant()
    def no_published_number_goes_down(self) -> None:
        if self.replicas:
            now = counted(self.replicas[0].totals)
            assert now >= self.published
            self.published = now

    @invariant()
    def the_state_of_a_message_is_the_highest_rank_seen(self) -> None:
        if self.replicas:
            highest: dict[str, int] = {}
            for name, word in self.taken:
                if name != "click":
                    highest[name] = max(highest.get(name, 0), RANK[Status(word)])
            assert self.run(ranks(self.dsn)) == highest

    def teardown(self) -> None:
        if not self.replicas:
            return
        assert self.pruned or self.run(self.replicas[0].fresh_totals()) == self.replicas[0].totals
        for replica in self.replicas:
            self.run(replica.end())
        self.run(administer(self.server.dsn("postgres"), f"DROP DATABASE {self.name} WITH (FORCE)"))

    def _started(self) -> KillableReplica:
        replica = KillableReplica(self.dsn)
        self.run(replica.start())
        return replica

    async def _append(self, which: int, events: list[Event]) -> Answer:
        return await self.replicas[which].ledger.append([submission(event) for event in events])


@pytest.fixture
def machine(server: Server) -> Iterator[type[LedgerMachine]]:
    """State machines are not asynchronous, so each of their steps runs a loop of its own making."""
    LedgerMachine.loop, LedgerMachine.server = asyncio.new_event_loop(), server
    yield LedgerMachine
    LedgerMachine.loop.close()


@pytest.mark.parametrize(
    ("examples", "steps_each"),
    [pytest.param(10, 20, id="short"), pytest.param(LONG_EXAMPLES, 50, id="long", marks=pytest.mark.faults)],
)
def test_the_ledger_and_its_totals_are_what_a_dictionary_says(
    machine: type[LedgerMachine], examples: int, steps_each: int
) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps_each,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            database=None,
        ),
    )
