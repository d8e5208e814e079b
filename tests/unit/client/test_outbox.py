"""Sending in the background: what comes when, what is sent again, what is dropped, and what survives."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import pytest

from exporter.client import Client
from exporter.client.spool import Spool
from tests.unit.stand_in import ACCEPTED, stand_in

NOBODY = "http://127.0.0.1:9"
REFUSAL = {"index": 0, "reason": "bad_field", "detail": "status: not a known value"}


@pytest.fixture(params=["memory", "disk"])
def spool_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "spool" if request.param == "disk" else None


def until(condition: Callable[[], object]) -> None:
    deadline_s = monotonic() + 60
    while not condition():
        assert monotonic() < deadline_s
        sleep(0.005)


def track(client: Client, number: int) -> None:
    for at in range(number):
        assert client.track_message_sent(at, "sms")


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.exists() else []


def test_everything_arrives_and_nothing_waits_any_more(spool_dir):
    with stand_in() as server, Client(server.url, None, spool_dir) as client:
        track(client, 2_500)
        assert client.flush(20)
        assert (client.pending, client.dropped, client.refused) == (0, 0, 0)
        assert len(server.events) == len(server.ids) == 2_500
        assert max(map(len, server.batches)) <= 10_000


def test_what_gathers_while_the_exporter_answers_goes_together():
    with stand_in() as server, Client(server.url) as client:
        server.hold.clear()
        track(client, 200)
        server.hold.set()
        client.flush()
        assert len(server.batches) < 10


def test_one_connection_serves_many_batches():
    with stand_in() as server, Client(server.url) as client:
        for _ in range(5):
            track(client, 1)
            assert client.flush()
        assert (len(server.batches), server.connections) == (5, 1)


def test_a_connection_that_the_exporter_closed_costs_neither_event_nor_time(caplog):
    with stand_in() as server, Client(server.url) as client:
        server.hangs_up = True
        for _ in range(3):
            track(client, 1)
            assert client.flush()
        assert (len(server.ids), server.connections) == (3, 3)
    assert caplog.text == ""


def test_only_a_large_body_is_packed():
    with stand_in() as server, Client(server.url) as client:
        track(client, 1)
        client.flush()
        server.hold.clear()
        track(client, 100)
        server.hold.set()
        client.flush()
        encodings = [headers.get("Content-Encoding") for headers in server.headers]
        assert encodings[0] is None
        assert "gzip" in encodings


@pytest.mark.parametrize(
    "answer",
    [
        (503, {}),
        (500, b""),
        (429, {}),
        (404, b"<html>"),
        (302, b""),
        (200, b"<html>"),
        (200, {"ok": 1}),
        (401, {}),
    ],
    ids=lambda answer: f"{answer[0]} {answer[1]!r}",
)
def test_events_that_were_not_taken_are_sent_again(spool_dir, answer):
    with stand_in() as server, Client(server.url, None, spool_dir) as client:
        server.answers = [answer] * 2
        track(client, 3)
        assert client.flush()
        assert (len(server.ids), client.refused, client.dropped) == (3, 0, 0)


def test_a_refused_token_keeps_the_events_and_is_said_once(spool_dir, caplog):
    with stand_in() as server, Client(server.url, "wrong", spool_dir) as client:
        server.answers = [(401, {})] * 1_000
        track(client, 3)
        assert not client.flush(0.5)
        assert client.pending == 3
        assert caplog.text.count("the token is refused") == 1
        assert "wrong" not in caplog.text
        server.answers = []
        assert client.flush()
        assert len(server.ids) == 3


@pytest.mark.parametrize("status", [200, 400])
def test_what_the_exporter_cannot_count_is_counted_here_and_not_sent_again(spool_dir, status, caplog):
    with stand_in() as server, Client(server.url, None, spool_dir) as client:
        server.answers = [(status, {**ACCEPTED, "rejected": [REFUSAL]})]
        track(client, 1)
        assert client.flush()
        assert (client.refused, client.pending, len(server.targets)) == (1, 0, 1)
        assert "the exporter refused an event: bad_field status: not a known value" in caplog.text


def test_a_body_that_is_refused_whole_is_not_sent_again():
    with stand_in() as server, Client(server.url) as client:
        server.answers = [(400, {"reason": "malformed_body", "detail": "the body is not valid JSON"})]
        track(client, 1)
        assert client.flush()
        assert client.refused == 1


def test_a_body_that_is_too_large_is_halved_until_it_fits(spool_dir):
    with stand_in() as server, Client(server.url, None, spool_dir) as client:
        server.hold.clear()
        server.most_lines = 7
        track(client, 100)
        server.hold.set()
        assert client.flush()
        assert len(server.ids) == 100
        assert client.refused == 0
        server.most_lines = 0
        track(client, 1)
        assert client.flush()
        assert client.refused == 1


def test_events_wait_for_an_exporter_that_is_away_and_arrive_once(spool_dir):
    with stand_in() as gone:
        port = gone.port
    with Client(f"http://127.0.0.1:{port}", None, spool_dir) as client:
        track(client, 50)
        assert not client.flush(0.3)
        assert client.pending == 50
        with stand_in(port) as server:
            assert client.flush(10)
            assert len(server.events) == len(server.ids) == 50


def test_the_caller_never_waits_for_a_silent_exporter(spool_dir):
    with stand_in() as server, Client(server.url, None, spool_dir, queue_events=10_000) as client:
        server.hold.clear()
        track(client, 5_000)
        assert server.events == []
        server.hold.set()
        assert client.flush(20)
        assert len(server.ids) == 5_000


def test_beyond_the_limit_of_memory_new_events_are_dropped_and_what_was_taken_stays(caplog):
    with stand_in() as server, Client(server.url, queue_events=10) as client:
        server.hold.clear()
        taken = [client.track_message_sent(at, "sms") for at in range(15)]
        assert taken[10:] == [None] * 5
        assert client.dropped == 5
        server.hold.set()
        client.flush()
        assert [event["message_id"] for event in server.events] == taken[:10]
        assert caplog.text.count("an event was dropped") == 1


def test_many_threads_lose_nothing(spool_dir):
    with stand_in() as server, Client(server.url, None, spool_dir) as client:
        threads = [threading.Thread(target=track, args=(client, 300)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.flush(20)
        assert len(server.events) == len(server.ids) == 2_400


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


def run(program: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **environ},
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


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
