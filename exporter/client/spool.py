"""Events on disk until the exporter has them: files of lines in a folder that processes share.

A file that nobody locks is one batch for whoever locks it first. A process that dies lets go of its locks, so what
it leaves behind is sent by the others with no further arrangement.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from threading import RLock
from typing import NamedTuple

SUFFIX = ".ndjson"
_SEGMENT_BYTES = 1_048_576
_FEWEST_SEGMENTS = 8


class Segment(NamedTuple):
    """A file of lines, and the descriptor by which this process has it locked."""

    path: Path
    descriptor: int

    def lines(self) -> list[bytes]:
        """Its lines; a last one that a crash has torn is left out."""
        *whole, _torn = self.path.read_bytes().split(b"\n")
        return [line + b"\n" for line in whole if line]


class Spool:
    """A folder of segments, of which one is being written.

    Attributes:
        dropped: events deleted unsent because the folder was full.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.dropped = 0
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._segment_bytes = min(_SEGMENT_BYTES, limit_bytes // _FEWEST_SEGMENTS)
        self._guard = RLock()
        self._open: Segment | None = None
        self._written_bytes = 0
        self._own: dict[Path, int] = {}
        self._locked: set[int] = set()

    def write(self, lines: list[bytes]) -> None:
        """Append lines; they are on disk when this returns.

        Raises:
            OSError: they may be there in part. Sending them again is safe, since events have ids.
        """
        data = b"".join(lines)
        with self._guard:
            segment = self._open = self._open or self._begun()
            try:
                _write_all(segment.descriptor, data)
                os.fsync(segment.descriptor)
            except OSError:
                # Nothing may follow a torn line.
                self.close()
                raise
            self._own[segment.path] += len(lines)
            self._written_bytes += len(data)
            if self._written_bytes >= self._segment_bytes:
                self.close()

    def close(self) -> None:
        """End the segment being written, so that it can be claimed."""
        with self._guard:
            if self._open is not None:
                self.release(self._open)
                self._open = None

    def claim(self) -> Segment | None:
        """Lock the oldest segment that nobody holds; at last our own open one, which ends with this.

        Raises:
            OSError: the folder cannot be read.
        """
        for path in self._paths():
            if segment := self._lock(path):
                return segment
        with self._guard:
            own = self._open
            self.close()
        return self._lock(own.path) if own else None

    def remove(self, segment: Segment) -> None:
        """Delete a segment that is done with."""
        segment.path.unlink(missing_ok=True)
        self.release(segment)

    def release(self, segment: Segment) -> None:
        """Leave a segment to whoever comes next."""
        # Closing alone would leave it locked for as long as a forked child has the descriptor too.
        fcntl.flock(segment.descriptor, fcntl.LOCK_UN)
        self._let_go(segment.descriptor)

    def names(self) -> set[str]:
        """The segments of all processes that are not done with."""
        return {path.name for path in self._paths()}

    def pending(self) -> int:
        """How many events of this process are not done with."""
        with self._guard:
            self._own = {path: number for path, number in self._own.items() if path.exists()}
            return sum(self._own.values())

    def forget(self) -> None:
        """In a forked child: close what the parent holds, and leave it locked."""
        for descriptor in list(self._locked):
            with contextlib.suppress(OSError):
                self._let_go(descriptor)

    def _paths(self) -> list[Path]:
        """Oldest first: names begin with the time."""
        if not self._folder.exists():
            return []
        return sorted(path for path in self._folder.iterdir() if path.suffix == SUFFIX)

    def _begun(self) -> Segment:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room()
        path = self._folder / f"{time.time_ns():020d}-{os.getpid()}{SUFFIX}"
        unseen = path.with_suffix(".new")
        descriptor = os.open(unseen, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._locked.add(descriptor)
        try:
            # Locked before others can see it.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            unseen.rename(path)
            _sync_folder(self._folder)
        except OSError:
            self._let_go(descriptor)
            raise
        self._own[path], self._written_bytes = 0, 0
        return Segment(path, descriptor)

    def _lock(self, path: Path) -> Segment | None:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        self._locked.add(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Somebody may have been done with it between the two steps.
            is_there = os.fstat(descriptor).st_nlink > 0
        except OSError:
            is_there = False
        if is_there:
            return Segment(path, descriptor)
        self._let_go(descriptor)
        return None

    def _let_go(self, descriptor: int) -> None:
        self._locked.discard(descriptor)
        os.close(descriptor)

    def _make_room(self) -> None:
        """Delete the oldest segments until one more fits; those that somebody holds stay."""
        sizes_bytes = {path: _size_bytes(path) for path in self._paths()}
        room_bytes = self._limit_bytes - sum(sizes_bytes.values())
        for path, size_bytes in sizes_bytes.items():
            if room_bytes >= self._segment_bytes:
                return
            if segment := self._lock(path):
                self.dropped += len(segment.lines())
                self.remove(segment)
                room_bytes += size_bytes


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
