"""What waits to be sent: a bounded queue in memory, on disk where a folder is given, and the threads that empty it."""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, RLock, Thread
from time import monotonic, sleep
from typing import NamedTuple

from exporter.client.courier import Courier
from exporter.client.pace import Pace
from exporter.client.report import report
from exporter.client.spool import Spool
from exporter.client.transport import Endpoint

_BATCH_EVENTS = 1_000
_BATCH_BYTES = 524_288
_LOOK_S = 5.0
_POLL_S = 0.01
_EXIT_S = 2.0
_WAKE = b""


class Limits(NamedTuple):
    """How much may wait: in memory, and on disk where there is a folder."""

    queue_events: int
    spool_dir: Path | None
    spool_bytes: int


class Outbox:
    """Takes lines without waiting and sends them in the background.

    In memory the newest events are dropped when it is full, so what was taken stays; on disk the oldest.
    """

    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._begin()
        _all.add(self)

    def _begin(self) -> None:
        self.refused = 0
        self._dropped = 0
        self._in_memory = 0
        self._guard = RLock()
        self._queue: SimpleQueue[bytes] = SimpleQueue()
        self._stopping = False
        self._memory_pace, self._disk_pace = Pace(), Pace()
        self._arrived = Event()
        folder = self._limits.spool_dir
        self._spool = Spool(folder, self._limits.spool_bytes) if folder else None
        self._threads: list[Thread] = []

    @property
    def dropped(self) -> int:
        """Events that will never arrive, because memory or disk were full or the process ended."""
        return self._dropped + (self._spool.dropped if self._spool else 0)

    @property
    def pending(self) -> int:
        """Events taken here that the exporter has not acknowledged."""
        return self._in_memory + (self._spool.pending() if self._spool else 0)

    def put(self, line: bytes) -> bool:
        """Take a line, or drop it when there is no room or the outbox is closed."""
        with self._guard:
            if self._stopping or self._in_memory >= self._limits.queue_events:
                self._dropped += 1
                return False
            self.start()
            self._in_memory += 1
            self._queue.put(line)
        return True

    def start(self) -> None:
        """Start the threads; they begin with what processes that died left on disk."""
        with self._guard:
            if not self._threads:
                self._start(self._empty_memory)
            if self._spool and len(self._threads) == 1:
                self._start(self._empty_disk, self._spool)

    def _start(self, loop: Callable[..., None], *args: object) -> None:
        thread = Thread(target=loop, args=args, name="exporter.client", daemon=True)
        thread.start()
        self._threads.append(thread)

    def flush(self, timeout_s: float) -> bool:
        """Wait until all that waits now is acknowledged; what other processes left on disk counts too."""
        deadline_s = monotonic() + timeout_s
        if self._spool and not self._stopping:
            self.start()
        self._memory_pace.hurry()
        self._disk_pace.hurry()
        if not _until(lambda: self._in_memory == 0, deadline_s):
            return False
        waiting = self._on_disk()
        return not waiting or _until(lambda: waiting.isdisjoint(self._on_disk()), deadline_s)

    def close(self, timeout_s: float) -> bool:
        """Flush, then take nothing more; what is on disk stays for the next process."""
        is_empty = self._stopping or not self._threads or self.flush(timeout_s)
        self.stop()
        return is_empty

    def stop(self) -> None:
        """Take nothing more; each thread ends after the attempt it is at."""
        with self._guard:
            self.abandon()
        self._arrived.set()
        self._memory_pace.hurry()
        self._disk_pace.hurry()

    def abandon(self) -> None:
        """As `stop`, but threads that pause end later: takes no lock, so that the garbage collector may call it."""
        self._stopping = True
        self._queue.put(_WAKE)

    def start_over(self) -> None:
        """In a forked child, which has no threads: what waits is the parent's to send."""
        if self._spool:
            self._spool.forget()
        self._begin()

    def _empty_memory(self) -> None:
        courier = Courier(self._endpoint, self._refuse)
        while lines := self._next():
            is_kept = self._spooled(lines) or courier.deliver(lines)
            while not (is_kept or self._stopping):
                self._memory_pace.pause()
                is_kept = self._spooled(lines) or courier.deliver(lines)
            self._memory_pace.reset()
            with self._guard:
                self._dropped += 0 if is_kept else len(lines)
                self._in_memory -= len(lines)
        courier.close()
        if self._spool:
            self._spool.close()

    def _next(self) -> list[bytes]:
        """What has come together, once something has; nothing once the outbox is closed and empty."""
        lines: list[bytes] = []
        size_bytes = 0
        while len(lines) < _BATCH_EVENTS and size_bytes < _BATCH_BYTES:
            try:
                line = self._queue.get(block=not (lines or self._stopping))
            except Empty:
                break
            if line is not _WAKE:
                lines.append(line)
                size_bytes += len(line)
        return lines

    def _spooled(self, lines: list[bytes]) -> bool:
        if self._spool is None:
            return False
        try:
            self._spool.write(lines)
        except OSError as error:
            report(f"cannot write to the spool ({type(error).__name__}); events wait in memory")
            return False
        self._arrived.set()
        return True

    def _empty_disk(self, spool: Spool) -> None:
        courier = Courier(self._endpoint, self._refuse)
        while not self._stopping:
            try:
                self._send_segment(spool, courier)
            except OSError as error:
                report(f"cannot read the spool ({type(error).__name__})")
                self._disk_pace.pause()
        courier.close()

    def _send_segment(self, spool: Spool, courier: Courier) -> None:
        segment = spool.claim()
        if segment is None:
            self._arrived.wait(_LOOK_S)
            self._arrived.clear()
        elif courier.deliver(segment.lines()):
            spool.remove(segment)
            self._disk_pace.reset()
        else:
            spool.release(segment)
            self._disk_pace.pause()

    def _on_disk(self) -> set[str]:
        return self._spool.names() if self._spool else set()

    def _refuse(self, number: int) -> None:
        with self._guard:
            self.refused += number


def _until(condition: Callable[[], bool], deadline_s: float) -> bool:
    while not condition():
        if monotonic() >= deadline_s:
            return False
        sleep(_POLL_S)
    return True


_all: weakref.WeakSet[Outbox] = weakref.WeakSet()


def _start_all_over() -> None:
    for outbox in list(_all):
        outbox.start_over()


def _close_all() -> None:
    deadline_s = monotonic() + _EXIT_S
    for outbox in list(_all):
        outbox.close(max(0.0, deadline_s - monotonic()))


os.register_at_fork(after_in_child=_start_all_over)
atexit.register(_close_all)
