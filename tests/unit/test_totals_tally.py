"""A tally folds to what its rows fold to, whatever the family."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exporter.catalogue import BY_NAME
from exporter.config import PricingConfig
from exporter.event import (
    Charge,
    Conversation,
    Credit,
    Delivery,
    Engagement,
    Entry,
    Llm,
    Message,
    OneEvent,
    Outcome,
    Payment,
    Spread,
    Tally,
    Usage,
)
from exporter.fold_cost import has_price
from exporter.pricing.price_lists import read_lists
from exporter.pricing.pricer import Pricer
from exporter.totals import Totals
from exporter.vocabulary import (
    Channel,
    Component,
    ConversationState,
    Direction,
    LlmStatus,
    PaymentState,
    Status,
)
from tests.unit.totals_strategies import NOW

DURATIONS_US = st.one_of(st.integers(0, 100_000_000), st.sampled_from([50_000, 3_000_000, 3_000_001, 0]))
MONEY = st.decimals(min_value=0, max_value=1_000, places=6)
FAMILY_OF = {
    (Message, "processing_seconds"): "comms_message_processing_seconds",
    (Message, "response_seconds"): "comms_message_response_seconds",
    (Llm, "latency_seconds"): "comms_llm_latency_seconds",
    (Delivery, "seconds"): "comms_outbound_webhook_seconds",
    (Conversation, "seconds"): "comms_conversation_duration_seconds",
    (Conversation, "wait_seconds"): "comms_handoff_wait_seconds",
}
ONE: dict[str, Any] = {"at": NOW, "tenant": "acme"}
SMS = Message(
    **ONE,
    channel=Channel.SMS,
    provider="twilio",
    direction=Direction.OUTBOUND,
    status=Status.SENT,
    country="US",
)
CHARGE = Charge(
    **ONE,
    provider="twilio",
    channel=Channel.SMS,
    basis="billed",
    component=Component.MESSAGE,
    amount_usd=Decimal(0),
)
LIKE: list[tuple[OneEvent, tuple[str, ...], tuple[str, ...]]] = [
    (SMS, ("processing_seconds", "response_seconds"), ()),
    (replace(SMS, segments=3, avoidable_segments=1, template="hello"), ("processing_seconds",), ()),
    (SMS, ("processing_seconds",), ("cost_usd",)),
    (replace(SMS, segments=2), (), ("cost_usd",)),
    (replace(SMS, status=Status.FAILED, error_code="30003"), (), ()),
    (replace(SMS, direction=Direction.INBOUND, status=Status.RECEIVED), (), ()),
    (replace(SMS, channel=Channel.WHATSAPP, provider="meta"), (), ()),
    (Engagement(**ONE, action="open"), (), ()),
    (
        Llm(**ONE, provider="openai", model="gpt-4o", status=LlmStatus.ERROR),
        ("latency_seconds",),
        ("cost_usd",),
    ),
    (Conversation(**ONE, state=ConversationState.ENDED), ("seconds", "wait_seconds"), ()),
    (Conversation(**ONE, state=ConversationState.HANDED_OFF), ("seconds", "wait_seconds"), ()),
    (Conversation(**ONE, state=ConversationState.ACTIVE), ("seconds",), ()),
    (Payment(**ONE, state=PaymentState.SUCCEEDED, currency="EUR"), (), ("amount", "amount_usd")),
    (Payment(**ONE, state=PaymentState.FAILED), (), ("amount",)),
    (Credit(**ONE), (), ("used",)),
    (Outcome(**ONE, action="paid"), (), ("amount_usd",)),
    (Delivery(**ONE, endpoint="crm", status_code=503), ("seconds",), ()),
    (CHARGE, (), ("amount_usd",)),
]


@st.composite
def rows_of_one_group(draw: st.DrawFn) -> tuple[list[OneEvent], Tally]:
    """Rows that differ in durations, money and tokens only, and the tally of them."""
    like, durations, money = draw(st.sampled_from(LIKE))
    rows, count = [], draw(st.integers(1, 6))
    for _ in range(count):
        fields: dict[str, Any] = {name: _seconds(draw(st.none() | DURATIONS_US)) for name in durations}
        fields |= {name: draw(MONEY) for name in money}
        if isinstance(like, Llm):
            fields["usage"] = Usage(draw(st.integers(0, 10**6)), draw(st.integers(0, 10**6)))
        rows.append(replace(like, **fields))
    return rows, tally_of(like, rows, durations, money)


def _seconds(duration_us: int | None) -> float | None:
    return None if duration_us is None else duration_us / 1e6


def tally_of(
    like: OneEvent, rows: list[OneEvent], durations: tuple[str, ...], money: tuple[str, ...]
) -> Tally:
    fields: dict[str, Any] = {name: sum((getattr(row, name) for row in rows), Decimal(0)) for name in money}
    if isinstance(like, Llm):
        usages = [row.usage for row in rows if isinstance(row, Llm)]
        fields["usage"] = Usage(
            sum(usage.input_tokens for usage in usages), sum(usage.output_tokens for usage in usages)
        )
    spreads = {name: spread_of(type(like), name, [getattr(row, name) for row in rows]) for name in durations}
    return Tally(at=NOW, tenant="acme", event=replace(like, **fields), count=len(rows), durations=spreads)


def spread_of(kind: type, name: str, durations_s: list[float | None]) -> Spread:
    edges = (*BY_NAME[FAMILY_OF[kind, name]].buckets, None)
    known = [duration_s for duration_s in durations_s if duration_s is not None]
    counts = Counter(edges[bisect_left(edges[:-1], duration_s)] for duration_s in known)
    return Spread(sum(round(duration_s * 1e6) for duration_s in known), tuple(counts.items()))


def totals_of(events: list[Any]) -> Totals:
    totals = Totals()
    # As the ledger has it: a step that brings no price is not charged.
    totals.fold(Entry(1, "scan:x", event, NOW, charged=has_price(event)) for event in events)
    return totals


@given(rows_of_one_group())
def test_a_tally_counts_what_its_rows_count(group: tuple[list[OneEvent], Tally]) -> None:
    rows, tally = group
    assert totals_of([tally]) == totals_of(list(rows))


PRICER = Pricer(read_lists(PricingConfig.model_validate({"message_usd": {"whatsapp/meta": "0.01"}})))


@given(rows_of_one_group())
def test_a_tally_costs_what_its_rows_cost(group: tuple[list[OneEvent], Tally]) -> None:
    rows, tally = group
    assert totals_of([PRICER.priced(tally)]) == totals_of([PRICER.priced(row) for row in rows])


def test_durations_of_an_edge_that_is_gone_count_below_the_next() -> None:
    tally = Tally(
        at=NOW, event=SMS, count=2, durations={"processing_seconds": Spread(5, ((0.07, 1), (None, 1)))}
    )
    (row,) = totals_of([tally]).rows()["comms_message_processing_seconds"].values()
    sum_us, *counts = row
    assert (sum_us, counts[1], counts[-1], sum(counts)) == (5, 1, 1, 2)
