"""GET /api/v1/freshness: how old the newest event of each source is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import Field

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.freshness import Fresh, freshness
from exporter.api.sources import Sources

_FAMILY = "comms_data_timestamp_seconds"
_US_PER_S = 1_000_000


class Source(Answer):
    """One source."""

    source: str = Field(description="Who sends.")
    newest_at: datetime = Field(description="The time of its newest event.")
    age_seconds: float = Field(description="How long ago that is.")


class Freshness(Fresh):
    """Every source that was ever heard."""

    sources: list[Source] = Field(description="The oldest first.")


def newest_endpoints(sources: Sources) -> list[Endpoint]:
    """How fresh the data is."""
    return [
        Endpoint(
            "GET",
            "/api/v1/freshness",
            "How old the newest event of each source is.",
            Role.USER,
            _Handler(sources).freshness,
            Freshness,
        )
    ]


class _Handler(NamedTuple):
    sources: Sources

    async def freshness(self, asked: Asked) -> Freshness:
        """Of the whole exporter: sources belong to no tenant."""
        now = datetime.now(UTC)
        series = self.sources.totals().families[_FAMILY]
        found = []
        for (source,), place in series.index.items():
            at_us, _ = series.row(place)
            if at_us > 0:
                newest_at = datetime.fromtimestamp(at_us / _US_PER_S, UTC)
                age_s = max(0.0, (now - newest_at).total_seconds())
                found.append(Source(source=source, newest_at=newest_at, age_seconds=round(age_s, 3)))
        found.sort(key=lambda one: one.newest_at)
        return Freshness(sources=found, **await freshness(self.sources.ledger))
