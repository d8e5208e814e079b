"""What calls, conversations, money, levels and other kinds of events do to the totals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from exporter.catalogue import OVERFLOW
from exporter.event import (
    Account,
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
from exporter.totals import Totals
from exporter.vocabulary import ConversationState, LlmStatus, PaymentState, Status, Trigger
from tests.unit.folding import folded
from tests.unit.totals_strategies import NOW, USAGES, entry, sms


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
