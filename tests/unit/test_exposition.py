"""The page says what the totals say, to every reader, in every format."""

from __future__ import annotations

import gzip
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from exporter.event import AnyEvent
from exporter.exposition import Exposition
from exporter.totals import Totals
from exporter.vocabulary import Status
from tests.unit.exposition_page import BOTH, expected, page, read
from tests.unit.totals_strategies import PLACED, entry, in_order, sms

Placed = list[tuple[str, AnyEvent, datetime, float | None]]


@BOTH
@settings(max_examples=40, deadline=None)
@given(placed=st.lists(PLACED, max_size=20))
def test_a_reader_finds_exactly_the_totals(openmetrics: bool, placed: Placed) -> None:
    totals = Totals()
    totals.declare(["acme"], [("sms", "twilio")])
    totals.fold(in_order(placed))
    text = page(Exposition(totals, CollectorRegistry()), openmetrics=openmetrics)
    assert read(text, openmetrics=openmetrics) == expected(totals)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(PLACED, max_size=8), max_size=4))
def test_a_page_that_grew_scrape_by_scrape_equals_a_fresh_one(batches: list[Placed]) -> None:
    totals = Totals()
    exposition = Exposition(totals, CollectorRegistry())
    for batch in batches:
        totals.fold(in_order(batch, totals.seq + 1))
        assert page(exposition) == page(Exposition(totals, CollectorRegistry()))
        assert page(exposition, compressed=True) == page(exposition)


def test_series_beyond_the_first_chunk_are_rendered_and_changed_in_place() -> None:
    totals = Totals()
    exposition = Exposition(totals, CollectorRegistry())
    for turn in range(2):
        steps = [sms(Status.QUEUED, tenant=f"t{n}", processing_seconds=1) for n in range(turn, 150, turn + 1)]
        totals.fold(entry(step, seq) for seq, step in enumerate(steps, 1))
        assert read(page(exposition)) == expected(totals)
        assert read(page(exposition, compressed=True)) == expected(totals)


def test_only_chunks_that_changed_are_written_again() -> None:
    totals = Totals(10_000)
    totals.fold(entry(sms(Status.QUEUED, tenant=f"t{n}"), n) for n in range(1, 1500))
    exposition = Exposition(totals, CollectorRegistry())
    page(exposition)
    assert all(not series.dirty for series in totals.families.values())
    totals.fold([entry(sms(Status.QUEUED, tenant="t1400"), 1500)])
    dirty = {name: series.dirty for name, series in totals.families.items() if series.dirty}
    messages = totals.families["comms_messages_total"]
    place = messages.index["t1400", "sms", "twilio", "outbound", "queued"]
    assert dirty == {"comms_messages_total": {place >> messages.chunk_shift}}


@BOTH
def test_the_compressed_page_is_the_plain_page(openmetrics: bool) -> None:
    totals = Totals()
    totals.declare([f"t{n}" for n in range(50)], [("sms", "twilio")])
    registry = CollectorRegistry()
    Gauge("comms_ledger_up", "up", registry=registry).set(1)
    exposition = Exposition(totals, registry)
    plain = page(exposition, openmetrics=openmetrics)
    assert page(exposition, openmetrics=openmetrics, compressed=True) == plain


def test_a_large_page_comes_in_pieces_and_whole_lines_or_members() -> None:
    totals = Totals(50_000)
    totals.declare([f"t{n}" for n in range(200)], [("sms", "twilio")])
    exposition = Exposition(totals, CollectorRegistry())
    plain = list(exposition.pieces(openmetrics=False, gzip=False))
    compressed = list(exposition.pieces(openmetrics=False, gzip=True))
    assert len(plain) > 20
    assert max(map(len, plain)) < 200_000
    assert all(piece.endswith(b"\n") for piece in plain if piece)
    assert b"".join(map(gzip.decompress, compressed)) == b"".join(plain)


class _Broken(Collector):
    """A collector that gives one family and then fails."""

    def collect(self) -> Any:
        yield _gauge("comms_before", 1)
        raise RuntimeError("lost")


class _Surrogate(Collector):
    def collect(self) -> Any:
        yield _gauge("comms_bad", 1, word="\ud800")
        yield _gauge("comms_good", 1)


def _gauge(name: str, value: float, **labels: str) -> Metric:
    metric = Metric(name, "x", "gauge")
    metric.add_sample(name, labels, value)
    return metric


def _registry(*collectors: Collector) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    for collector in collectors:
        registry.register(collector)
    return registry


@BOTH
def test_a_bad_family_of_the_process_is_left_out_alone(openmetrics: bool) -> None:
    exposition = Exposition(Totals(), _registry(_Surrogate(), _Broken()))
    names = {name for name, _ in read(page(exposition, openmetrics=openmetrics), openmetrics=openmetrics)}
    assert names == {"comms_good", "comms_before"}
    assert exposition.failures == {"comms_bad": 1, "process": 1}


@BOTH
def test_a_bad_family_of_the_totals_is_left_out_alone(openmetrics: bool) -> None:
    totals = Totals()
    totals.fold([entry(sms(cost_usd=Decimal(1)))])
    totals.families["comms_cost_usd_total"].put(0, (Decimal("sNaN"),))
    exposition = Exposition(totals, CollectorRegistry())
    text = page(exposition, openmetrics=openmetrics)
    names = {name for name, _ in read(text, openmetrics=openmetrics)}
    assert names == {
        "comms_messages_total",
        "comms_cost_bound_usd_total",
        "comms_data_timestamp_seconds",
    }
    assert exposition.failures == {"comms_cost_usd_total": 1}


@BOTH
def test_the_process_s_own_families_follow_the_totals(openmetrics: bool) -> None:
    registry = CollectorRegistry()
    Counter("comms_http_requests_total", "requests", ["route"], registry=registry).labels("/").inc(3)
    Histogram("comms_ledger_append_seconds", "append", buckets=[1.0], registry=registry).observe(0.5)
    totals = Totals()
    totals.fold([entry(sms())])
    samples = read(page(Exposition(totals, registry), openmetrics=openmetrics), openmetrics=openmetrics)
    assert samples["comms_http_requests_total", frozenset({("route", "/")})] == 3
    assert samples["comms_ledger_append_seconds_bucket", frozenset({("le", "1.0")})] == 1
    assert expected(totals).items() <= samples.items()
