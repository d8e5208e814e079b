"""The metrics page: totals and the process's own numbers, in the format and encoding a reader asks for."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from gzip import compress
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import generate_latest as text_of
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_of
from prometheus_client.registry import Collector

from exporter.lines import FASTEST, FamilyLines, header
from exporter.totals import Totals

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_log = logging.getLogger(__name__)
_OPENMETRICS = "application/openmetrics-text"
_EOF = b"# EOF\n"
_PIECE_BYTES = {False: 32_768, True: 4_096}
"""About the same work, plain and compressed."""


class Format(NamedTuple):
    """How a reader wants the page."""

    openmetrics: bool
    gzip: bool

    @property
    def content_type(self) -> str:
        """The Content-Type of the answer."""
        return OPENMETRICS_TYPE if self.openmetrics else TEXT_TYPE


class Exposition:
    """The page. Totals have one at a time, and it runs where they are folded, never in another thread.

    Attributes:
        failures: by metric, how often a part of the page had to be left out.
    """

    def __init__(self, totals: Totals, process_registry: CollectorRegistry) -> None:
        self.failures: Counter[str] = Counter()
        self._registry = process_registry
        self._families = [FamilyLines(series) for series in totals.families.values()]
        self._headers = {
            (series.family.name, openmetrics): header(series.family, openmetrics=openmetrics)
            for series in totals.families.values()
            for openmetrics in (False, True)
        }

    def pieces(self, *, openmetrics: bool, gzip: bool) -> Iterator[bytes]:
        """The page in pieces of a millisecond's work or so; the totals may move on between two of them."""
        waiting: list[bytes] = []
        waiting_bytes = 0
        for part in self._parts(openmetrics, gzip):
            waiting.append(part)
            waiting_bytes += len(part)
            if waiting_bytes >= _PIECE_BYTES[gzip]:
                yield b"".join(waiting)
                waiting, waiting_bytes = [], 0
        yield b"".join(waiting)

    def _parts(self, openmetrics: bool, gzip: bool) -> Iterator[bytes]:
        for lines in self._families:
            yield from self._family(lines, openmetrics, gzip)
        process = self._process(openmetrics) + (_EOF if openmetrics else b"")
        yield compress(process, FASTEST, mtime=0) if gzip else process

    def _family(self, lines: FamilyLines, openmetrics: bool, gzip: bool) -> Iterator[bytes]:
        """A family without series has no header either."""
        chunks = range(lines.chunk_count())
        if chunks:
            top = self._headers[lines.name, openmetrics]
            yield compress(top, FASTEST, mtime=0) if gzip else top
        for number in chunks:
            yield self._chunk(lines, number, gzip)

    def _chunk(self, lines: FamilyLines, number: int, gzip: bool) -> bytes:
        try:
            return lines.member(number) if gzip else lines.chunk(number)
        except Exception:  # One bad family must not blank the page.
            self._fail(lines.name)
            return b""

    def _process(self, openmetrics: bool) -> bytes:
        """The registry's families, each written alone so that a bad one is left out alone."""
        written: list[bytes] = []
        try:
            written.extend(self._process_family(metric, openmetrics) for metric in self._registry.collect())
        except Exception:  # A collector that raises ends the registry's walk; what came before it stands.
            self._fail("process")
        return b"".join(written)

    def _process_family(self, metric: Metric, openmetrics: bool) -> bytes:
        try:
            if openmetrics:
                return openmetrics_of(_Alone(metric)).removesuffix(_EOF)  # type: ignore[no-untyped-call, no-any-return]
            return text_of(_Alone(metric))
        except Exception:  # The same rule as for the families of the totals.
            self._fail(metric.name)
            return b""

    def _fail(self, metric: str) -> None:
        self.failures[metric] += 1
        _log.exception("part of the metrics page left out", extra={"metric": metric})


class _Alone(Collector):
    """A registry of one family."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        return (self._metric,)


def negotiate(accept: str, accept_encoding: str) -> Format:
    """The best format a reader takes; whoever asks for nothing we know gets plain text 0.0.4.

    Source: the Accept headers of Prometheus 2.42 and 3 (scrape/scrape.go, 2026-11) and RFC 9110 section 12.5.
    """
    media, encodings = _weights(accept), _weights(accept_encoding)
    openmetrics = media.get(_OPENMETRICS, 0.0)
    text = media.get("text/plain", media.get("text/*", media.get("*/*", 0.0)))
    gzip = encodings.get("gzip", encodings.get("x-gzip", encodings.get("*", 0.0)))
    return Format(
        openmetrics=openmetrics > 0 and openmetrics >= text,
        gzip=gzip > 0 and gzip >= encodings.get("identity", 0.0),
    )


def _weights(header_value: str) -> Mapping[str, float]:
    """The weight of each choice in a header, of repeated ones the largest."""
    weights: dict[str, float] = {}
    for choice in header_value.lower().split(","):
        name, *parameters = (part.strip() for part in choice.split(";"))
        given = dict(parameter.partition("=")[::2] for parameter in parameters)
        if name != _OPENMETRICS or given.get("version", "1.0.0").strip('"') == "1.0.0":
            weights[name] = max(weights.get(name, 0.0), _weight(given.get("q", "1")))
    return weights


def _weight(text: str) -> float:
    """A weight from 0 to 1; what is none counts as a refusal."""
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
