"""What becomes of an e-mail, whoever carries it."""

from __future__ import annotations

from enum import Enum, auto
from typing import NamedTuple

from exporter.demo.scene import Scene


class Step(Enum):
    """One thing that happens to an e-mail."""

    TAKEN = auto()
    REFUSED = auto()
    DEFERRED = auto()
    BOUNCED = auto()
    DELIVERED = auto()
    PREFETCHED = auto()
    OPENED = auto()
    CLICKED = auto()
    COMPLAINED = auto()
    UNSUBSCRIBED = auto()


class Moment(NamedTuple):
    """A step and when it happens, in seconds since the mail was taken."""

    at_s: float
    step: Step


_LIVES: dict[tuple[Step, ...], int] = {
    (Step.TAKEN, Step.DELIVERED): 45,
    (Step.TAKEN, Step.DELIVERED, Step.PREFETCHED, Step.OPENED, Step.CLICKED): 60,
    (Step.TAKEN, Step.DEFERRED, Step.DELIVERED, Step.OPENED): 14,
    (Step.TAKEN, Step.DELIVERED, Step.OPENED, Step.UNSUBSCRIBED): 4,
    (Step.TAKEN, Step.DELIVERED, Step.COMPLAINED): 2,
    (Step.TAKEN, Step.BOUNCED): 1,
    (Step.REFUSED,): 1,
}
_AFTER_S = {
    Step.TAKEN: (0.0, 0.0),
    Step.REFUSED: (0.0, 0.0),
    Step.PREFETCHED: (0.1, 0.4),
    # A person needs longer than the machines that open everything at once.
    Step.OPENED: (5.0, 7.0),
}
_USUALLY_AFTER_S = (0.5, 2.0)


def mail_life(scene: Scene) -> list[Moment]:
    """The steps of one mail in their order."""
    steps = scene.random.choices(list(_LIVES), list(_LIVES.values()))[0]
    moments, at_s = [], 0.0
    for step in steps:
        at_s += scene.seconds(*_AFTER_S.get(step, _USUALLY_AFTER_S))
        moments.append(Moment(at_s, step))
    return moments
