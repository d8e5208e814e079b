"""The load generator and the page reader against a real server: what they report is what happened."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.bench import payload
from tests.bench.load import load
from tests.bench.reading import read
from tests.bench.server import Server, peer


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with peer(tenants=2) as running:
        yield running


def test_every_request_is_sent_once_and_answered(server: Server) -> None:
    measured = load(server.port, [payload.whatsapp(1) for _ in range(50)], connections=4)
    assert (measured.requests, measured.failures) == (50, 0)
    assert measured.p50_ms <= measured.p99_ms


def test_a_steady_pace_sends_every_request_too(server: Server) -> None:
    measured = load(server.port, [payload.twilio() for _ in range(50)], connections=4, requests_per_s=1_000)
    assert (measured.requests, measured.failures) == (50, 0)


def test_more_connections_than_requests_is_no_failure(server: Server) -> None:
    assert load(server.port, [payload.twilio()], connections=4).failures == 0


def test_an_answer_other_than_200_is_a_failure(server: Server) -> None:
    assert load(server.port, [payload.post("/nowhere", b"{}", {})] * 3, connections=1).failures == 3


def test_the_load_generator_gives_its_core_back(server: Server) -> None:
    before = os.sched_getaffinity(0)
    load(server.port, [payload.twilio()], connections=1)
    assert os.sched_getaffinity(0) == before


def test_a_compressed_page_reads_like_the_plain_one(server: Server) -> None:
    plain, compressed = (read(server.port, compressed=choice) for choice in (False, True))
    assert (plain.status, plain.body) == (200, compressed.body)
    assert plain.total("comms_messages_total") == 20


def test_a_server_is_weighed_and_gone_at_the_end() -> None:
    with peer() as running:
        assert running.resident_mib > 1
    assert running.resident_mib == 0
