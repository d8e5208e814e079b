"""Every sender's requests, spoiled and then proved: refused, or read into what can be stored and shown."""

from __future__ import annotations

import random
from collections import Counter
from time import thread_time
from traceback import extract_tb

import msgspec
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import AnyEvent, Entry, Submission
from exporter.exposition import Exposition
from exporter.ledger.parking import ParkedEvent
from exporter.sources.source import Batch, Request, Source, Stored
from exporter.totals import Totals
from tests.conftest import Replica, RunningLedger
from tests.integration.giants import giants
from tests.integration.mutation import SEED, spoiled_requests
from tests.unit.sources.sent import NOW
from tests.unit.sources.signers import PATHS, every_path, our_source, proved, read, recorded

FEW, MANY = 60, -(-100_000 // len(PATHS))
LARGEST_BYTES = 3_145_728
LONGEST_S = 1.0
BATCH_EVENTS = 1_000

encode, decode = msgspec.json.Encoder().encode, msgspec.json.Decoder(AnyEvent).decode


class Eater:
    """Takes what a source reads as the receiver would, and remembers what went wrong with which input."""

    def __init__(self, source: Source, one: Replica) -> None:
        self.source = source
        self.failures: dict[str, str] = {}
        self.slowest_s = 0.0
        self.counts = Counter[str]()
        self._one = one
        self._waiting = Batch([], [])
        self._totals = Totals()

    async def eat(self, request: Request, name: str) -> None:
        began = thread_time()
        try:
            self._take(request)
        except (SignatureFailure, Rejected):
            self.counts["refused"] += 1
        except Exception as error:
            place = extract_tb(error.__traceback__)[-1]
            self._failed(
                f"{type(error).__name__} at {place.filename}:{place.lineno}", f"{name} {request.body[:999]!r}"
            )
        self.slowest_s = max(self.slowest_s, thread_time() - began)
        if len(self._waiting.submissions) + len(self._waiting.parked) >= BATCH_EVENTS:
            await self.store()

    async def store(self) -> None:
        submissions, parked, *_ = self._waiting
        self._waiting = Batch([], [])
        answers = await self._one.ledger.append(submissions)
        for submission, answer in zip(submissions, answers, strict=True):
            if answer is Reason.STORAGE:
                self._failed(
                    f"{type(submission.event).__name__} that cannot be stored", repr(submission)[:999]
                )
        name = self.source.name
        await self._one.ledger.park([ParkedEvent(p.tenant, name, p.reason, p.detail, p.raw) for p in parked])

    async def page(self) -> str:
        """What the metrics page would be if no event were a repeat of another."""
        await self.store()
        pieces = Exposition(self._totals, CollectorRegistry()).pieces(openmetrics=False, gzip=False)
        return b"".join(pieces).decode()

    def _take(self, request: Request) -> None:
        batch = read(self.source, request)
        self.source.answer(request, Stored(len(batch.submissions), 0, batch.parked))
        self.counts["events"] += len(batch.submissions)
        self.counts["parked"] += len(batch.parked)
        for submission in batch.submissions[:BATCH_EVENTS]:
            self._fold(submission)
        self._waiting.submissions.extend(batch.submissions[:BATCH_EVENTS])
        self._waiting.parked.extend(batch.parked[:BATCH_EVENTS])

    def _fold(self, submission: Submission) -> None:
        """As a replica does that reads the event from the ledger."""
        event = decode(encode(submission.event))
        if event != submission.event:
            self._failed(
                f"{type(event).__name__} that another replica reads otherwise", repr(submission)[:999]
            )
        self._totals.fold([Entry(self._totals.seq + 1, submission.source, event, NOW)])

    def _failed(self, what: str, how: str) -> None:
        self.failures.setdefault(what, how)


async def eaten(path: str, replica: RunningLedger, number: int) -> Eater:
    async with replica() as one:
        eater = Eater(our_source(path), one)
        for name, request in spoiled_requests(path, number):
            await eater.eat(request, name)
        page = await eater.page()
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    series = [(sample.name, *sorted(sample.labels.items())) for sample in samples]
    assert len(series) == len(set(series))
    assert "comms_fake_total" not in {sample.name for sample in samples}
    assert eater.failures == {}, f"seed {SEED}"
    return eater


@every_path
async def test_a_spoiled_request_is_refused_or_read_into_what_can_be_stored_and_shown(
    path: str, replica: RunningLedger
) -> None:
    eater = await eaten(path, replica, FEW)
    assert eater.counts["events"] + eater.counts["parked"] > 0


@pytest.mark.faults
@every_path
async def test_a_hundred_thousand_spoiled_requests(path: str, replica: RunningLedger) -> None:
    eater = await eaten(path, replica, MANY)
    print(f"\n{path}: {MANY} requests, {dict(eater.counts)}, slowest {eater.slowest_s:.3f} s of CPU")
    assert eater.slowest_s < LONGEST_S


@pytest.mark.faults
@every_path
async def test_the_largest_request_in_its_worst_shape_takes_less_than_a_second(
    path: str, replica: RunningLedger
) -> None:
    slow: dict[str, float] = {}
    async with replica() as one:
        eater = Eater(our_source(path), one)
        for at, giant in enumerate(giants(recorded(path), LARGEST_BYTES)):
            eater.slowest_s = 0.0
            await eater.eat(proved(path, giant), f"giant {at}")
            if eater.slowest_s > LONGEST_S:
                slow[f"{giant.content_type} {giant.body[:40]!r}"] = eater.slowest_s
    assert (slow, eater.failures) == ({}, {})


@every_path
def test_garbage_that_nobody_signed_is_never_read(path: str) -> None:
    source, luck = our_source(path), random.Random(f"{SEED}/{path}")
    for _ in range(50):
        request = Request(f"https://x{path}", {}, {}, luck.randbytes(luck.randrange(200)), NOW)
        with pytest.raises((SignatureFailure, Rejected)):
            read(source, request)


@every_path
def test_a_seed_makes_the_same_requests_again(path: str) -> None:
    first, again = ([name + repr(r.body) for name, r in spoiled_requests(path, 20)] for _ in range(2))
    assert first == again
