"""Waiting until what was sent is in the totals."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import perf_counter, sleep

from tests.bench.reading import Page, read

_LIMIT_S = 60
_POLL_S = 0.02
_seq = re.compile(rb'data-figure="seq" value="(\d+)"').search


def counted(page: Page) -> int:
    """How many message steps a metrics page counts."""
    return int(page.total("comms_messages_total"))


def messages(port: int) -> int:
    """How many message steps the totals count."""
    return counted(read(port))


def wait_until_counted(port: int, expected: int, *, unsure: int = 0) -> None:
    """Return once /metrics counts this many message steps and the follower has nothing left.

    Args:
        unsure: steps beyond those that were answered with an error, and may have been stored all the same.

    Raises:
        RuntimeError: an event was lost or counted twice.
    """

    def arrived() -> bool:
        page = read(port)
        if counted(page) > expected + unsure:
            raise RuntimeError(f"sent {expected} message steps, the totals count {counted(page)}")
        return counted(page) >= expected and page.total("comms_follower_lag_events") == 0

    _wait_until(arrived, f"{expected} message steps are not in the totals")


def ledger_seq(port: int) -> int:
    """The last event in the totals, without a scrape: that would leave nothing changed for the next one."""
    found = _seq(read(port, "/").body)
    if found is None:
        raise RuntimeError("the page at / names no place in the ledger")
    return int(found[1])


def wait_until_folded(port: int, seq: int) -> None:
    """Return once the totals stand at this place in the ledger.

    Raises:
        RuntimeError: they do not get there.
    """
    _wait_until(lambda: ledger_seq(port) >= seq, f"the totals do not reach event {seq}")


def _wait_until(arrived: Callable[[], bool], otherwise: str) -> None:
    limit = perf_counter() + _LIMIT_S
    while not arrived():
        if perf_counter() > limit:
            raise RuntimeError(otherwise)
        sleep(_POLL_S)
