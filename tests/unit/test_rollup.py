"""Rollups: sums by hour and day that are made by the fold of the totals, and add up to them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from exporter.catalogue import BY_NAME, OVERFLOW, Kind
from exporter.event import Conversation, Llm, Spread, Tally, Usage
from exporter.known import Key
from exporter.label import label
from exporter.measure import EXACT, sum_of
from exporter.rollup import (
    CONVERSATIONS,
    MESSAGE_COSTS,
    MESSAGE_TYPES,
    MODEL_COSTS,
    Known,
    Rollup,
    Scope,
    Sums,
)
from exporter.rollup_deltas import SUM_US
from exporter.totals import Totals
from exporter.vocabulary import Channel, ConversationState, Status
from tests.unit.totals_strategies import NOW, PLACED, entry, in_order, sms

ENTRIES = st.lists(PLACED, max_size=25).map(in_order)
SENT = ("sms", "twilio", "outbound", "sent")
OURS = {MESSAGE_TYPES, MESSAGE_COSTS, MODEL_COSTS, CONVERSATIONS}


def taken(*entries: Any, **known: Any) -> tuple[Sums, Sums]:
    return Rollup().take(entries, Known(**known))


def of(
    sums: Sums, family: str, scope: Scope = Scope.TENANT
) -> dict[tuple[str, str, datetime, Key], Decimal | int]:
    return {
        (cell.tenant, cell.subject, cell.begins, cell.labels): value
        for cell, value in sums.items()
        if (cell.family, cell.scope) == (family, scope)
    }


def added(sums: Sums, scope: Scope) -> dict[tuple[str, Key], Decimal]:
    """Sums of a family and its labels, with the tenant, over all time."""
    total: dict[tuple[str, Key], Decimal] = {}
    for cell, value in sums.items():
        if cell.scope is scope and cell.family not in OURS:
            has_tenant = BY_NAME[cell.family].labels[:1] == ("tenant",) and scope is Scope.TENANT
            key = (cell.family, (label(cell.tenant), *cell.labels) if has_tenant else cell.labels)
            total[key] = EXACT.add(total.get(key, Decimal(0)), Decimal(value))
    return total


def published(totals: Totals) -> dict[tuple[str, Key], Decimal]:
    """The same of totals: histograms by bucket, and what is not zero."""
    found: dict[tuple[str, Key], Decimal] = {}
    for name, rows in totals.rows().items():
        for key, row in rows.items():
            if BY_NAME[name].kind is Kind.HISTOGRAM:
                parts = [((*key, SUM_US), row[0])]
                parts += [((*key, str(place)), count) for place, count in enumerate(row[1:])]
            else:
                parts = [(key, row[0])] if BY_NAME[name].kind is Kind.COUNTER else []
            found |= {(name, labels): Decimal(value) for labels, value in parts if value}
    return found


@given(ENTRIES)
def test_hours_and_days_of_the_tenants_add_up_to_the_totals(entries: list[Any]) -> None:
    totals = Totals()
    totals.fold(entries)
    hours, days = taken(*entries)
    assert added(hours, Scope.TENANT) == published(totals)
    assert added(days, Scope.TENANT) == published(totals)


@given(ENTRIES)
def test_all_tenants_together_are_the_sum_of_each(entries: list[Any]) -> None:
    _, days = taken(*entries)
    each: Counter[tuple[str, datetime, Key]] = Counter()
    for cell, value in days.items():
        if cell.scope is Scope.TENANT:
            at = (cell.family, cell.begins, cell.labels)
            each[at] = EXACT.add(Decimal(each[at]), Decimal(value))  # type: ignore[assignment]
    together = {
        (cell.family, cell.begins, cell.labels): value
        for cell, value in days.items()
        if cell.scope is Scope.ALL
    }
    assert together == dict(each)


@given(ENTRIES, st.integers(0, 25))
def test_cutting_entries_into_pages_changes_nothing(entries: list[Any], cut: int) -> None:
    rollup = Rollup()
    whole_hours, whole_days = taken(*entries)
    hours: Sums = {}
    days: Sums = {}
    for page in (entries[:cut], entries[cut:]):
        for sums, part in zip((hours, days), rollup.take(page, Known()), strict=True):
            for cell, value in part.items():
                sums[cell] = EXACT.add(Decimal(sums.get(cell, 0)), Decimal(value))
    assert (hours, days) == (whole_hours, whole_days)


def test_an_event_counts_in_the_hour_and_day_of_its_own_time() -> None:
    late = sms(at=datetime(2026, 11, 18, 23, 59, 59, tzinfo=UTC))
    hours, days = taken(entry(late))
    (hour,) = of(hours, "comms_messages_total")
    (day,) = of(days, "comms_messages_total")
    assert hour == ("acme", "", datetime(2026, 11, 18, 23, tzinfo=UTC), SENT)
    assert day == ("acme", "", datetime(2026, 11, 18, tzinfo=UTC), SENT)


def test_days_are_those_of_utc_whatever_zone_the_sender_writes() -> None:
    there = timezone(timedelta(hours=-5))
    _, days = taken(entry(sms(at=datetime(2026, 11, 18, 22, 30, tzinfo=there))))
    (day,) = of(days, "comms_messages_total")
    assert day[2] == datetime(2026, 11, 19, tzinfo=UTC)


def test_a_time_to_come_counts_when_it_was_received() -> None:
    _, days = taken(entry(sms(at=NOW + timedelta(hours=20))))
    (day,) = of(days, "comms_messages_total")
    assert day[2] == NOW.replace(hour=0)


def test_users_and_outlets_have_sums_of_their_own() -> None:
    hours, days = taken(entry(sms(user="42", outlet="o7")))
    assert of(days, "comms_messages_total", Scope.USER) == {("acme", "42", NOW.replace(hour=0), SENT): 1}
    assert of(days, "comms_messages_total", Scope.OUTLET) == {("acme", "o7", NOW.replace(hour=0), SENT): 1}
    assert of(hours, "comms_messages_total", Scope.OUTLET) == {("acme", "o7", NOW, SENT): 1}
    assert of(hours, "comms_messages_total", Scope.USER) == {}


def test_a_step_without_a_user_counts_for_whose_message_it_is() -> None:
    users = {("acme", "SM1"): "42", ("globex", "SM1"): "7"}
    _, days = taken(entry(sms(message_id="SM1")), users=users)
    assert of(days, "comms_messages_total", Scope.USER) == {("acme", "42", NOW.replace(hour=0), SENT): 1}


def test_a_duration_is_a_bucket_and_a_sum_of_microseconds() -> None:
    _, days = taken(entry(sms(processing_seconds=0.3)), entry(sms(processing_seconds=0.4)))
    found = {
        labels[-1]: value for (*_, labels), value in of(days, "comms_message_processing_seconds").items()
    }
    bucket = str(BY_NAME["comms_message_processing_seconds"].buckets.index(0.5))
    assert found == {bucket: 2, SUM_US: 700_000}


def test_what_is_nothing_leaves_no_row() -> None:
    call = Llm(at=NOW, tenant="acme", provider="openai", model="gpt-4o-mini", usage=Usage(input_tokens=3))
    _, days = taken(entry(call))
    assert {labels[-1] for (*_, labels) in of(days, "comms_llm_tokens_total")} == {"input"}


def test_message_types_and_models_are_known_beside_the_metrics() -> None:
    call = Llm(at=NOW, tenant="acme", provider="openai", model="gpt-4o-mini", cost_usd=Decimal("0.25"))
    _, days = taken(entry(sms(message_type="low_balance", sender="llm")), entry(call, 2))
    day = NOW.replace(hour=0)
    typed = ("sms", "outbound", "sent", "low_balance", "llm")
    assert of(days, MESSAGE_TYPES) == {("acme", "", day, typed): 1}
    assert of(days, MODEL_COSTS) == {("acme", "", day, ("openai", "gpt-4o-mini")): Decimal("0.25")}


def test_a_step_told_again_is_no_message_of_its_type() -> None:
    _, days = taken(entry(sms(message_type="x"), told_again=True))
    assert of(days, MESSAGE_TYPES) == {}


def test_beyond_the_limit_of_a_tenant_open_labels_fold_and_sums_stay_right() -> None:
    entries = [entry(sms(provider=f"p{number}"), number) for number in range(1, 6)]
    entries.append(entry(sms(tenant="globex", channel=Channel.SMS, status=Status.SENT), 6))
    _, days = Rollup(limit=3).take(entries, Known())
    found = of(days, "comms_messages_total")
    day = NOW.replace(hour=0)
    assert found["acme", "", day, ("sms", OVERFLOW, "outbound", "sent")] == 2
    assert sum(value for (tenant, *_), value in found.items() if tenant == "acme") == 5
    assert found["globex", "", day, SENT] == 1


@given(ENTRIES)
def test_costs_of_messages_and_models_are_the_estimated_costs(entries: list[Any]) -> None:
    """By direction and type, or by model, but the same money as comms_cost_usd_total{basis="estimated"}."""
    _, days = taken(*entries)
    told = [(cell.labels[-1], value) for cell, value in days.items() if cell.family == "comms_cost_usd_total"]
    estimated = [Decimal(value) for basis, value in told if basis == "estimated"]
    ours = [Decimal(value) for cell, value in days.items() if cell.family in {MESSAGE_COSTS, MODEL_COSTS}]
    assert sum_of(ours) == sum_of(estimated)


def handed_off(conversation_id: str | None, seq: int) -> Any:
    state = ConversationState.HANDED_OFF
    return entry(Conversation(at=NOW, tenant="acme", state=state, conversation_id=conversation_id), seq)


def test_a_conversation_that_is_handed_off_twice_is_one_conversation() -> None:
    """Document 001 counts three handoffs of two conversations."""
    entries = [handed_off("c1", 1), handed_off("c2", 2), handed_off("c1", 3)]
    reached = frozenset({("acme", "c1", "handed_off"), ("acme", "c2", "handed_off")})
    _, days = taken(*entries, reached=reached)
    day = NOW.replace(hour=0)
    assert of(days, CONVERSATIONS) == {("acme", "", day, ("handed_off",)): 2}
    assert of(days, "comms_handoffs_total") == {("acme", "", day, ("other",)): 3}


def test_a_conversation_that_reached_its_state_before_counts_no_more() -> None:
    _, days = taken(handed_off("c1", 1))
    assert of(days, CONVERSATIONS) == {}


def test_without_an_id_each_event_is_a_conversation() -> None:
    _, days = taken(handed_off(None, 1), handed_off(None, 2))
    assert list(of(days, CONVERSATIONS).values()) == [2]


def test_a_tally_is_as_many_messages_as_it_counts() -> None:
    spread = Spread(sum_us=900_000, counts=((0.5, 2), (None, 1)))
    one = sms(message_type="reminder", segments=2)
    tally = Tally(at=NOW, tenant="acme", event=one, count=3, durations={"processing_seconds": spread})
    _, days = taken(entry(tally))
    day = NOW.replace(hour=0)
    assert of(days, "comms_messages_total") == {("acme", "", day, SENT): 3}
    assert sum(of(days, MESSAGE_TYPES).values()) == 3
    found = {
        labels[-1]: value for (*_, labels), value in of(days, "comms_message_processing_seconds").items()
    }
    bounds = BY_NAME["comms_message_processing_seconds"].buckets
    assert found == {str(bounds.index(0.5)): 2, str(len(bounds)): 1, SUM_US: 900_000}
