"""Entries as a ledger may hold them, for the properties of the fold and of the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from exporter.event import (
    Account,
    AnyEvent,
    Charge,
    Conversation,
    CostPart,
    Credit,
    Delivery,
    Engagement,
    Entry,
    Level,
    Llm,
    Message,
    Outcome,
    Payment,
    Usage,
)
from exporter.vocabulary import (
    BIT,
    ENGAGED_BIT,
    Actor,
    Channel,
    ConversationState,
    Direction,
    Encoding,
    ErrorClass,
    LlmStatus,
    PaymentState,
    Status,
    Trigger,
)

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)

MOMENTS = st.integers(-3600_000_000, 3600_000_000).map(lambda us: NOW + timedelta(microseconds=us))
NAMES = st.sampled_from(["acme", "globex", "_other", 'quo"te', "back\\slash", "new\nline", "+15005550006"])
SECONDS = st.one_of(st.none(), st.floats(0, 31_622_400), st.sampled_from([0.05, 3.0, 86400.0]))
AMOUNTS = st.one_of(st.none(), st.decimals(min_value=0, max_value=1_000_000, places=6))
SIGNED = st.one_of(st.none(), st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2))
COUNTS = st.integers(0, 10**12)
MAYBE_COUNTS = st.one_of(st.none(), COUNTS)
READINGS = st.one_of(st.none(), st.floats(0, 1e9))


def _of(kind: type[AnyEvent], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[AnyEvent]:
    return st.builds(kind, at=MOMENTS, tenant=NAMES, **fields)


USAGES = st.builds(Usage, *[COUNTS] * len(Usage.__struct_fields__))
ACCOUNT_FIELDS = st.sampled_from(
    [
        "message_template_status_update",
        "message_template_quality_update",
        "phone_number_quality_update",
        "business_capability_update",
        "account_alerts",
    ]
)
ACCOUNT_STATES = st.sampled_from(
    [
        "approved",
        "reinstated",
        "rejected",
        "paused",
        "new",
        "green",
        "RED",
        "flagged",
        "unflagged",
        "unlimited",
    ]
)
PRICES = st.builds(
    CostPart,
    st.sampled_from(["message", "platform_fee", "llm_input"]),
    st.decimals(min_value=0, max_value=1_000, places=9),
)
PRICED: dict[str, st.SearchStrategy[Any]] = {
    "cost_usd": AMOUNTS,
    "costs": st.lists(PRICES, max_size=3, unique_by=lambda part: part.component).map(tuple),
    "card": st.sampled_from([None, "card"]),
    "low_usd": AMOUNTS,
    "high_usd": AMOUNTS,
    "unpriced": st.sampled_from([None, "no_rate_card", "unknown_country"]),
}
MESSAGES = _of(
    Message,
    channel=st.sampled_from(Channel),
    provider=NAMES,
    direction=st.sampled_from(Direction),
    status=st.sampled_from(Status),
    error_class=st.sampled_from(ErrorClass),
    segments=st.one_of(st.none(), st.integers(0, 1000)),
    encoding=st.sampled_from(Encoding),
    processing_seconds=SECONDS,
    response_seconds=SECONDS,
    avoidable_segments=st.one_of(st.none(), st.integers(0, 3)),
    template=st.one_of(st.none(), NAMES),
    **PRICED,
)
EVENTS = st.one_of(
    MESSAGES,
    _of(Engagement, action=NAMES, actor=st.sampled_from(Actor), channel=st.sampled_from(Channel)),
    _of(
        Llm,
        provider=NAMES,
        model=NAMES,
        usage=USAGES,
        status=st.sampled_from(LlmStatus),
        latency_seconds=SECONDS,
        **PRICED,
    ),
    _of(
        Charge,
        provider=NAMES,
        channel=st.sampled_from(Channel),
        basis=st.sampled_from(["provider", "billed"]),
        component=NAMES,
        amount_usd=st.decimals(min_value=0, max_value=1_000_000, places=6),
    ),
    _of(
        Conversation,
        state=st.sampled_from(ConversationState),
        trigger=st.sampled_from(Trigger),
        seconds=SECONDS,
        wait_seconds=SECONDS,
    ),
    _of(
        Payment,
        state=st.sampled_from(PaymentState),
        amount=AMOUNTS,
        currency=st.sampled_from(["USD", "EUR"]),
        amount_usd=AMOUNTS,
        credits=MAYBE_COUNTS,
    ),
    _of(Credit, balance=AMOUNTS, used=AMOUNTS),
    _of(Outcome, action=NAMES, amount_usd=SIGNED),
    _of(Delivery, endpoint=NAMES, status_code=st.one_of(st.none(), st.integers(100, 599)), seconds=SECONDS),
    _of(
        Account,
        provider=NAMES,
        field=ACCOUNT_FIELDS,
        subject=st.one_of(st.none(), NAMES),
        state=st.one_of(st.none(), ACCOUNT_STATES),
        value=st.one_of(st.none(), st.sampled_from([250.0, 2_000.0, 100_000.0])),
    ),
    _of(
        Level,
        name=st.sampled_from(["rate_limit", "queue_depth", "heartbeat", "new"]),
        provider=NAMES,
        queue=NAMES,
        worker=NAMES,
        used=READINGS,
        limit=st.one_of(st.none(), st.floats(0.1, 1e6)),
        value=READINGS,
    ),
)
CLOCK_SECONDS = st.one_of(SECONDS, st.floats(-86_400, 0))
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "delivery_seconds": CLOCK_SECONDS,
        "response_seconds": CLOCK_SECONDS,
        "channel": st.sampled_from(Channel).map(str),
        "engaged": st.sampled_from([0, *ENGAGED_BIT.values(), sum(ENGAGED_BIT.values())]),
        "template": NAMES,
        "charged": st.booleans(),
        "template_steps": st.sampled_from([0, *BIT.values(), sum(BIT.values()) + sum(ENGAGED_BIT.values())]),
    },
)
"""What the ledger may know beside the event."""
Placed = tuple[str, AnyEvent, datetime, dict[str, Any]]
PLACED = st.tuples(st.sampled_from(["twilio", "track", "scan:usage"]), EVENTS, MOMENTS, FACTS)


def in_order(placed: list[Placed], first_seq: int = 1) -> list[Entry]:
    """Entries with the sequence numbers that this order gives them."""
    return [
        Entry(seq, source, event, received_at, **facts)
        for seq, (source, event, received_at, facts) in enumerate(placed, first_seq)
    ]


def entry(event: AnyEvent, seq: int = 1, source: str = "track", **fields: Any) -> Entry:
    """One entry, received at NOW."""
    return Entry(seq, source, event, NOW, **fields)


def sms(status: Status = Status.SENT, **fields: Any) -> Message:
    """An outbound SMS of acme through Twilio."""
    known: dict[str, Any] = {
        "at": NOW,
        "tenant": "acme",
        "channel": Channel.SMS,
        "provider": "twilio",
        "direction": Direction.OUTBOUND,
        "status": status,
    }
    return Message(**(known | fields))
