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
    explained = yaml.safe_load(SURVIVORS.read_text(encoding="utf-8")) or {}
    tried = list(trials(parts))
    alive = set()
    for name, mistake in _surviving(tried):
        alive.add((name, mistake))
        if mistake not in explained.get(name, {}):
            print(f"unexplained survivor of {name}\n    {mistake}", flush=True)
    return _judged(tried, alive, explained)


def _surviving(tried: list[Trial]) -> Iterator[tuple[str, str]]:
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for trial, killed in zip(tried, pool.map(_killed, tried, chunksize=4), strict=True):
            if not killed:
                yield trial.name, trial.mutant.mistake


def _judged(tried: list[Trial], alive: set[tuple[str, str]], explained: dict[str, dict[str, str]]) -> int:
    names = {trial.name for trial in tried}
    known = {(name, mistake) for name in names for mistake in explained.get(name, {})}
    for name, mistake in sorted(known - alive):
        print(f"explained, but noticed or gone: {name}\n    {mistake}")
    score = 1 - len(alive) / max(1, len(tried))
    print(f"{len(tried) - len(alive)} of {len(tried)} mistakes noticed: {score:.1%}; the goal is {SCORE:.0%}")
    return int(score < SCORE or alive != known)


@cache
def _workshop() -> tuple[Workshop, tempfile.TemporaryDirectory[str]]:
    """One for each process; the directory lives as long as the process."""
    directory = tempfile.TemporaryDirectory()
    return Workshop(Path(directory.name)), directory


def _killed(trial: Trial) -> bool:
    return _workshop()[0].kills(trial.subject, trial.mutant.rule)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
