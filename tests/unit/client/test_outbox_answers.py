"""What the exporter answers decides: events are sent again, halved, or counted as refused."""

from __future__ import annotations

import pytest

from exporter.client import Client
from tests.unit.client.calls import track
from tests.unit.stand_in import ACCEPTED, stand_in

REFUSAL = {"index": 0, "reason": "bad_field", "detail": "status: not a known value"}


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
