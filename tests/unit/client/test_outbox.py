"""Sending in the background: everything arrives once and in few batches, and the caller never waits."""

from __future__ import annotations

import threading

from exporter.client import Client
from tests.unit.client.calls import track
from tests.unit.stand_in import stand_in


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
