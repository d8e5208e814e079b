"""GET …/export/csv, json and pdf: the same rows three times, sent as they are read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.download import Download, Outcome, Turns
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.exports.csv_form import csv_heads, csv_rows
from exporter.api.exports.days import COSTS, SMS
from exporter.api.exports.json_form import json_end, json_head, json_rows
from exporter.api.exports.messages import MESSAGES
from exporter.api.exports.report import MOST_ROWS, Report, drawn
from exporter.api.exports.table import Exported, Table
from exporter.api.exports.usage import usage_table
from exporter.api.freshness import freshness, owner_of
from exporter.api.period import Days, LastDays, said
from exporter.api.sources import Sources
from exporter.api.usage import Credits
from exporter.errors import Refusal, RefusalReason

_AT_ONCE = 2


def export_endpoints(sources: Sources) -> list[Endpoint]:
    """Three endpoints a table."""
    usage = usage_table(lambda: Credits(sources.config().credits.used_per_usd))
    turns = Turns(_AT_ONCE)
    return [
        one
        for prefix, table in [
            ("/api/v1/analytics/export", usage),
            ("/api/v1/exports/messages", MESSAGES),
            ("/api/v1/exports/costs", COSTS),
            ("/api/v1/exports/sms", SMS),
        ]
        for one in _of(prefix, Export(sources, table, turns))
    ]


def _of(prefix: str, export: Export) -> list[Endpoint]:
    def endpoint(form: str, handle: Any, media_type: str, answer: Any = None) -> Endpoint:
        return Endpoint(
            "GET",
            f"{prefix}/{form}",
            f"{export.table.title} as {form.upper()}.",
            Role.USER,
            handle,
            answer,
            export.table.parameters,
            media_type=media_type,
        )

    return [
        endpoint("csv", export.csv, "text/csv"),
        endpoint("json", export.json, "application/json", Exported[export.table.row]),  # type: ignore[name-defined]
        endpoint("pdf", export.pdf, "application/pdf"),
    ]


class Export(NamedTuple):
    """The handlers of one table; a user takes what is theirs, an administrator what is the tenant's."""

    sources: Sources
    table: Table
    turns: Turns

    async def csv(self, asked: Asked) -> Download:
        """Comma-separated values."""
        return self._download(asked, "csv", "text/csv", self._csv)

    async def json(self, asked: Asked) -> Download:
        """The document of Exported."""
        return self._download(asked, "json", "application/json", self._json)

    async def pdf(self, asked: Asked) -> Download:
        """A report."""
        return self._download(asked, "pdf", "application/pdf", self._pdf)

    def _download(self, asked: Asked, form: str, media_type: str, pieces: Any) -> Download:
        days = asked.parameters.chosen(datetime.now(UTC))
        if isinstance(asked.parameters, LastDays):
            name = f"{self.table.name}_{asked.parameters.days}days.{form}"
        else:
            name = f"{self.table.name}_{days.first}_{days.last}.{form}"
        return Download(name, media_type, self._in_turn(pieces(asked, days)), self._ended)

    def _ended(self, outcome: Outcome) -> None:
        self.sources.metrics.downloads.labels(outcome).inc()

    async def _in_turn(self, pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        with self.turns.one():
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece

    async def _csv(self, asked: Asked, days: Days) -> AsyncGenerator[bytes, None]:
        # With the first rows, not before them: until something is sent, a failure can be told.
        before = csv_heads(self.table)
        async with self._reading(asked, days) as pages:
            async for page in pages:
                yield before + csv_rows(self.table, page)
                before = b""
        if before:
            yield before

    async def _json(self, asked: Asked, days: Days) -> AsyncGenerator[bytes, None]:
        count = 0
        before = json_head({**await self._fresh(), "period": said(days).model_dump()})
        async with self._reading(asked, days) as pages:
            async for page in pages:
                yield before + json_rows(page, first=not count)
                before, count = b"", count + len(page)
        yield before + json_end(count)

    async def _pdf(self, asked: Asked, days: Days) -> AsyncGenerator[bytes, None]:
        fresh = await self._fresh()
        rows: list[Answer] = []
        async with self._reading(asked, days) as pages:
            async for page in pages:
                rows += page
                if len(rows) > MOST_ROWS:
                    detail = (
                        f"more than {MOST_ROWS} rows are no report: ask for less time, or for CSV or JSON"
                    )
                    raise Refusal(RefusalReason.BAD_PARAMETER, detail)
        report = Report(self.table, asked.one_tenant, f"{days.first}", f"{days.last}", fresh["as_of"])
        yield await drawn(report, rows)

    @asynccontextmanager
    async def _reading(self, asked: Asked, days: Days) -> AsyncIterator[AsyncIterator[list[Answer]]]:
        async with self.sources.reports.of(asked.one_tenant) as connection:
            yield self.table.rows(connection, owner_of(asked), days.period)

    async def _fresh(self) -> dict[str, Any]:
        if self.table.from_rollups:
            return await freshness(self.sources.ledger)
        return {"as_of": datetime.now(UTC), "lag_events": 0}
