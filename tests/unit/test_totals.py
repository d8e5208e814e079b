"""What messages and engagements do to the totals; the arithmetic stands in the assertion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.catalogue import FOLD_FAMILIES, Kind
from exporter.event import Engagement
from exporter.measure import Amounts, Counters, Gauges, Histograms
from exporter.totals import Totals
from exporter.vocabulary import BIT, ENGAGED_BIT, Actor, Channel, Direction, Encoding, ErrorClass, Status
from tests.unit.folding import folded
from tests.unit.totals_strategies import NOW, entry, sms

ROUTE = ("acme", "sms", "twilio")


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
