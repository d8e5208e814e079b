"""The page says what the totals say, to every reader, in every format."""

from __future__ import annotations

import gzip
from datetime import datetime
from decimal import Decimal
from subprocess import PIPE, STDOUT, run
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from exporter.catalogue import BY_NAME, FOLD_FAMILIES
from exporter.event import (
    Account,
    AnyEvent,
    Conversation,
    Credit,
    Delivery,
    Engagement,
    Level,
    Llm,
    Outcome,
    Payment,
    Usage,
)
from exporter.exposition import Exposition
from exporter.measure import Histograms
from exporter.totals import Totals
from exporter.vocabulary import ConversationState, PaymentState, Status
from tests.unit.totals_strategies import NOW, PLACED, entry, in_order, sms

Placed = list[tuple[str, AnyEvent, datetime, float | None]]
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
BOTH = pytest.mark.parametrize("openmetrics", [False, True])

FULL: list[tuple[str, AnyEvent]] = [
    ("twilio", sms(segments=2, processing_seconds=0.8, response_seconds=2, cost_usd=Decimal("0.0079"))),
    ("twilio", sms(Status.FAILED)),
    ("track", sms(segments=2, avoidable_segments=1, cost_usd=Decimal("0.0079"))),
    ("track", Engagement(at=NOW, action="open")),
    ("track", Llm(at=NOW, provider="openai", model="m", usage=Usage(400, 100), latency_seconds=1.2)),
    ("track", Conversation(at=NOW, state=ConversationState.HANDED_OFF, wait_seconds=3)),
    ("track", Conversation(at=NOW, state=ConversationState.ENDED, seconds=60)),
    ("track", Payment(at=NOW, state=PaymentState.SUCCEEDED, amount=Decimal(20), credits=5)),
    ("track", Credit(at=NOW, used=Decimal(1))),
    ("track", Outcome(at=NOW, action="paid", amount_usd=Decimal(-25))),
    ("track", Delivery(at=NOW, endpoint="crm", seconds=1.1)),
    ("track", Account(at=NOW, provider="whatsapp", field="message_template_status_update", state="approved")),
    ("track", Account(at=NOW, provider="whatsapp", field="message_template_quality_update", state="red")),
    ("track", Account(at=NOW, provider="whatsapp", field="business_capability_update", state="unlimited")),
    ("track", Level(at=NOW, name="rate_limit", used=1, limit=2)),
    ("track", Level(at=NOW, name="queue_depth", value=1)),
    ("track", Level(at=NOW, name="heartbeat")),
]


def page(exposition: Exposition, *, openmetrics: bool = False, compressed: bool = False) -> str:
    data = b"".join(exposition.pieces(openmetrics=openmetrics, gzip=compressed))
    return (gzip.decompress(data) if compressed else data).decode()


def page_of(*events: AnyEvent, openmetrics: bool = False) -> str:
    totals = Totals()
    totals.fold(entry(event, seq) for seq, event in enumerate(events, 1))
    return page(Exposition(totals, CollectorRegistry()), openmetrics=openmetrics)


def promtool_says(text: str) -> str:
    """What `promtool check metrics` finds wrong with a page."""
    command = ["promtool", "check", "metrics"]
    return run(command, input=text, stdout=PIPE, stderr=STDOUT, text=True, check=False).stdout


def read(text: str, *, openmetrics: bool = False) -> Samples:
    """Every sample of a page; a sample that comes twice is an error."""
    families = read_openmetrics(text) if openmetrics else read_text(text)
    samples = [sample for family in families for sample in family.samples]
    found = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}
    assert len(found) == len(samples)
    return found


def expected(totals: Totals) -> Samples:
    """Every sample by the rules of the format, written out one by one."""
    found: Samples = {}
    for name, series in totals.families.items():
        for at, key in enumerate(series.keys):
            labels = frozenset(zip(series.family.labels, key, strict=True))
            if isinstance(series, Histograms):
                sum_us, *counts = series.row(at)
                found[f"{name}_sum", labels] = sum_us / 1e6
                found[f"{name}_count", labels] = sum(counts)
                edges = (*series.family.buckets, float("inf"))
                for number, edge in enumerate(edges):
                    edge_labels = labels | {("le", floatToGoString(edge))}
                    found[f"{name}_bucket", edge_labels] = sum(counts[: number + 1])
            else:
                found[name, labels] = float(series.row(at)[-1])
    return found


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


