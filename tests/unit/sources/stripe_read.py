"""What Stripe's events are read as, and what of them the ledger keeps."""

from __future__ import annotations

from exporter.event import Payment, Submission
from exporter.sources.source import Batch, Request
from tests.unit.sources.stripe_events import stripe


def read(sent: Request, **keys: object) -> Batch:
    return stripe(**keys).read(sent)


def one(sent: Request, **keys: object) -> Submission:
    batch = read(sent, **keys)
    assert not batch.parked
    assert len(batch.submissions) == 1
    return batch.submissions[0]


def once(sent: list[Request], **keys: object) -> dict[str | None, Submission]:
    """What the ledger keeps: the first submission of each key."""
    kept: dict[str | None, Submission] = {}
    for request in sent:
        for submission in read(request, **keys).submissions:
            kept.setdefault(submission.key, submission)
    return kept


def money(kept: dict[str | None, Submission]) -> list[tuple[str, str]]:
    """State and amount of every payment, in no order."""
    events = [submission.event for submission in kept.values()]
    return sorted((e.state.value, str(e.amount)) for e in events if isinstance(e, Payment))
