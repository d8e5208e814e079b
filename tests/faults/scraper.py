"""Prometheus's view: pages read over and over, and what a counter must never do between two of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from exporter.catalogue import FOLD_FAMILIES, Kind

SeriesKey = tuple[str, frozenset[tuple[str, str]]]
_INTERVAL_S = 0.25
_GROWING = {family.name.removesuffix("_total") for family in FOLD_FAMILIES if family.kind is not Kind.GAUGE}


def growing(page: str) -> dict[SeriesKey, float]:
    """Every business series of a page that may only grow: counters, and the parts of histograms."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        if family.name in _GROWING
        for sample in family.samples
    }


def counted(page: str) -> dict[SeriesKey, float]:
    """The same without what is still zero."""
    return {key: value for key, value in growing(page).items() if value}


class Scraper:
    """Reads /metrics until it is stopped.

    Attributes:
        resets: business series that went down, or were gone from a page that had others.
        gaps: pages of an exporter that did not know its totals yet.
    """

    def __init__(self, url: str) -> None:
        self.resets: list[str] = []
        self.pages = 0
        self.gaps = 0
        self._url = url
        self._last: Mapping[SeriesKey, float] = {}
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """End after the page that is being read."""
        self._stop.set()

    async def run(self) -> None:
        """Read and compare; an exporter that is away is no page at all."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(5)) as session:
            while not self._stop.is_set():
                with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                    async with session.get(self._url + "/metrics") as answer:
                        self._compare(growing(await answer.text()))
                await asyncio.sleep(_INTERVAL_S)

    def _compare(self, now: Mapping[SeriesKey, float]) -> None:
        self.pages += 1
        if not now:
            self.gaps += 1
            return
        for key, value in self._last.items():
            if now.get(key, -1.0) < value:
                self.resets.append(f"{key}: {value} then {now.get(key, 'gone')}")
        self._last = now
