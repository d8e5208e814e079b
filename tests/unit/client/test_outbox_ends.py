"""What a client that ends leaves is sent, whether its program, its folder or its disk ends too, and no thread stays."""

from __future__ import annotations

import errno
import gc
import os
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from exporter.client import Client
from exporter.client.spool import Spool
from tests.unit.client.calls import track
from tests.unit.client.programs import run
from tests.unit.stand_in import stand_in

NOBODY = "http://127.0.0.1:9"


def until(condition: Callable[[], object]) -> None:
    deadline_s = monotonic() + 60
    while not condition():
        assert monotonic() < deadline_s
        sleep(0.005)


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


def test_acknowledged_events_leave_nothing_on_disk(tmp_path):
    with stand_in() as server, Client(server.url, None, tmp_path) as client:
        track(client, 10)
        assert client.flush()
        assert files(tmp_path) == []


def test_what_a_closed_client_leaves_on_disk_is_sent_by_the_next(tmp_path):
    with Client(NOBODY, None, tmp_path) as first:
        track(first, 5)
        until(lambda: files(tmp_path))
        first.close(0.1)
    with stand_in() as server, Client(server.url, None, tmp_path) as second:
        assert second.flush()
        assert len(server.ids) == 5


def test_two_clients_share_a_folder_and_each_event_arrives(tmp_path):
    with (
        stand_in() as server,
        Client(server.url, None, tmp_path) as one,
        Client(server.url, None, tmp_path) as two,
    ):
        track(one, 300)
        track(two, 300)
        assert one.flush()
        assert two.flush()
        assert len(server.ids) == 600


def test_a_full_disk_leaves_the_events_to_memory(tmp_path, monkeypatch, caplog):
    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Spool, "write", full)
    with stand_in() as server, Client(server.url, None, tmp_path) as client:
        track(client, 20)
        assert client.flush()
        assert len(server.ids) == 20
    assert "cannot write to the spool (OSError)" in caplog.text


def test_a_spool_that_cannot_be_a_folder_leaves_the_events_to_memory(tmp_path):
    (tmp_path / "file").touch()
    with stand_in() as server, Client(server.url, None, tmp_path / "file") as client:
        track(client, 3)
        until(lambda: len(server.ids) == 3)


def test_a_forked_child_sends_its_own_events_and_not_its_parents(spool_dir):
    with stand_in() as server, Client(server.url, None, spool_dir) as client:
        server.hold.clear()
        track(client, 5)
        child = os.fork()
        if child == 0:
            client.track_message_sent("child", "sms")
            os._exit(0 if client.pending == 1 and client.flush(10) else 1)
        server.hold.set()
        assert os.waitpid(child, 0)[1] == 0
        assert client.flush()
        assert len(server.events) == len(server.ids) == 6


PROGRAM = """
import sys
from exporter import client
for at in range(20):
    client.track_message_sent(at, "sms")
"""


def test_a_program_that_ends_at_once_has_sent_what_it_tracked(spool_dir):
    with stand_in() as server:
        ended = run(PROGRAM, COMMS_URL=server.url, COMMS_SPOOL_DIR=str(spool_dir or ""))
        assert (ended.returncode, ended.stderr) == (0, "")
        assert len(server.ids) == 20


def test_a_program_ends_although_nobody_answers(tmp_path):
    ended = run(PROGRAM, COMMS_URL=NOBODY, COMMS_SPOOL_DIR=str(tmp_path))
    assert ended.returncode == 0
    assert "Traceback" not in ended.stderr
    assert files(tmp_path)


def test_the_synchronous_client_loads_nothing_heavy():
    loaded = run("import exporter.client, sys; print(*sys.modules)").stdout.split()
    heavy = {"aiohttp", "asyncio", "asyncpg", "msgspec", "orjson", "pydantic", "prometheus_client", "yaml"}
    assert "exporter.client.client" in loaded
    assert heavy.isdisjoint(loaded)
    assert [name for name in loaded if name.startswith("exporter.") and "client" not in name] == []


def test_a_client_that_is_forgotten_leaves_no_thread_behind():
    def names() -> list[str]:
        return [thread.name for thread in threading.enumerate() if thread.name == "exporter.client"]

    gc.collect()
    until(lambda: not names())
    with stand_in() as server:
        client = Client(server.url)
        track(client, 3)
        assert names()
        del client
        gc.collect()
        until(lambda: not names())
        assert len(server.ids) == 3
