"""What goes wrong on the way: a story is told twice, out of order, by a stranger, or in halves."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from exporter.demo.scene import Story

Fault: TypeAlias = Callable[[Random, Story], Story]

_REPEAT_S = 0.7


def repeated(random: Random, story: Story) -> Story:
    """One call comes a second time, as when its answer was lost."""
    call = random.choice(story)
    return [*story, call._replace(at_s=call.at_s + _REPEAT_S)]


def reordered(random: Random, story: Story) -> Story:
    """The calls come in the wrong order, the last one first."""
    times_s = [call.at_s for call in story]
    return [call._replace(at_s=at_s) for call, at_s in zip(story, reversed(times_s), strict=True)]


def forged(random: Random, story: Story) -> Story:
    """Somebody without the secret sends a copy of a call first."""
    return [story[0]._replace(forged=True), *story]


def malformed(random: Random, story: Story) -> Story:
    """A copy of one call is cut in the middle."""
    call = random.choice(story)
    return [*story, call._replace(body=call.body[: len(call.body) // 2])]


FAULTS: tuple[Fault, ...] = (repeated, reordered, forged, malformed)
_WEIGHTS = (3, 3, 1, 1)
_FAULTY_RATIO = 0.08


def disturbed(random: Random, story: Story) -> Story:
    """The story, now and then with a fault."""
    if random.random() >= _FAULTY_RATIO:
        return story
    return random.choices(FAULTS, _WEIGHTS)[0](random, story)
