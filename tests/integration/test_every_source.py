"""What every sender sends again changes nothing in the ledger."""

from __future__ import annotations

from datetime import timedelta

from exporter.event import Submission
from exporter.ledger.commit import Answer
from tests.conftest import Replica, RunningLedger
from tests.unit.sources.sent import NOW
from tests.unit.sources.signers import every_path, our_source, proved, read, read_well

LATER = NOW + timedelta(seconds=45)


def submissions(path: str, *, again: bool = False, anew: bool = False) -> list[Submission]:
    """What becomes of all that was recorded; `again` some time later, `anew` with a proof of that time."""
    source = our_source(path)
    found: list[Submission] = []
    for sending in read_well(path):
        request = proved(path, sending, LATER if anew else NOW)
        found += read(source, request._replace(received_at=LATER if again else NOW)).submissions
    if source.strict:
        # Without a name of its own, an event of our own API cannot be told from its repeat.
        return [submission for submission in found if submission.key is not None]
    return found


def new(answer: Answer) -> int:
    return sum(entry is not None for entry in answer)


async def totals(one: Replica) -> dict[str, object]:
    await one.ledger.catch_up()
    return dict(one.totals.rows())


@every_path
async def test_a_repeated_request_adds_nothing(path: str, replica: RunningLedger) -> None:
    async with replica() as one:
        await one.ledger.append(submissions(path))
        before = await totals(one)
        assert new(await one.ledger.append(submissions(path, again=True))) == 0
        assert new(await one.ledger.append(submissions(path, again=True, anew=True))) == 0
        assert await totals(one) == before


@every_path
async def test_a_request_that_comes_twice_at_once_counts_once(path: str, replica: RunningLedger) -> None:
    async with replica() as one:
        once = submissions(path)
        answers = await one.ledger.append(once * 2)
        assert new(answers[len(once) :]) == 0
