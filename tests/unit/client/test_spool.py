"""Events on disk: nothing torn is sent, one holder at a time, and never more than the limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.client.spool import SUFFIX, Segment, Spool

LIMIT_BYTES = 8_000


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, LIMIT_BYTES)


def another(tmp_path: Path) -> Spool:
    """Locks belong to the open file, so a second spool is as good as a second process."""
    return Spool(tmp_path, LIMIT_BYTES)


def lines(*numbers: int) -> list[bytes]:
    return [b'{"event_id":"%d"}\n' % number for number in numbers]


def claimed(spool: Spool) -> Segment:
    segment = spool.claim()
    assert segment is not None
    return segment


def test_what_is_written_comes_back_in_one_batch(spool):
    spool.write(lines(1))
    spool.write(lines(2, 3))
    assert claimed(spool).lines() == lines(1, 2, 3)


def test_an_empty_spool_has_nothing_and_no_folder_is_needed(tmp_path):
    spool = Spool(tmp_path / "not" / "there", LIMIT_BYTES)
    assert spool.claim() is None
    assert spool.names() == set()
    spool.write(lines(1))
    assert claimed(spool).lines() == lines(1)


def test_only_its_owner_may_read_what_is_on_disk(tmp_path):
    folder = tmp_path / "spool"
    Spool(folder, LIMIT_BYTES).write(lines(1))
    (file,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_segment_is_held_by_one_at_a_time(spool, tmp_path):
    spool.write(lines(1))
    held = claimed(spool)
    assert another(tmp_path).claim() is None
    spool.release(held)
    assert claimed(another(tmp_path)).lines() == lines(1)


def test_nobody_takes_what_another_is_writing(spool, tmp_path):
    spool.write(lines(1))
    assert another(tmp_path).claim() is None
    spool.close()
    assert claimed(another(tmp_path)).lines() == lines(1)


def test_a_removed_segment_is_gone_for_all(spool, tmp_path):
    spool.write(lines(1))
    spool.remove(claimed(spool))
    assert spool.claim() is None
    assert another(tmp_path).names() == set()


def test_the_oldest_comes_first(spool):
    for number in range(3):
        spool.write(lines(number))
        spool.close()
    assert [claimed(spool).lines() for _ in range(3)] == [lines(0), lines(1), lines(2)]


def test_a_torn_last_line_is_left_out(spool, tmp_path):
    (tmp_path / f"1{SUFFIX}").write_bytes(b"".join(lines(1, 2)) + b'{"event_id":"3')
    assert claimed(spool).lines() == lines(1, 2)


def test_a_file_that_holds_one_torn_line_is_an_empty_batch(spool, tmp_path):
    (tmp_path / f"1{SUFFIX}").write_bytes(b'{"event')
    assert claimed(spool).lines() == []


def test_pending_counts_what_this_process_wrote_until_it_is_gone(spool, tmp_path):
    another(tmp_path).write(lines(7))
    spool.write(lines(1, 2))
    assert spool.pending() == 2
    spool.remove(claimed(spool))
    assert spool.pending() == 0


def test_a_full_folder_loses_its_oldest_events_and_counts_them(spool, tmp_path):
    for number in range(0, 2_000, 20):
        spool.write(lines(*range(number, number + 20)))
    size_bytes = sum(file.stat().st_size for file in tmp_path.iterdir())
    kept = []
    while segment := spool.claim():
        kept += segment.lines()
        spool.remove(segment)
    assert size_bytes <= LIMIT_BYTES
    assert spool.dropped > 0
    assert kept == lines(*range(spool.dropped, 2_000))


def test_what_somebody_is_sending_is_not_dropped(spool, tmp_path):
    spool.write(lines(-1))
    spool.close()
    held = claimed(another(tmp_path))
    for number in range(0, 2_000, 20):
        spool.write(lines(*range(number, number + 20)))
    assert held.path.exists()


def test_after_a_failed_write_nothing_follows_the_torn_line(spool, tmp_path, monkeypatch):
    spool.write(lines(1))
    real = os.write

    def torn(descriptor: int, data: bytes) -> int:
        real(descriptor, bytes(data)[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", torn)
    with pytest.raises(OSError, match="No space"):
        spool.write(lines(2))
    monkeypatch.undo()
    spool.write(lines(3))
    assert [claimed(spool).lines(), claimed(spool).lines()] == [lines(1), lines(3)]


def test_a_forked_child_leaves_the_locks_to_its_parent(spool, tmp_path):
    spool.write(lines(1))
    child = os.fork()
    if child == 0:
        spool.forget()
        signal.pause()
    try:
        assert another(tmp_path).claim() is None
        held = claimed(spool)
        spool.release(held)
        assert claimed(another(tmp_path)).lines() == lines(1)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_killed_process_leaves_its_events_to_the_next(tmp_path):
    program = """
import os, sys
from pathlib import Path
from exporter.client.spool import Spool
Spool(Path(sys.argv[1]), 8000).write([b'{"event_id":"1"}\\n'])
os.kill(os.getpid(), 9)
"""
    ended = subprocess.run([sys.executable, "-c", program, tmp_path], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert claimed(another(tmp_path)).lines() == lines(1)
