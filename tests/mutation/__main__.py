"""`make mutate`: plants each mistake in each rule, and lists those that no suite notices.

Arguments are parts of names of rules or of mistakes; without any, all are tried. It fails below SCORE, on a survivor
that survivors.yaml does not explain, and on an explanation of one that does not survive any more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.suites import Workshop
from tests.stack.rule_files import RULES, name_of

SCORE = 0.95
SURVIVORS = Path(__file__).with_name("survivors.yaml")


class Trial(NamedTuple):
    """One mistake in one rule."""

    name: str
    mutant: Mutant


def trials(parts: list[str]) -> Iterator[Trial]:
    """Every mistake, or those that hold one of the parts in their name or in that of their rule."""
    for rule in RULES:
        name = name_of(rule)
        for mutant in mutants(rule):
            if not parts or any(part in f"{name} {mutant.mistake}" for part in parts):
                yield Trial(name, mutant)


def main(parts: list[str]) -> int:
    """Try all; the answer is the exit status."""
    if not parts and (broken := _broken()):
        print(f"these fail without any mistake: {', '.join(broken)}")
        return 2
    tried = list(trials(parts))
    explained = _explained()
    if parts:
        explained &= {(trial.name, trial.mutant.mistake) for trial in tried}
    alive = set()
    for survivor in _surviving(tried):
        alive.add(survivor)
        if survivor not in explained:
            print("unexplained survivor of {}\n    {}".format(*survivor), flush=True)
    for gone in sorted(explained - alive):
        print("explained, but noticed or gone: {}\n    {}".format(*gone))
    score = 1 - len(alive) / max(1, len(tried))
    print(f"{len(tried) - len(alive)} of {len(tried)} mistakes noticed: {score:.1%}; the goal is {SCORE:.0%}")
    return int(score < SCORE or alive != explained)


def _broken() -> list[str]:
    with tempfile.TemporaryDirectory() as directory:
        return Workshop(Path(directory)).failing()


def _explained() -> set[tuple[str, str]]:
    reasons = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8"))
    return {(name, mistake) for name, mistakes in reasons.items() for mistake in mistakes}


def _surviving(tried: list[Trial]) -> Iterator[tuple[str, str]]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for trial, killed in zip(tried, pool.map(_killed, tried, chunksize=4), strict=True):
            if not killed:
                yield trial.name, trial.mutant.mistake


@cache
def _workshop() -> tuple[Workshop, tempfile.TemporaryDirectory[str]]:
    """One for each process; the directory lives as long as the process."""
    directory = tempfile.TemporaryDirectory()
    return Workshop(Path(directory.name)), directory


def _killed(trial: Trial) -> bool:
    return _workshop()[0].kills(trial.name, trial.mutant.rule)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
