"""Group commit: whatever gathers during one commit is the next, and a caller hears of its events after it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic, perf_counter

import asyncpg

from exporter.config import LedgerConfig
from exporter.errors import LedgerUnavailable, Reason
from exporter.event import Entry, Submission
from exporter.ledger.connection import POISON, Connection, connect, passing_errors
from exporter.ledger.write import set_balances, write
from exporter.selfmetrics import SelfMetrics

log = logging.getLogger(__name__)

_BATCH_EVENTS = 1_000
_RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0)
_TICK_S = 0.1
_EVENTS_PER_S = 5_000
"""What the slowest disk we know commits: a large body gets that much more time."""

Answer = list[Entry | Reason | None]
"""In the order asked: the entry, None for a repeat, or why the database would not have it."""


class _Waiting:
    """One caller's events and where its answer goes."""

    __slots__ = ("answer", "deadline", "submissions")

    def __init__(self, submissions: list[Submission], deadline: float) -> None:
        self.submissions = submissions
        self.deadline = deadline
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def settle(self, answer: Answer | LedgerUnavailable) -> None:
        """Tell the caller, unless it has been told already."""
        if self.answer.done():
            return
        if isinstance(answer, LedgerUnavailable):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class Appender:
    """The one door into the ledger of this process."""

    def __init__(
        self, config: LedgerConfig, metrics: SelfMetrics, committed: Callable[[list[Entry]], None]
    ) -> None:
        self._config = config
        self._metrics = metrics
        self._committed = committed
        self._queue: deque[_Waiting] = deque()
        self._queued_events = 0
        self._in_flight: list[_Waiting] = []
        self._wake = asyncio.Event()
        self._up = False

    @property
    def up(self) -> bool:
        """True while connected."""
        return self._up

    async def append(self, submissions: list[Submission]) -> Answer:
        """Store events once, on disk when this returns.

        Raises:
            LedgerUnavailable: not stored within the time limit; asking again is safe.
        """
        if not submissions:
            return []
        if not self._up:
            raise LedgerUnavailable("the ledger is not connected")
        if self._queued_events + len(submissions) > max(self._config.queue_events, len(submissions)):
            raise LedgerUnavailable("too many events are waiting")
        patience_s = self._config.append_timeout_s + len(submissions) / _EVENTS_PER_S
        waiting = _Waiting(submissions, monotonic() + patience_s)
        self._queue.append(waiting)
        self._queued_events += len(submissions)
        self._metrics.queue_events.set(self._queued_events)
        self._wake.set()
        return await waiting.answer

    async def run(self, dsn: str, prepare: Callable[[Connection], Awaitable[None]]) -> None:
        """Keep a connection and commit what comes; runs until cancelled.

        `prepare` is called with each new connection before it takes events.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._expire())
            failures = 0
            while True:
                try:
                    await self._serve(dsn, prepare)
                except LedgerUnavailable as error:
                    if self._up or not failures:
                        log.warning("the ledger is away, senders are told to come back: %s", error)
                    self._fail(error)
                failures = 0 if self._up else failures + 1
                self._set_up(False)
                await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])

    async def _serve(self, dsn: str, prepare: Callable[[Connection], Awaitable[None]]) -> None:
        # Without sequential scans the plan of append_events stays by key, however empty the tables once were.
        settings = {"enable_seqscan": "off", "idle_in_transaction_session_timeout": "5000"}
        connection = await connect(
            dsn, application="append", command_s=self._config.append_timeout_s, **settings
        )
        try:
            await prepare(connection)
            self._set_up(True)
            while True:
                await self._next_batch(connection)
        finally:
            connection.terminate()

    async def _next_batch(self, connection: Connection) -> None:
        if not self._queue:
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._wake.wait()
        if not self._queue:
            async with passing_errors():
                await connection.execute("SELECT 1")
            return
        self._in_flight = self._take()
        await self._commit(connection, self._in_flight)
        self._in_flight = []

    def _take(self) -> list[_Waiting]:
        taken: list[_Waiting] = []
        events = 0
        while self._queue and (not taken or events + len(self._queue[0].submissions) <= _BATCH_EVENTS):
            waiting = self._queue.popleft()
            events += len(waiting.submissions)
            if not waiting.answer.done():
                taken.append(waiting)
            else:
                self._queued_events -= len(waiting.submissions)
        self._queued_events -= sum(len(waiting.submissions) for waiting in taken)
        self._metrics.queue_events.set(self._queued_events)
        return taken

    async def _commit(self, connection: Connection, batch: list[_Waiting]) -> None:
        submissions = [submission for waiting in batch for submission in waiting.submissions]
        if not submissions:
            return
        answers: Answer = []
        for start in range(0, len(submissions), _BATCH_EVENTS):
            began = perf_counter()
            answers += await self._store(connection, submissions[start : start + _BATCH_EVENTS])
            self._metrics.append_seconds.observe(perf_counter() - began)
            self._metrics.batch_events.observe(min(_BATCH_EVENTS, len(submissions) - start))
        place = 0
        for waiting in batch:
            waiting.settle(answers[place : place + len(waiting.submissions)])
            place += len(waiting.submissions)
        entries = [answer for answer in answers if isinstance(answer, Entry)]
        if entries:
            self._committed(entries)

    async def _store(self, connection: Connection, submissions: list[Submission]) -> Answer:
        """Write a batch; when the database refuses a value in it, find the one event it is about."""
        try:
            return await self._write(connection, submissions)
        except POISON:
            if len(submissions) == 1:
                return [Reason.STORAGE]
            middle = len(submissions) // 2
            first = await self._store(connection, submissions[:middle])
            return first + await self._store(connection, submissions[middle:])

    async def _write(self, connection: Connection, submissions: list[Submission]) -> Answer:
        try:
            return await _written(connection, submissions)
        except asyncpg.CheckViolationError:
            # No partition for today: an exporter that slept over midnight. Make it and go on.
            async with passing_errors():
                await connection.execute("SELECT ensure_partitions((now() AT TIME ZONE 'UTC')::date, 2)")
            return await _written(connection, submissions)

    def _fail(self, error: LedgerUnavailable) -> None:
        for waiting in (*self._in_flight, *self._queue):
            waiting.settle(error)
        self._in_flight = []
        self._queue.clear()
        self._queued_events = 0

    async def _expire(self) -> None:
        """Answer callers whose time is up; one clock for all is cheaper than a timer for each."""
        while True:
            await asyncio.sleep(_TICK_S)
            now = monotonic()
            for waiting in (*self._in_flight, *self._queue):
                if waiting.deadline < now:
                    waiting.settle(LedgerUnavailable("the ledger did not answer in time"))

    def _set_up(self, up: bool) -> None:
        self._up = up
        self._metrics.ledger_up.set(up)


async def _written(connection: Connection, submissions: list[Submission]) -> Answer:
    async with passing_errors():
        entries = await write(connection, submissions)
        await set_balances(connection, submissions)
        return list(entries)
