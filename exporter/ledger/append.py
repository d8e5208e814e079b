"""Group commit: whatever gathers during one commit is the next, and a caller hears of its events after it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic

from exporter.config import LedgerConfig
from exporter.errors import ExporterError, LedgerUnavailable, ScanMoved
from exporter.event import AnyEvent, Entry, Submission
from exporter.ledger.commit import BATCH_EVENTS, Answer, commit, commit_move
from exporter.ledger.connection import Connection, connect, passing_errors
from exporter.ledger.cursor import Move
from exporter.ledger.statement import statement
from exporter.selfmetrics import SelfMetrics

log = logging.getLogger(__name__)

_LANES = 2
_RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0)
_TICK_S = 0.1
_LOOK_S = 1.0
_EVENTS_PER_S = 5_000
"""What the slowest disk we know commits: a large body gets that much more time."""

Price = Callable[[AnyEvent], AnyEvent]
"""Gives an event its cost, once: what is stored is never priced again."""
Prepare = Callable[[Connection], Awaitable[None]]


def unpriced(event: AnyEvent) -> AnyEvent:
    """Leave an event as it is."""
    return event


class _Waiting:
    """One caller's events and where its answer goes."""

    __slots__ = ("answer", "deadline", "move", "submissions")

    def __init__(self, submissions: list[Submission], deadline: float, move: Move | None) -> None:
        self.submissions = submissions
        self.deadline = deadline
        self.move = move
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def settle(self, answer: Answer | ExporterError) -> None:
        """Tell the caller, unless it has been told already."""
        if self.answer.done():
            return
        if isinstance(answer, ExporterError):
            self.answer.set_exception(answer)
        else:
            self.answer.set_result(answer)


class _Lane:
    """One connection and what it is committing."""

    def __init__(self) -> None:
        self.up = False
        self.in_flight: list[_Waiting] = []


