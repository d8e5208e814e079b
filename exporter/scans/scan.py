"""One scan: read what is new, hand it to the ledger together with how far, and look at the gauges."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime
from time import perf_counter, time
from typing import Any

from exporter.config import ScanConfig, profile_of
from exporter.config.profile import TableScan
from exporter.errors import ExporterError, GivenUp, Reason, ScanFailed, ScanMoved, ScanStatus
from exporter.event import DEFAULT_TENANT, Entry, Submission, Tally
from exporter.ledger.commit import Answer
from exporter.ledger.cursor import Move
from exporter.ledger.ledger import Ledger
from exporter.ledger.parking import ParkedEvent
from exporter.scans.gauge import GaugeReading
from exporter.scans.mapping import TableMapping
from exporter.scans.open_rows import MAX_OPEN_ROWS
from exporter.scans.progress import Progress, ProgressLog
from exporter.scans.published import Published
from exporter.scans.reader import Reader, reader_of
from exporter.scans.step import Step
from exporter.selfmetrics import SelfMetrics

log = logging.getLogger(__name__)


class Scan:
    """Reads the tables of a profile, each row once.

    Args:
        turn: held while reading: scans of one database take turns.
        progress: told of each step; the log, if nobody else.
    """

    def __init__(
        self,
        config: ScanConfig,
        database_url: str,
        ledger: Ledger,
        metrics: SelfMetrics,
        published: Published | None = None,
        turn: asyncio.Lock | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.config = config
        self._profile = profile_of(config)
        self._ledger = ledger
        self._metrics = metrics
        self._published = published or Published(metrics)
        self._turn = turn or asyncio.Lock()
        self._progress = progress
        self._open = reader_of(config, database_url, metrics.scan_billed_bytes.labels(config.name).inc)
        self._source = f"scan:{config.name}"
        self._gauges = [
            GaugeReading(gauge, config.tables, config.set, config.tenants) for gauge in self._profile.gauges
        ]
        metrics.scan_interval.labels(config.name).set(config.interval_s)
        metrics.scan_last_success.labels(config.name).set(0)
        for status in ScanStatus:
            metrics.scan_runs.labels(config.name, status.value)
        for counter in (metrics.scan_rows, metrics.scan_late_rows):
            counter.labels(config.name)
        for what in GivenUp:
            metrics.scan_given_up.labels(config.name, what.value)

    async def run(self, since: datetime | None = None) -> ScanStatus:
        """Read to the end of each table; a failure is counted and logged, and the next run goes on from there.

        With `since`, a table that was never read is read from there on, and one that was is filled in back to there.
        """
        async with self._turn:
            began = perf_counter()
            status = ScanStatus.ERROR
            try:
                status = await self._read(since)
            finally:
                self._metrics.scan_runs.labels(self.config.name, status.value).inc()
                self._metrics.scan_seconds.labels(self.config.name).observe(perf_counter() - began)
        if status is ScanStatus.SUCCESS:
            self._metrics.scan_last_success.labels(self.config.name).set(time())
        return status

    async def _read(self, since: datetime | None) -> ScanStatus:
        """One table that cannot be read does not stop the others; the answer is the first failure."""
        failed: list[ScanStatus] = []
        try:
            async with self._open() as reader:
                for table in self._profile.tables:
                    failed += await self._tried(table.name, self._read_table(reader, table, since))
                for gauge in self._gauges:
                    failed += await self._tried(gauge.gauge.name, self._look(reader, gauge))
        except ScanFailed as error:
            log.warning("scan %s failed: %s", self.config.name, error)
            return error.status
        return failed[0] if failed else ScanStatus.SUCCESS

    async def _tried(self, what: str, work: Awaitable[None]) -> list[ScanStatus]:
        try:
            await work
        except ScanFailed as error:
            log.warning("scan %s failed at %s: %s", self.config.name, what, error)
            return [error.status]
        except ScanMoved as error:
            log.info("scan %s leaves %s: %s", self.config.name, what, error)
            return [ScanStatus.MOVED]
        except ExporterError as error:
            log.warning("scan %s failed at %s: %s", self.config.name, what, error)
            return [ScanStatus.LEDGER]
        return []

    async def _read_table(self, reader: Reader, table: TableScan, since: datetime | None) -> None:
        name = f"{self.config.name}/{table.name}"
        mapping = TableMapping(table, self._source, self.config.set, self.config.tenants)

        async def open_rows(after: str, limit: int) -> list[Any]:
            return await self._ledger.open_rows(name, after, limit)

        if table.final is not None:
            # Before they are read again: a run that ends half way must not leave it undone.
            forgotten = await self._ledger.forget_oldest_open_rows(name, MAX_OPEN_ROWS)
            self._given_up(GivenUp.OPEN_ROWS, forgotten)
        progress = self._progress or ProgressLog(self.config.name)
        state, version = await self._ledger.read_cursor(name)
        for way in await reader.ways(mapping, open_rows):
            if since is not None:
                state = await way.since(state, since)
            async for step in way.steps(state):
                rows = await self._take(step, Move(name, step.state, version, step.opened, step.closed))
                state, version = step.state, version + 1
                progress(table.name, step.done_ratio, rows)

    async def _take(self, step: Step, move: Move) -> int:
        """Store a step; the answer is how many rows it read for the first time.

        Park first: parked twice is one row, so that a crash in between does no harm.
        """
        tenant = str(self.config.set.get("tenant", DEFAULT_TENANT))
        await self._ledger.park(
            [
                ParkedEvent(tenant, self._source, error.reason, error.detail, raw)
                for error, raw in step.read.rejected
            ]
        )
        submissions = step.read.submissions
        answers = await self._ledger.append(submissions, move)
        await self._ledger.park(
            [
                ParkedEvent(tenant, self._source, answer, "the ledger refused a value", submission.raw)
                for submission, answer in zip(submissions, answers, strict=True)
                if isinstance(answer, Reason)
            ]
        )
        rows = _new_rows(submissions, answers) if step.rows is None else step.rows
        self._metrics.scan_rows.labels(self.config.name).inc(rows)
        if step.late:
            self._metrics.scan_late_rows.labels(self.config.name).inc(rows)
        for what, number in step.given_up:
            self._given_up(what, number)
        return rows

    def _given_up(self, what: GivenUp, number: int) -> None:
        self._metrics.scan_given_up.labels(self.config.name, what.value).inc(number)
        if number:
            log.warning("scan %s gave up %d %s: it keeps no more", self.config.name, number, what.value)

    async def _look(self, reader: Reader, reading: GaugeReading) -> None:
        values = await reader.look(reading)
        gauge, config = reading.gauge, self.config
        self._published.show(
            config.name, gauge.name, gauge.gauge, values, interval_s=config.interval_s, now_s=time()
        )


def _new_rows(submissions: list[Submission], answers: Answer) -> int:
    """Rows that brought something new: facts of one row share its bytes."""
    new: Mapping[bytes, None] = {
        submission.raw: None
        for submission, answer in zip(submissions, answers, strict=True)
        if isinstance(answer, Entry) and not (isinstance(answer.event, Tally) and submission.key is None)
    }
    return len(new)
