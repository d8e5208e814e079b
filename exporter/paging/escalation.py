"""Which way is taken next: a function of the people on duty, of what was tried, and of the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from exporter.ledger.pages import Step, Way
from exporter.paging.people import EMAIL


class Patience(NamedTuple):
    """How long to wait.

    Attributes:
        delivery: for a receipt, before the person's next way is taken.
        answer: for an ACK of somebody who was reached, before the next level is told; None waits for ever.
    """

    delivery: timedelta
    answer: timedelta | None


def next_ways(
    levels: Sequence[Sequence[Sequence[Way]]], steps: Sequence[Step], now: datetime, patience: Patience
) -> list[Way]:
    """The ways to take now, none while there is something to wait for.

    `levels` are the ways to each person of each level, `steps` what was tried for this page, in that order.
    """
    for people in levels:
        tried = [_tried(ways, steps) for ways in people]
        if not any(tried):
            return [ways[0] for ways in people if ways]
        reached = [step.ended_at or now for one in tried for step in one if step.outcome == "delivered"]
        if reached:
            if patience.answer is None or now - min(reached) < patience.answer:
                return []
            continue
        following = [_following(ways, one, now, patience) for ways, one in zip(people, tried, strict=True)]
        wanted = [way for way, _ in following if way is not None]
        if wanted or any(waits for _, waits in following):
            return wanted
    return []


def _tried(ways: Sequence[Way], steps: Sequence[Step]) -> list[Step]:
    # By person and place: a step stays what it was when another configuration has another channel there.
    places = {(way.person, way.number) for way in ways}
    return [step for step in steps if (step.way.person, step.way.number) in places]


def _following(
    ways: Sequence[Way], tried: Sequence[Step], now: datetime, patience: Patience
) -> tuple[Way | None, bool]:
    """The next way to a person who was not reached, and whether there is one to wait for."""
    if not tried:
        return (ways[0] if ways else None), False
    last = max(tried, key=lambda step: step.way.number)
    if last.outcome is None and now - (last.sent_at or last.planned_at) < patience.delivery:
        return None, True
    left = [way for way in ways if way.number > last.way.number]
    if last.outcome is None and last.sent_at is None:
        # Not handed over: its provider is the trouble, and the step goes on trying. Only another one can help.
        left = [way for way in left if way.channel == EMAIL]
    return (left[0] if left else None), False
