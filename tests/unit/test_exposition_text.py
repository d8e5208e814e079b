"""The text of the page: headers, numbers and labels as the formats want them, whatever is in them."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

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
from exporter.totals import Totals
from exporter.vocabulary import ConversationState, PaymentState, Status
from tests.unit.exposition_page import BOTH, expected, page, page_of, promtool_says, read
from tests.unit.totals_strategies import NOW, entry, in_order, sms

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
