"""`make mutate`: plants each mistake in each rule, and lists those that no suite notices.

Arguments are parts of names of rules; without any, all are tried. It fails below SCORE, on a survivor that
survivors.yaml does not explain, and on an explanation of one that does not survive any more.
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
from tests.stack.rule_files import FILES

SCORE = 0.95
SURVIVORS = Path(__file__).with_name("survivors.yaml")


class Trial(NamedTuple):
    """One mistake in one rule."""

    subject: str
    name: str
    mutant: Mutant


def trials(parts: list[str]) -> Iterator[Trial]:
    """Every mistake of the rules whose names hold one of the parts."""
    for path in FILES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                name = rule.get("alert") or rule["record"]
                if not parts or any(part in name for part in parts):
                    yield from (Trial(path.stem, name, mutant) for mutant in mutants(rule))


def main(parts: list[str]) -> int:
    """Try all; the answer is the exit status."""
    with tempfile.TemporaryDirectory() as directory:
        if broken := Workshop(Path(directory)).failing():
            print(f"these fail without any mistake: {', '.join(broken)}")
            return 2
    tried = list(trials(parts))
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        killed = list(pool.map(_killed, tried, chunksize=4))
    survived = [trial for trial, dead in zip(tried, killed, strict=True) if not dead]
    return _judged(tried, survived)


def _judged(tried: list[Trial], survived: list[Trial]) -> int:
    explained = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8")) or {}
    tried_names = {(trial.name, trial.mutant.mistake) for trial in tried}
    alive = {(trial.name, trial.mutant.mistake) for trial in survived}
    known = {(name, mistake) for name, reasons in explained.items() for mistake in reasons}
    for name, mistake in sorted(alive - known):
        print(f"unexplained survivor of {name}\n    {mistake}")
    whole = {name for name, _ in tried_names}
    gone = sorted((name, mistake) for name, mistake in known - alive if name in whole)
    for name, mistake in gone:
        print(f"explained, but killed or gone: {name}\n    {mistake}")
    score = 1 - len(survived) / max(1, len(tried))
    print(f"{len(tried) - len(survived)} of {len(tried)} mistakes noticed: {score:.1%}; the goal is {SCORE:.0%}")
    return int(score < SCORE or bool(alive - known) or bool(gone))


@cache
def _workshop() -> tuple[Workshop, tempfile.TemporaryDirectory[str]]:
    """One for each process; the directory lives as long as the process."""
    directory = tempfile.TemporaryDirectory()
    return Workshop(Path(directory.name)), directory


def _killed(trial: Trial) -> bool:
    return _workshop()[0].kills(trial.subject, trial.mutant.rule)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
