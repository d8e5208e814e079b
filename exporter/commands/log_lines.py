"""What the log rules make of each line of a file, in words for the operator who writes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from exporter.errors import Rejected
from exporter.sources.log import Log, read_line
from exporter.sources.log_reading import LineReader, LogLine, LogSource, Taker, takers_of
from exporter.sources.log_rule import LogRule
from exporter.sources.loki import Loki
from exporter.sources.otlp import Otlp
from exporter.sources.source import Request

FORMATS: dict[str, type[LogSource]] = {"ndjson": Log, "otlp": Otlp, "loki": Loki}


def explain(rules: tuple[LogRule, ...], form: str, body: bytes, now: datetime) -> Iterator[str]:
    """A line of text for each log line, and at the end how many came to what.

    Raises:
        Rejected: the whole body cannot be read.
    """
    takers = takers_of(rules)
    reader = LineReader(takers, now)
    outcomes = Counter({"events": 0, "ignored": 0, "parked": 0})
    for number, line in _numbered(form, body, now):
        outcome, story = _story(reader, takers, line)
        outcomes[outcome] += 1
        yield f"{number}: {story}"
    yield f"{outcomes.total()} lines: " + ", ".join(f"{count} {word}" for word, count in outcomes.items())


def _numbered(form: str, body: bytes, now: datetime) -> Iterable[tuple[int, LogLine]]:
    """Lines with the numbers that an editor shows, or with their place in a push."""
    if form == "ndjson" and body[:1] != b"[":
        lines = enumerate(map(bytes.strip, body.split(b"\n")), start=1)
        return ((number, read_line(raw)) for number, raw in lines if raw)
    content_type = "application/json" if body.lstrip()[:1] == b"{" else "application/x-protobuf"
    request = Request("", {}, {"Content-Type": content_type}, body, now)
    return enumerate(FORMATS[form]((), ()).lines(request), start=1)


def _story(reader: LineReader, takers: Iterable[Taker], line: LogLine) -> tuple[str, str]:
    taker: Taker | None = None
    try:
        taker = reader.taker(line)
        if taker is None:
            failed = (f"{taker.name} fails at {taker.unmet(line.fields or {})}" for taker in takers)
            return "ignored", f"ignored: {', '.join(failed)}"
        event, _ = reader.event(taker, line)
    except Rejected as error:
        by = f" by {taker.name}" if taker else ""
        return "parked", f"parked{by}: {error}"
    return "events", f"event by {taker.name}: {msgspec.json.encode(event).decode()}"
