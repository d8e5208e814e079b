"""Every fault done to one exporter under the eyes of one Prometheus, and whether each page came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.fault_tales import keep_telling
from tests.e2e.faults import PHASES
from tests.e2e.meanwhile import meanwhile
from tests.e2e.scene import Fault, Scene, scene_of


@dataclass
class Seen:
    """What came of the faults.

    Attributes:
        fired: alerts that did.
        heard: those that the people on call were told of.
        in_vain: what was waited for in vain, by alert.
    """

    fired: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    in_vain: dict[str, str] = field(default_factory=dict)


async def faults_seen(folder: Path, generation: str) -> Seen:
    """All of it; nothing runs any more when it is over."""
    first, *later = PHASES
    seen = Seen()
    async with scene_of(folder, generation) as scene:
        await _calm(scene, first)
        async with meanwhile(keep_telling(scene.traffic)):
            await _provoke(scene, first, seen)
        for phase in later:
            await _calm(scene, phase)
            await _provoke(scene, phase, seen)
    return seen


async def _calm(scene: Scene, phase: Iterable[str]) -> None:
    """None of these has come before its fault, or any more."""
    await scene.watch.until_empty(f'ALERTS{{alertname=~"{"|".join(phase)}"}}')


async def _provoke(scene: Scene, phase: dict[str, Fault], seen: Seen) -> None:
    async with asyncio.TaskGroup() as tasks:
        for alert, fault in phase.items():
            tasks.create_task(_provoke_one(scene, alert, fault, seen))


async def _provoke_one(scene: Scene, alert: str, fault: Fault, seen: Seen) -> None:
    """What one fault lacks is kept, so that it hides no other."""
    try:
        async with fault(scene):
            await scene.watch.until_given(f'ALERTS{{alertname="{alert}"}}')
            await scene.watch.until_given(f'ALERTS{{alertname="{alert}",alertstate="firing"}}')
            seen.fired.add(alert)
            await scene.watch.until_heard(alert, "firing")
            seen.heard.add(alert)
    except* AssertionError as errors:
        seen.in_vain[alert] = repr(errors)
