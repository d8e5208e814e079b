"""Series that exist at zero before they are needed."""

from __future__ import annotations

from exporter.event import Conversation, Delivery
from exporter.totals import Totals
from exporter.vocabulary import (
    BIT,
    ENGAGED_BIT,
    Channel,
    ConversationState,
    Direction,
    Encoding,
    ErrorClass,
    PaymentState,
    Status,
    Trigger,
)
from tests.unit.totals_strategies import NOW, entry, sms

OUTBOUND = {
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "read",
    "accepted",
    "scheduled",
    "canceled",
}


def keys(totals: Totals, family: str) -> set[tuple[str, ...]]:
    return set(totals.families[family].keys)


def declared() -> Totals:
    totals = Totals()
    totals.declare(["acme", "globex"], [("sms", "twilio"), ("email", "sendgrid")])
    return totals


def test_what_is_declared_is_all_zero() -> None:
    assert declared() == Totals()


def test_every_status_that_makes_sense_is_declared_for_each_tenant_and_route() -> None:
    messages = keys(declared(), "comms_messages_total")
    route = ("globex", "email", "sendgrid")
    assert {key[4] for key in messages if key[:4] == (*route, "outbound")} == OUTBOUND
    assert {key[4] for key in messages if key[:4] == (*route, "inbound")} == {"received"}
    assert len(messages) == 2 * 2 * (len(OUTBOUND) + 1)


def test_every_error_class_but_none_is_declared() -> None:
    classes = {key[3] for key in keys(declared(), "comms_message_errors_total")}
    assert classes == set(ErrorClass) - {ErrorClass.NONE}


def test_segments_are_declared_for_sms_only() -> None:
    assert keys(declared(), "comms_message_segments_total") == {
        (tenant, "twilio", direction, encoding)
        for tenant in ("acme", "globex")
        for direction in Direction
        for encoding in Encoding
    }


def test_empty_histograms_are_declared() -> None:
    for name in ("processing", "delivery", "response"):
        assert ("acme", "sms", "twilio") in keys(declared(), f"comms_message_{name}_seconds")


def test_states_and_triggers_are_declared_for_each_tenant_and_models_are_not() -> None:
    totals = declared()
    assert keys(totals, "comms_conversations_total") == _each(ConversationState)
    assert keys(totals, "comms_handoffs_total") == _each(Trigger)
    assert keys(totals, "comms_payments_total") == _each(PaymentState)
    assert keys(totals, "comms_llm_requests_total") == set()


def _each(words: type[ConversationState] | type[Trigger] | type[PaymentState]) -> set[tuple[str, ...]]:
    return {(tenant, word) for tenant in ("acme", "globex") for word in words}


def test_declaring_twice_is_declaring_once() -> None:
    totals = declared()
    counts = totals.series_counts()
    totals.declare(["acme"], [("sms", "twilio")])
    assert totals.series_counts() == counts


def test_a_declared_name_is_cleaned_as_an_event_s_is() -> None:
    totals = Totals()
    totals.declare(["_other"], [("sms", "_x")])
    totals.fold([entry(sms(tenant="_other", provider="_x"))])
    assert ("__other", "sms", "__x", "outbound", "sent") in keys(totals, "comms_messages_total")
    assert totals.series_counts()["comms_messages_total"] == len(OUTBOUND) + 1


def test_the_first_step_of_a_new_route_brings_its_other_statuses_at_zero() -> None:
    totals = Totals()
    totals.fold([entry(sms(Status.PARTIALLY_DELIVERED, channel=Channel.RCS))])
    route = ("acme", "rcs", "twilio", "outbound")
    statuses = OUTBOUND | {"partially_delivered"}
    assert keys(totals, "comms_messages_total") == {(*route, status) for status in statuses}
    assert totals.rows()["comms_messages_total"] == {(*route, "partially_delivered"): (1,)}


def test_the_first_of_a_state_or_an_outcome_brings_the_others() -> None:
    totals = Totals()
    totals.fold(
        [
            entry(Conversation(at=NOW, tenant="acme", state=ConversationState.STARTED), 1),
            entry(Delivery(at=NOW, endpoint="crm", status_code=200), 2),
        ]
    )
    assert totals.series_counts()["comms_conversations_total"] == len(ConversationState)
    assert totals.series_counts()["comms_outbound_webhooks_total"] == 5


def test_companions_at_zero_never_take_more_than_half_of_the_limit() -> None:
    totals = Totals(100)
    totals.fold(entry(sms(Status.QUEUED, tenant=f"t{n}"), n) for n in range(1, 40))
    counted = totals.rows()["comms_messages_total"]
    assert len(counted) == 39
    assert totals.series_counts()["comms_messages_total"] == 50 + 39 - 5


def test_clock_skew_is_declared_for_each_route() -> None:
    assert keys(declared(), "comms_clock_skew_total") == {
        (*route, measure)
        for route in (("sms", "twilio"), ("email", "sendgrid"))
        for measure in ("delivery", "response")
    }


def test_the_first_status_of_a_template_brings_the_others() -> None:
    totals = Totals()
    totals.fold([entry(sms(), template="welcome", template_steps=BIT[Status.SENT])])
    assert {key[2] for key in keys(totals, "comms_template_messages_total")} == {
        "sent",
        "delivered",
        "read",
        "failed",
        "clicked",
    }


def test_no_bit_stands_for_two_things() -> None:
    bits = [*BIT.values(), *ENGAGED_BIT.values()]
    assert sum(bits) == sum(set(bits))
    assert max(bits) < 1 << 31
