"""One scan: read what is new, hand it to the ledger, remember how far."""

from __future__ import annotations

import logging
from importlib.resources import files
from time import perf_counter, time

import asyncpg

from exporter.config import ScanConfig
from exporter.errors import ExporterError, Reason
from exporter.event import Entry, Submission
from exporter.ledger.ledger import Ledger
from exporter.ledger.parking import ParkedEvent
from exporter.scans.cursor import Cursor, advance, fill, from_json, settle
from exporter.scans.sms_usage_logs import raw, to_message
from exporter.selfmetrics import SelfMetrics

log = logging.getLogger(__name__)

_CONNECT_LIMIT_S = 5.0


class Scan:
    """Reads the rows of one table once each.

    Rows carry their id as the event's key, so reading one twice, after a crash or by two replicas, changes nothing.
    """

    def __init__(self, config: ScanConfig, database_url: str, ledger: Ledger, metrics: SelfMetrics) -> None:
        self.config = config
        self._table = config.table or config.profile
        self._database_url = database_url
        self._ledger = ledger
        self._metrics = metrics
        metrics.scan_interval.labels(config.name).set(config.interval_s)
        metrics.scan_last_success.labels(config.name).set(0)
        for status in ("success", "error", "timeout"):
            metrics.scan_runs.labels(config.name, status)
        for counter in (metrics.scan_rows, metrics.scan_late_rows):
            counter.labels(config.name)

    async def run(self) -> None:
        """Read to the end of the table; a failure is counted and logged, and the next run goes on from there."""
        began = perf_counter()
        status = "error"
        try:
            await self._read_all()
            status = "success"
            self._metrics.scan_last_success.labels(self.config.name).set(time())
        except TimeoutError:
            status = "timeout"
            log.warning("scan %s: the database did not answer in time", self.config.name)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ExporterError, LookupError) as error:
            log.warning("scan %s failed: %s: %s", self.config.name, type(error).__name__, error)
        finally:
            self._metrics.scan_runs.labels(self.config.name, status).inc()
            self._metrics.scan_seconds.labels(self.config.name).observe(perf_counter() - began)

    async def _read_all(self) -> None:
        cursor = from_json(*await self._ledger.read_cursor(self.config.name))
        connection = await asyncpg.connect(
            self._database_url,
            timeout=_CONNECT_LIMIT_S,
            command_timeout=self.config.timeout_s,
            server_settings={
                "application_name": "comms-exporter scan",
                "default_transaction_read_only": "on",
                "statement_timeout": str(int(self.config.timeout_s * 1000)),
            },
        )
        try:
            cursor = await self._read_gaps(connection, cursor)
            while True:
                cursor, rows = await self._read_page(connection, cursor)
                if rows < self.config.batch_rows:
                    break
        finally:
            connection.terminate()

    async def _read_gaps(self, connection: asyncpg.Connection[asyncpg.Record], cursor: Cursor) -> Cursor:
        """Look for late rows before giving up on any: what committed until the look at the horizon is seen."""
        if not cursor.gaps:
            return cursor
        horizon = await connection.fetchrow(_sql("horizon"))
        if horizon is None:
            raise ExporterError("no answer to the snapshot query")
        lows, highs = [gap.low for gap in cursor.gaps], [gap.high for gap in cursor.gaps]
        rows = await connection.fetch(
            _sql(f"{self.config.profile}_between", self._table), lows, highs, self.config.batch_rows
        )
        await self._submit(rows)
        self._metrics.scan_late_rows.labels(self.config.name).inc(len(rows))
        filled = fill(cursor, [row["id"] for row in rows])
        if len(rows) < self.config.batch_rows:
            filled = settle(filled, time(), horizon["xmin"], self.config.gap_patience_s)
        return await self._keep(cursor, filled)

    async def _read_page(
        self, connection: asyncpg.Connection[asyncpg.Record], cursor: Cursor
    ) -> tuple[Cursor, int]:
        rows = await connection.fetch(
            _sql(f"{self.config.profile}_after", self._table), cursor.id, self.config.batch_rows
        )
        if not rows:
            return cursor, 0
        # After the rows: a transaction that hid one of them had its id before this.
        horizon = await connection.fetchrow(_sql("horizon"))
        if horizon is None:
            raise ExporterError("no answer to the snapshot query")
        await self._submit(rows)
        moved = advance(cursor, [row["id"] for row in rows], time(), horizon["xmax"])
        return await self._keep(cursor, moved), len(rows)

    async def _submit(self, rows: list[asyncpg.Record]) -> None:
        source = f"scan:{self.config.name}"
        submissions = [
            Submission(source, to_message(row, self.config), raw(row), str(row["id"]))
            for row in map(dict, rows)
        ]
        answers = await self._ledger.append(submissions)
        await self._ledger.park(
            [
                ParkedEvent(self.config.tenant, source, answer, "the ledger refused a value", submission.raw)
                for submission, answer in zip(submissions, answers, strict=True)
                if isinstance(answer, Reason)
            ]
        )
        new = sum(isinstance(answer, Entry) for answer in answers)
        self._metrics.scan_rows.labels(self.config.name).inc(new)

    async def _keep(self, old: Cursor, new: Cursor) -> Cursor:
        if new == old:
            return old
        version = await self._ledger.write_cursor(self.config.name, new.to_json(), old.version)
        return new._replace(version=version)


def _sql(name: str, table: str = "") -> str:
    """A statement of sql/; a name cannot be a parameter, and the configuration lets only plain names through."""
    text = (files("exporter.scans") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return text.replace(":table", table)
