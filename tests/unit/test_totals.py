"""What each kind of event does to the totals; the arithmetic stands in the assertion."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from exporter.catalogue import FOLD_FAMILIES, OVERFLOW, Kind
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
from exporter.measure import Amounts, Counters, Gauges, Histograms
from exporter.totals import Totals
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
from tests.unit.totals_strategies import NOW, USAGES, entry, sms

ROUTE = ("acme", "sms", "twilio")


def folded(*events: AnyEvent, **fields: Any) -> dict[str, dict[tuple[str, ...], tuple[Any, ...]]]:
    """What counted something, by family, without the freshness of the source."""
    totals = Totals()
    totals.fold(entry(event, seq, **fields) for seq, event in enumerate(events, 1))
    rows = totals.rows()
    del rows["comms_data_timestamp_seconds"]
    return {name: counted for name, counted in rows.items() if counted}


def test_every_fold_family_of_the_catalogue_is_kept_in_its_order_and_kind() -> None:
    kinds = {Counters: Kind.COUNTER, Amounts: Kind.COUNTER, Gauges: Kind.GAUGE, Histograms: Kind.HISTOGRAM}
    kept = [(name, kinds[type(series)]) for name, series in Totals().families.items()]
    assert kept == [(family.name, family.kind) for family in FOLD_FAMILIES]


def test_nothing_folded_is_nothing() -> None:
    totals = Totals()
    totals.fold([])
    assert totals == Totals()
    assert totals.seq == 0


def test_the_sequence_moves_to_the_last_entry() -> None:
    totals = Totals()
    totals.fold([entry(sms(), 7), entry(sms(), 9)])
    assert totals.seq == 9


def test_totals_at_another_place_of_the_ledger_are_not_equal() -> None:
    one, other = Totals(), Totals()
    one.fold([entry(sms(), 1)])
    other.fold([entry(sms(), 2)])
    assert one.rows() == other.rows()
    assert one != other
    assert one != "totals"


def test_a_message_step_is_counted_by_its_route_and_status() -> None:
    assert folded(sms(Status.QUEUED), sms(Status.DELIVERED), sms(Status.QUEUED)) == {
        "comms_messages_total": {
            (*ROUTE, "outbound", "queued"): (2,),
            (*ROUTE, "outbound", "delivered"): (1,),
        }
    }


def test_a_failure_is_counted_once_more_by_its_class() -> None:
    rows = folded(
        sms(Status.FAILED, error_class=ErrorClass.BLOCKED),
        sms(Status.UNDELIVERED),
        sms(Status.DELIVERED, error_class=ErrorClass.BLOCKED),
    )
    assert rows["comms_message_errors_total"] == {(*ROUTE, "blocked"): (1,), (*ROUTE, "unknown"): (1,)}


def test_segments_are_counted_on_one_step_of_a_message_only() -> None:
    steps = (Status.ACCEPTED, Status.QUEUED, Status.SENDING, Status.SENT, Status.DELIVERED)
    outbound = [sms(status, segments=3, encoding=Encoding.UCS2) for status in steps]
    inbound = sms(Status.RECEIVED, direction=Direction.INBOUND, segments=2)
    assert folded(*outbound, inbound)["comms_message_segments_total"] == {
        ("acme", "twilio", "outbound", "ucs2"): (3,),
        ("acme", "twilio", "inbound", "unknown"): (2,),
    }


def test_times_fall_into_the_bucket_whose_edge_they_do_not_exceed() -> None:
    rows = folded(sms(Status.QUEUED, processing_seconds=3.0), sms(Status.QUEUED, processing_seconds=3.000001))
    # 0.05 0.1 0.25 0.5 1 2 |3| |5| 10 30 60 inf
    counts = (0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0)
    assert rows["comms_message_processing_seconds"] == {ROUTE: (6_000_001, *counts)}


def test_response_and_delivery_times_have_their_own_families() -> None:
    rows = folded(sms(Status.DELIVERED, response_seconds=0.25), delivery_seconds=100_000.0)
    assert rows["comms_message_response_seconds"][ROUTE][:2] == (250_000, 1)
    assert rows["comms_message_delivery_seconds"][ROUTE] == (100_000_000_000, *[0] * 12, 1)


def test_receipts_timed_by_their_arrival_say_nothing_of_clocks_when_they_overtake_each_other() -> None:
    rows = folded(sms(Status.DELIVERED, at_arrival=True), delivery_seconds=-1.0)
    assert not {"comms_message_delivery_seconds", "comms_clock_skew_total"} & rows.keys()


def test_clocks_that_measure_backwards_are_counted_as_no_time() -> None:
    rows = folded(sms(Status.DELIVERED), delivery_seconds=-9.0, response_seconds=-0.5)
    assert rows["comms_clock_skew_total"] == {
        ("sms", "twilio", "delivery"): (1,),
        ("sms", "twilio", "response"): (1,),
    }
    assert rows["comms_message_delivery_seconds"][ROUTE][:2] == (0, 1)
    assert rows["comms_message_response_seconds"][ROUTE][:2] == (0, 1)


def test_a_response_time_that_is_stated_goes_before_the_one_found() -> None:
    rows = folded(sms(response_seconds=2), response_seconds=7.0)
    assert rows["comms_message_response_seconds"][ROUTE][0] == 2_000_000


def test_a_response_found_with_the_question_counts_under_the_channel_of_the_answer() -> None:
    question = sms(Status.RECEIVED, direction=Direction.INBOUND, channel=Channel.MMS)
    rows = folded(question, response_seconds=7.0, channel="sms")
    assert rows["comms_message_response_seconds"][ROUTE][0] == 7_000_000


@pytest.mark.parametrize("seconds", [-0.001, float("nan"), float("inf"), 1e300])
def test_what_is_no_time_is_left_out(seconds: float) -> None:
    rows = folded(sms(Status.QUEUED, processing_seconds=seconds))
    assert list(rows) == ["comms_messages_total"]


def test_the_cost_of_messages_is_summed_exactly() -> None:
    rows = folded(*[sms(cost_usd=Decimal("0.0079")) for _ in range(1000)])
    assert rows["comms_cost_usd_total"] == {(*ROUTE, "message", "estimated"): (Decimal("7.9"),)}
    assert "comms_unpriced_units_total" not in rows


def test_a_large_sum_does_not_swallow_a_small_cost() -> None:
    rows = folded(sms(cost_usd=Decimal("999999999999")), sms(cost_usd=Decimal("1E-18")))
    exact = Decimal("999999999999.000000000000000001")
    assert rows["comms_cost_usd_total"] == {(*ROUTE, "message", "estimated"): (exact,)}


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.MMS, Channel.WHATSAPP])
def test_a_message_sent_or_received_without_a_price_is_an_unpriced_unit(channel: Channel) -> None:
    rows = folded(
        sms(Status.QUEUED, channel=channel),
        sms(Status.SENT, channel=channel),
        sms(Status.DELIVERED, channel=channel),
        sms(Status.RECEIVED, channel=channel, direction=Direction.INBOUND),
    )
    assert rows["comms_unpriced_units_total"] == {(str(channel), "twilio", "no_rate_card"): (2,)}


def test_an_email_without_a_price_is_not_missing_one() -> None:
    assert "comms_unpriced_units_total" not in folded(sms(channel=Channel.EMAIL))


@pytest.mark.parametrize("cost", ["-0.01", "NaN", "sNaN", "Infinity", "1E+999999", "1E+12"])
def test_a_price_that_is_none_counts_as_missing(cost: str) -> None:
    rows = folded(sms(cost_usd=Decimal(cost)))
    assert "comms_cost_usd_total" not in rows
    assert rows["comms_unpriced_units_total"] == {("sms", "twilio", "no_rate_card"): (1,)}


def test_a_cost_finer_than_any_coin_is_rounded_once_when_it_is_counted() -> None:
    rows = folded(sms(cost_usd=Decimal("1.6E-18")), sms(cost_usd=Decimal("1E-999999")))
    assert rows["comms_cost_usd_total"] == {(*ROUTE, "message", "estimated"): (Decimal("2E-18"),)}


def test_an_engagement_keeps_people_and_machines_apart() -> None:
    rows = folded(
        Engagement(at=NOW, tenant="acme", action="open", actor=Actor.MACHINE, channel=Channel.EMAIL),
        Engagement(at=NOW, tenant="acme", action="open", channel=Channel.EMAIL),
    )
    assert rows["comms_engagements_total"] == {
        ("acme", "email", "open", "machine"): (1,),
        ("acme", "email", "open", "human"): (1,),
    }


def test_an_engagement_of_no_channel_takes_that_of_its_message() -> None:
    engagement = Engagement(at=NOW, tenant="acme", action="viewed_forecast", message_id="SM1")
    assert folded(engagement, channel="sms")["comms_engagements_total"] == {
        ("acme", "sms", "viewed_forecast", "human"): (1,)
    }
    assert folded(engagement)["comms_engagements_total"] == {
        ("acme", "other", "viewed_forecast", "human"): (1,)
    }


def test_a_message_engaged_with_counts_once_for_each_bit_the_ledger_gives() -> None:
    bits = ENGAGED_BIT["open", Actor.HUMAN] | ENGAGED_BIT["click", Actor.MACHINE]
    rows = folded(sms(), engaged=bits)
    assert rows["comms_messages_engaged_total"] == {
        ("acme", "sms", "open", "human"): (1,),
        ("acme", "sms", "click", "machine"): (1,),
    }


def test_the_steps_of_a_template_count_as_the_ledger_attributes_them() -> None:
    steps = [Status.QUEUED, Status.SENT, Status.FAILED, Status.UNDELIVERED]
    bits = sum(BIT[status] for status in steps) | ENGAGED_BIT["click", Actor.HUMAN]
    bits |= ENGAGED_BIT["open", Actor.HUMAN] | ENGAGED_BIT["click", Actor.MACHINE]
    rows = folded(sms(), template="welcome", template_steps=bits)
    assert rows["comms_template_messages_total"] == {
        ("acme", "welcome", "sent"): (1,),
        ("acme", "welcome", "failed"): (2,),
        ("acme", "welcome", "clicked"): (1,),
    }


def llm(**fields: Any) -> Llm:
    return Llm(at=NOW, tenant="acme", provider="openai", model="m", **fields)


def test_token_types_do_not_overlap() -> None:
    usage = Usage(
        input_tokens=400,
        output_tokens=100,
        cached_input_tokens=150,
        cache_write_tokens=50,
        reasoning_tokens=30,
    )
    rows = folded(llm(usage=usage))
    model = ("acme", "openai", "m")
    assert rows["comms_llm_requests_total"] == {(*model, "ok"): (1,)}
    assert rows["comms_llm_tokens_total"] == {
        (*model, "input"): (400 - 150 - 50,),
        (*model, "cached_input"): (150,),
        (*model, "cache_write"): (50,),
        (*model, "output"): (100 - 30,),
        (*model, "reasoning"): (30,),
    }


def test_audio_is_a_token_type_of_its_own() -> None:
    usage = Usage(input_tokens=100, output_tokens=50, input_audio_tokens=40, output_audio_tokens=20)
    counted = folded(llm(usage=usage))["comms_llm_tokens_total"]
    assert {key[-1]: count for key, (count,) in counted.items()} == {
        "input": 60,
        "input_audio": 40,
        "output": 30,
        "output_audio": 20,
    }


@given(USAGES)
def test_tokens_are_never_negative_and_add_up_to_the_totals_of_the_provider(usage: Usage) -> None:
    counted = folded(llm(usage=usage)).get("comms_llm_tokens_total", {})
    numbers = {key[-1]: count for key, (count,) in counted.items()}
    assert all(number >= 0 for number in numbers.values())
    assert sum(numbers.values()) == usage.input_tokens + usage.output_tokens


def test_a_call_has_a_time_and_a_cost_or_is_unpriced() -> None:
    rows = folded(
        llm(latency_seconds=1.2, cost_usd=Decimal("0.000123")),
        llm(status=LlmStatus.TIMEOUT),
    )
    assert rows["comms_llm_latency_seconds"][("acme", "openai", "m")][0] == 1_200_000
    assert rows["comms_cost_usd_total"] == {
        ("acme", "llm", "openai", "llm", "estimated"): (Decimal("0.000123"),)
    }
    assert rows["comms_unpriced_units_total"] == {("llm", "openai", "no_price"): (1,)}


def test_a_handoff_is_a_state_and_an_event_with_its_wait() -> None:
    states = ConversationState
    rows = folded(
        Conversation(at=NOW, tenant="acme", state=states.STARTED, seconds=9),
        Conversation(
            at=NOW, tenant="acme", state=states.HANDED_OFF, trigger=Trigger.KEYWORD, wait_seconds=45
        ),
        Conversation(at=NOW, tenant="acme", state=states.RESOLVED, seconds=600, wait_seconds=1),
    )
    assert rows["comms_conversations_total"] == {
        ("acme", state): (1,) for state in (states.STARTED, states.HANDED_OFF, states.RESOLVED)
    }
    assert rows["comms_handoffs_total"] == {("acme", "keyword"): (1,)}
    assert rows["comms_handoff_wait_seconds"] == {("acme",): (45_000_000, 0, 0, 1, 0, 0, 0, 0, 0, 0)}
    assert rows["comms_conversation_duration_seconds"] == {
        ("acme",): (600_000_000, 0, 0, 0, 0, 1, 0, 0, 0, 0)
    }


def payment(state: PaymentState = PaymentState.SUCCEEDED, **fields: Any) -> Payment:
    return Payment(at=NOW, tenant="acme", state=state, **fields)


def test_payments_in_dollars_are_summed_and_others_only_counted() -> None:
    rows = folded(
        payment(amount=Decimal("20.00"), credits=17391),
        payment(amount=Decimal("5"), currency="EUR"),
        payment(amount=Decimal("10"), currency="EUR", amount_usd=Decimal("11.50")),
        payment(PaymentState.REFUNDED, amount=Decimal("20.00"), credits=17391),
    )
    assert rows["comms_payments_total"] == {("acme", "succeeded"): (3,), ("acme", "refunded"): (1,)}
    assert rows["comms_payment_amount_usd_total"] == {
        ("acme", "succeeded"): (Decimal("20.00") + Decimal("11.50"),),
        ("acme", "refunded"): (Decimal("20.00"),),
    }
    assert rows["comms_credits_bought_total"] == {("acme",): (17391,)}


def test_money_is_kept_in_its_own_currency_too() -> None:
    rows = folded(
        payment(amount=Decimal("20.00")),
        payment(amount=Decimal(500), currency="jpy"),
        payment(PaymentState.DISPUTED, amount=Decimal("1.234"), currency="KWD"),
        payment(amount=Decimal("NaN")),
        payment(amount_usd=Decimal(3)),
    )
    assert rows["comms_payment_amount_total"] == {
        ("acme", "succeeded", "USD"): (Decimal(20),),
        ("acme", "succeeded", "JPY"): (Decimal(500),),
        ("acme", "disputed", "KWD"): (Decimal("1.234"),),
    }


def test_credits_used_are_counted_and_balances_left_to_the_ledger() -> None:
    rows = folded(
        Credit(at=NOW, tenant="acme", used=Decimal("2.5")),
        Credit(at=NOW, tenant="acme", balance=Decimal(500)),
    )
    assert rows == {"comms_credits_used_total": {("acme",): (Decimal("2.5"),)}}


def test_gains_and_losses_are_two_counters_that_only_grow() -> None:
    rows = folded(
        Outcome(at=NOW, tenant="acme", action="bill_paid", amount_usd=Decimal("25.00")),
        Outcome(at=NOW, tenant="acme", action="bill_paid", amount_usd=Decimal("-3.5")),
        Outcome(at=NOW, tenant="acme", action="bill_paid"),
        Outcome(at=NOW, tenant="acme", action="bill_paid", amount_usd=Decimal("NaN")),
    )
    assert rows == {
        "comms_outcome_usd_total": {
            ("acme", "bill_paid", "gain"): (Decimal(25),),
            ("acme", "bill_paid", "loss"): (Decimal("3.5"),),
        }
    }


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (200, "success"),
        (299, "success"),
        (301, "redirect"),
        (404, "client_error"),
        (500, "server_error"),
        (599, "server_error"),
        (100, "no_answer"),
        (None, "no_answer"),
    ],
)
def test_a_webhook_attempt_is_counted_by_the_class_of_its_answer(code: int | None, outcome: str) -> None:
    rows = folded(Delivery(at=NOW, endpoint="crm", status_code=code, seconds=1.1))
    assert rows["comms_outbound_webhooks_total"] == {("crm", outcome): (1,)}
    assert rows["comms_outbound_webhook_seconds"][("crm", outcome)][0] == 1_100_000


def test_word_about_the_account_is_counted_by_its_field_and_state_without_its_subject() -> None:
    rows = folded(
        Account(
            at=NOW, tenant="acme", provider="whatsapp", field="alerts", subject="+15005550006", state="banned"
        ),
        Account(at=NOW, tenant="acme", provider="whatsapp", field="alerts"),
    )
    assert rows == {
        "comms_account_events_total": {
            ("acme", "whatsapp", "alerts", "banned"): (1,),
            ("acme", "whatsapp", "alerts", "_none"): (1,),
        }
    }


def test_levels_are_gauges_by_name_and_unknown_names_are_ignored() -> None:
    rows = folded(
        Level(at=NOW, name="rate_limit", provider="whatsapp", used=64, limit=80),
        Level(at=NOW, name="queue_depth", queue="outbound", value=17),
        Level(at=NOW, name="heartbeat", worker="w1"),
        Level(at=NOW, name="moon_phase", value=1),
        Level(at=NOW, name="queue_depth", queue="bad", value=float("nan")),
        Level(at=NOW, name="rate_limit", used=1),
    )
    now_us = int(NOW.timestamp()) * 1_000_000
    assert rows == {
        "comms_rate_limit_used_ratio": {("whatsapp", "default"): (now_us, 64 / 80)},
        "comms_queue_depth": {("outbound",): (now_us, 17.0)},
        "comms_worker_last_heartbeat_timestamp_seconds": {("w1",): (now_us, NOW.timestamp())},
    }


def depth(value: float, ago_s: float) -> Level:
    return Level(at=NOW - timedelta(seconds=ago_s), name="queue_depth", value=value)


def test_the_newest_reading_wins_however_late_it_comes() -> None:
    readings = [depth(1, 3), depth(2, 1), depth(3, 2)]
    for order in (readings, readings[::-1]):
        assert folded(*order)["comms_queue_depth"][("default",)][1] == 2


def test_of_two_readings_at_one_moment_the_larger_wins() -> None:
    for order in ([depth(1, 0), depth(2, 0)], [depth(2, 0), depth(1, 0)]):
        assert folded(*order)["comms_queue_depth"][("default",)][1] == 2


def test_a_reading_from_a_clock_in_the_future_is_dated_on_arrival() -> None:
    now_us = int(NOW.timestamp()) * 1_000_000
    assert folded(depth(1, -86_400))["comms_queue_depth"][("default",)] == (now_us, 1.0)


def test_freshness_is_the_newest_event_of_a_source_and_never_the_future() -> None:
    totals = Totals()
    hour = timedelta(hours=1)
    totals.fold(
        [
            entry(sms(at=NOW - hour), 1, "twilio"),
            entry(sms(at=NOW - 2 * hour), 2, "twilio"),
            entry(sms(at=NOW + hour), 3, "track"),
        ]
    )
    newest_s = {key[0]: row[1] for key, row in totals.rows()["comms_data_timestamp_seconds"].items()}
    assert newest_s == {"twilio": NOW.timestamp() - 3600, "track": NOW.timestamp()}


def test_personal_data_in_any_open_field_never_becomes_a_label() -> None:
    phone, mail = "+15005550006", "nobody@example.org"
    rows = folded(
        sms(tenant=phone, provider=mail),
        Engagement(at=NOW, tenant=mail, action=phone),
        Llm(at=NOW, tenant=phone, provider=mail, model=phone),
        Outcome(at=NOW, action=mail, amount_usd=Decimal(1)),
        Delivery(at=NOW, endpoint=phone),
        Account(at=NOW, provider=mail, field=phone),
        Level(at=NOW, name="heartbeat", worker=phone),
        Level(at=NOW, name="queue_depth", queue=mail, value=1),
        Level(at=NOW, name="rate_limit", provider=phone, api=mail, used=1, limit=2),
        source=mail,
    )
    assert "5005550006" not in repr(rows)
    assert "example" not in repr(rows)
    assert "_redacted" in repr(rows)


def test_a_tenant_called_like_the_overflow_is_another_one() -> None:
    rows = folded(sms(Status.QUEUED, tenant=OVERFLOW))
    assert list(rows["comms_messages_total"]) == [("__other", "sms", "twilio", "outbound", "queued")]