class Appender:
    """The one door into the ledger of this process.

    Two connections take turns: while the database works on one batch, the next is made ready and sent. Its
    lock lets only one of them number rows at a time. With nothing to do each looks every second whether the database
    is there, and which entry is its newest.
    """

    def __init__(
        self,
        config: LedgerConfig,
        metrics: SelfMetrics,
        committed: Callable[[list[Entry]], None],
        seen: Callable[[int], None],
        price: Price = unpriced,
    ) -> None:
        self._config = config
        self._metrics = metrics
        self._committed = committed
        self._seen = seen
        self._price = price
        self._queue: deque[_Waiting] = deque()
        self._queued_events = 0
        self._committing_events = 0
        self._up = False
        self._lanes = [_Lane() for _ in range(_LANES)]
        self._wake = asyncio.Event()
        metrics.queue_events.set_function(lambda: self._queued_events)

    @property
    def up(self) -> bool:
        """True while connected."""
        return self._up

    async def append(self, submissions: list[Submission], move: Move | None = None) -> Answer:
        """Store events once, on disk when this returns; those of a scan's step together with it.

        Raises:
            LedgerUnavailable: not stored within the time limit; asking again is safe.
            ScanMoved: another replica took the step.
        """
        if not submissions and move is None:
            return []
        if not self._up:
            raise LedgerUnavailable("the ledger is not connected")
        if self._queued_events + len(submissions) > max(self._config.queue_events, len(submissions)):
            raise LedgerUnavailable("too many events are waiting")
        patience_s = self._config.append_timeout_s + len(submissions) / _EVENTS_PER_S
        priced = [self._priced(submission) for submission in submissions]
        waiting = _Waiting(priced, monotonic() + patience_s, move)
        self._queue.append(waiting)
        self._queued_events += len(submissions)
        if self._is_worth_a_commit():
            self._wake.set()
        return await waiting.answer

    def _priced(self, submission: Submission) -> Submission:
        source, event, raw, key, across_tenants = submission
        priced = self._price(event)
        # Not _replace, which takes four times as long: every event passes here.
        return submission if priced is event else Submission(source, priced, raw, key, across_tenants)

    async def run(self, dsn: str, prepare: Prepare) -> None:
        """Stay connected and commit what comes; runs until cancelled.

        `prepare` is called with each new connection before it takes events.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._expire())
            for lane in self._lanes:
                tasks.create_task(self._keep(lane, dsn, prepare))

    async def _keep(self, lane: _Lane, dsn: str, prepare: Prepare) -> None:
        failures = 0
        while True:
            try:
                await self._serve(lane, dsn, prepare)
            except LedgerUnavailable as error:
                failures = 1 if lane.up else failures + 1
                self._lose(lane, error, first=failures == 1)
            await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S)) - 1])

    async def _serve(self, lane: _Lane, dsn: str, prepare: Prepare) -> None:
        # Without sequential scans the plan of append_events stays by key, however empty the tables once were.
        settings = {"enable_seqscan": "off", "idle_in_transaction_session_timeout": "5000"}
        connection = await connect(
            dsn, application="append", command_s=self._config.append_timeout_s, **settings
        )
        try:
            await prepare(connection)
            lane.up = True
            self._show_up()
            while True:
                if await self._wait_for_turn():
                    await self._commit(lane, connection)
                else:
                    async with passing_errors():
                        self._seen(await connection.fetchval(statement("newest_seq")))
        finally:
            connection.terminate()

    async def _wait_for_turn(self) -> bool:
        """Wait until there is a batch worth a commit; False when nothing came for a while."""
        try:
            async with asyncio.timeout(_LOOK_S):
                while not self._is_worth_a_commit():
                    self._wake.clear()
                    await self._wake.wait()
        except TimeoutError:
            return bool(self._queue)
        return True

    def _is_worth_a_commit(self) -> bool:
        """Anything is, while nothing is being committed; beside a commit, half as much as that one carries."""
        return bool(self._queue) and self._queued_events * 2 >= self._committing_events

    async def _commit(self, lane: _Lane, connection: Connection) -> None:
        lane.in_flight = self._take()
        submissions = [submission for waiting in lane.in_flight for submission in waiting.submissions]
        if not lane.in_flight:
            return
        self._committing_events += len(submissions)
        try:
            answers = await self._stored(connection, submissions, lane.in_flight[0].move)
        except ScanMoved as error:
            lane.in_flight.pop().settle(error)
            return
        finally:
            self._committing_events -= len(submissions)
            self._wake.set()
        place = 0
        for waiting in lane.in_flight:
            waiting.settle(answers[place : place + len(waiting.submissions)])
            place += len(waiting.submissions)
        lane.in_flight = []
        entries = [answer for answer in answers if isinstance(answer, Entry)]
        if entries:
            self._committed(entries)

    async def _stored(
        self, connection: Connection, submissions: list[Submission], move: Move | None
    ) -> Answer:
        if move is None:
            return await commit(connection, submissions, self._metrics)
        return await commit_move(connection, submissions, move, self._metrics)

    def _take(self) -> list[_Waiting]:
        """The oldest callers that fit into a transaction, but for those who were told already; a scan goes alone."""
        taken: list[_Waiting] = []
        events = 0
        while self._queue and (not taken or self._fits(events, taken[-1])):
            waiting = self._queue.popleft()
            self._queued_events -= len(waiting.submissions)
            if not waiting.answer.done():
                taken.append(waiting)
                events += len(waiting.submissions)
        return taken

    def _fits(self, events: int, last: _Waiting) -> bool:
        following = self._queue[0]
        alone = last.move is not None or following.move is not None
        return not alone and events + len(following.submissions) <= BATCH_EVENTS

    def _lose(self, lane: _Lane, error: LedgerUnavailable, *, first: bool) -> None:
        """Tell the callers of a broken connection, and all of them when it was the last."""
        lane.up = False
        self._show_up()
        for waiting in lane.in_flight:
            waiting.settle(error)
        lane.in_flight = []
        if self._up:
            return
        if first:
            log.warning("the ledger is away, senders are told to come back: %s", error)
        for waiting in self._queue:
            waiting.settle(error)
        self._queue.clear()
        self._queued_events = 0

    def _show_up(self) -> None:
        self._up = any(lane.up for lane in self._lanes)
        self._metrics.ledger_up.set(self._up)

    async def _expire(self) -> None:
        """Answer callers whose time is up; one clock for all is cheaper than a timer for each."""
        while True:
            await asyncio.sleep(_TICK_S)
            now = monotonic()
            in_flight = (waiting for lane in self._lanes for waiting in lane.in_flight)
            for waiting in (*in_flight, *self._queue):
                if waiting.deadline < now:
                    waiting.settle(LedgerUnavailable("the ledger did not answer in time"))
