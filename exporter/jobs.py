"""Scheduled work: APScheduler lives here and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from exporter.errors import ExporterError
from exporter.selfmetrics import SelfMetrics

_FIRST_S = 1.0
_CRON_GRACE_S = 60

log = logging.getLogger(__name__)

Work = Callable[[], Awaitable[object]]


class Jobs:
    """Work at intervals, on the leader or on every replica.

    APScheduler skips a late run with no more than a log line, so lateness is allowed up to a whole interval, runs
    that pile up become one, and those still missed are counted.
    """

    def __init__(self, metrics: SelfMetrics, leads: Callable[[], bool]) -> None:
        self._metrics = metrics
        self._leads = leads
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_listener(self._missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def every(
        self, interval_s: float, name: str, work: Work, *, leader_only: bool, first_s: float = _FIRST_S
    ) -> None:
        """Run `work` each `interval_s` seconds, never twice at a time; `first_s` is how soon the first run comes."""
        first = datetime.now(UTC) + timedelta(seconds=min(first_s, interval_s))
        trigger = IntervalTrigger(seconds=interval_s)
        self._add(trigger, name, work, leader_only, max(1, int(interval_s)), next_run_time=first)

    def at(self, cron: str, name: str, work: Work, *, leader_only: bool) -> None:
        """Run `work` at the times that five fields of cron name, in UTC, never twice at a time."""
        trigger = CronTrigger.from_crontab(cron, timezone="UTC")
        self._add(trigger, name, work, leader_only, _CRON_GRACE_S)

    def _add(
        self, trigger: Any, name: str, work: Work, leader_only: bool, grace_s: int, **options: Any
    ) -> None:
        for status in ("success", "error", "missed"):
            self._metrics.jobs.labels(name, status)
        self._scheduler.add_job(
            self._run,
            trigger,
            args=(name, work, leader_only),
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=grace_s,
            **options,
        )

    def start(self) -> None:
        """Begin; most first runs come in a second."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; runs in progress are cancelled."""
        self._scheduler.shutdown(wait=False)

    async def _run(self, name: str, work: Work, leader_only: bool) -> None:
        if leader_only and not self._leads():
            return
        status = "error"
        try:
            await work()
            status = "success"
        except ExporterError as error:
            log.warning("%s failed: %s", name, error)
        except asyncio.CancelledError:
            # Passed on, it would be written down as a crash at every clean end.
            log.debug("cut short by the end", extra={"work": name})
        finally:
            self._metrics.jobs.labels(name, status).inc()

    def _missed(self, event: JobEvent) -> None:
        self._metrics.jobs.labels(event.job_id, "missed").inc()