def test_promtool_finds_nothing_to_say_about_a_full_page() -> None:
    totals = Totals()
    totals.declare(["default", "acme"], [("sms", "twilio"), ("whatsapp", "whatsapp")])
    facts = {
        "delivery_seconds": -1.5,
        "engaged": 1 << 24,
        "template": "t",
        "template_steps": 1 << 24 | 1 << 4,
    }
    totals.fold(in_order([(source, event, NOW, facts) for source, event in FULL]))
    assert {name for name, count in totals.series_counts().items() if not count} == set()
    registry = CollectorRegistry()
    Gauge("comms_ledger_up", "1 while the ledger takes events.", registry=registry).set(1)
    assert promtool_says(page(Exposition(totals, registry))) == ""


def test_a_family_without_series_has_no_header() -> None:
    assert page_of() == ""
    assert page_of(openmetrics=True) == "# EOF\n"


def test_headers_are_those_of_the_format() -> None:
    text = page_of(sms())
    openmetrics = page_of(sms(), openmetrics=True)
    help_text = BY_NAME["comms_messages_total"].help
    assert f"# HELP comms_messages_total {help_text}\n# TYPE comms_messages_total counter\n" in text
    assert (
        f"# HELP comms_messages {help_text}\n# TYPE comms_messages counter\ncomms_messages_total{{"
        in openmetrics
    )
    assert openmetrics.endswith("\n# EOF\n")
    assert openmetrics.count("# EOF") == 1


def test_numbers_are_written_plainly() -> None:
    lines = page_of(
        sms(cost_usd=Decimal("0.0079"), processing_seconds=0.8),
        sms(segments=2**53 + 1),
    ).splitlines()
    route = 'tenant="acme",channel="sms",provider="twilio"'
    assert f'comms_messages_total{{{route},direction="outbound",status="sent"}} 2' in lines
    assert f'comms_cost_usd_total{{{route},component="message",basis="estimated"}} 0.0079' in lines
    assert f'comms_message_processing_seconds_bucket{{{route},le="1.0"}} 1' in lines
    assert f'comms_message_processing_seconds_bucket{{{route},le="+Inf"}} 1' in lines
    assert f"comms_message_processing_seconds_sum{{{route}}} 0.8" in lines
    assert any(
        line.startswith("comms_message_segments") and line.endswith(" 9007199254740993") for line in lines
    )


def test_a_count_of_more_than_64_bits_is_still_a_number() -> None:
    samples = read(page_of(sms(segments=2**70)))
    assert max(samples.values()) == 2.0**70


HOSTILE = [
    'quo"te',
    "back\\slash",
    "\\",
    '\\"',
    "\\n",
    "new\nline",
    "ca\rriage",
    "nul\x00l",
    "sur\ud800rogate",
    "sep\u2028arator\x85",
    "}",
    '"} 1\nfake_metric{x="',
    "# HELP fake_metric x",
    "# EOF",
    "\n# TYPE fake_metric counter",
    "{}",
    "%s {0}",
    "x" * 10_000,
    "\u202egnp.exe",
    "日本",
    "🚀",
    " ",
    "_other",
    "NaN",
]


@BOTH
def test_nothing_in_a_label_adds_a_family_or_is_read_back_otherwise(openmetrics: bool) -> None:
    totals = Totals()
    events: list[AnyEvent] = []
    for word in HOSTILE:
        events += [sms(tenant=word, provider=word), Engagement(at=NOW, tenant=word, action=word)]
        events += [Llm(at=NOW, tenant=word, provider=word, model=word)]
    totals.fold(entry(event, seq) for seq, event in enumerate(events, 1))
    text = page(Exposition(totals, CollectorRegistry()), openmetrics=openmetrics)
    assert read(text, openmetrics=openmetrics) == expected(totals)
    names = {family.name for family in (read_openmetrics(text) if openmetrics else read_text(text))}
    assert names <= {family.name.removesuffix("_total") for family in FOLD_FAMILIES}
    assert openmetrics or promtool_says(text) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=30), max_size=5), st.booleans())
def test_any_text_in_a_label_is_read_back_as_published(words: list[str], openmetrics: bool) -> None:
    totals = Totals()
    totals.fold(entry(sms(tenant=word, provider=word), seq) for seq, word in enumerate(words, 1))
    text = page(Exposition(totals, CollectorRegistry()), openmetrics=openmetrics)
    assert read(text, openmetrics=openmetrics) == expected(totals)


def test_phone_numbers_and_addresses_never_reach_the_page() -> None:
    text = page_of(
        sms(tenant="+15005550006", provider="whatsapp:+15005550006", sender="+15005550006"),
        Llm(at=NOW, tenant="nobody@example.org", provider="15005550006", model="(500) 555-0006 x"),
        Engagement(at=NOW, action="mail nobody@example.org", user="+15005550006"),
    )
    assert "500555" not in text
    assert "nobody" not in text


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
