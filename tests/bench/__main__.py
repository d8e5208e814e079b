"""Measure and print. `python -m tests.bench [subject ...] [--quick] [--write]`."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from time import perf_counter
from types import FrameType

from tests.bench import (
    analytics,
    disturbance,
    fold,
    ingest,
    peers,
    prices,
    reports,
    scrape,
    senders,
    start,
    webhooks,
)
from tests.bench.effort import FULL, QUICK
from tests.bench.report import Result, between_markers, machine, render

SUBJECTS = {
    "webhooks": webhooks.measure,
    "ingest": ingest.measure,
    "senders": senders.measure,
    "scrape": scrape.measure,
    "disturbance": disturbance.measure,
    "fold": fold.measure,
    "prices": prices.measure,
    "start": start.measure,
    "analytics": analytics.measure,
    "reports": reports.measure,
    "peers": peers.measure,
}
_PAGE = Path(__file__).parents[2] / "BENCHMARKS.md"
_LIMIT_S = 1_800


def main(arguments: list[str] | None = None) -> None:
    """Measure the subjects named, or all of them."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if chosen.write and (chosen.subjects or chosen.quick):
        parser.error("--write takes a full run")
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _end)
    signal.alarm(_LIMIT_S)
    facts = machine()
    results = [_measured(name, quick=chosen.quick) for name in chosen.subjects or SUBJECTS]
    report = render(results, facts)
    print(report)
    if chosen.write:
        _PAGE.write_text(between_markers(_PAGE.read_text(), report))


def _measured(name: str, *, quick: bool) -> Result:
    began = perf_counter()
    result = SUBJECTS[name](QUICK if quick else FULL)
    print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return result


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    # No `choices`: argparse would check the empty list against them.
    parser.add_argument("subjects", nargs="*", type=_subject, metavar="subject", help=", ".join(SUBJECTS))
    parser.add_argument("--quick", action="store_true", help="see that it works; the numbers mean little")
    parser.add_argument("--write", action="store_true", help="write the result into BENCHMARKS.md")
    return parser


def _subject(name: str) -> str:
    if name not in SUBJECTS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(SUBJECTS)}")
    return name


def _end(number: int, frame: FrameType | None) -> None:
    """Leave through every `finally`, so that no server outlives us."""
    sys.exit(f"ended by {signal.Signals(number).name}")


if __name__ == "__main__":
    main()
