"""What each event costs, and that nothing that costs money passes in silence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from exporter.event import Costed, Llm, Message, Usage
from exporter.pricing.cost import NoPrice
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import OwnModel
from exporter.pricing.price_lists import PriceLists
from exporter.pricing.pricer import Pricer
from exporter.pricing.sms import SmsPrices
from exporter.pricing.whatsapp import WhatsAppPrices, flat
from exporter.vocabulary import Channel, Direction, Status
from tests.unit.pricing.priced import AT, LISTS, PRICER, llm, parts, priced, sms, whatsapp
from tests.unit.totals_strategies import EVENTS

NO_LISTS = Pricer(PriceLists(LlmPrices(), SmsPrices([], "none"), WhatsAppPrices([], "none")))
INBOUND = {"direction": Direction.INBOUND, "status": Status.RECEIVED}


def test_an_sms_costs_its_segments() -> None:
    event = priced(sms())
    assert parts(sms()) == {"message": "0.080"}
    assert (event.card, event.low_usd, event.high_usd) == ("twilio GB", Decimal("0.080"), Decimal("0.080"))
    assert event.unpriced is None


@pytest.mark.parametrize("status", ["sent", "delivered", "undelivered", "read"])
def test_an_sms_is_charged_once_it_is_sent_whatever_becomes_of_it(status: str) -> None:
    assert parts(sms(Status(status))) == {"message": "0.080"}


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "canceled", "other"])
def test_an_sms_that_is_not_sent_yet_or_never_is_not_charged(status: str) -> None:
    assert PRICER.priced(sms(Status(status))) == sms(Status(status))


def test_an_sms_of_unknown_length_counts_as_one_segment_and_may_have_24() -> None:
    event = priced(sms(segments=None))
    assert parts(sms(segments=None)) == {"message": "0.040"}
    assert (event.low_usd, event.high_usd) == (Decimal("0.040"), Decimal("0.960"))


def test_an_unknown_network_and_number_type_give_a_range() -> None:
    event = priced(sms(country="ZZ", segments=1, number_type=None))
    assert parts(sms(country="ZZ", segments=1, number_type=None)) == {"message": "0.1100"}
    assert (event.low_usd, event.high_usd) == (Decimal("0.0600"), Decimal("0.1100"))


def test_a_received_sms_costs_what_the_country_of_our_number_says() -> None:
    assert parts(sms(**INBOUND)) == {"message": "0.0150"}
    event = sms(**INBOUND, country="FR", own_country="ZZ", number_type="shortcode")
    assert parts(event) == {"message": "0.0100"}


def test_a_failed_message_costs_twilios_fee_unless_its_code_is_exempt() -> None:
    assert parts(sms(Status.FAILED)) == {"failure_fee": "0.001"}
    assert parts(whatsapp(Status.FAILED, provider="twilio")) == {"failure_fee": "0.001"}
    free = priced(sms(Status.FAILED, error_code="30008"))
    assert (free.costs, free.card) == ((), "twilio: this failure is free")
    assert PRICER.priced(whatsapp(Status.FAILED)) == whatsapp(Status.FAILED)
    received = sms(Status.FAILED, direction=Direction.INBOUND)
    assert PRICER.priced(received) == received


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (sms(country=None), NoPrice.UNKNOWN_COUNTRY),
        (sms(country="FR"), NoPrice.UNKNOWN_COUNTRY),
        (sms(number_type="toll-free"), NoPrice.UNKNOWN_ROUTE),
        (sms(provider="vonage"), NoPrice.NO_RATE_CARD),
        (sms(channel=Channel.RCS), NoPrice.NO_RATE_CARD),
        (sms(channel=Channel.MMS, provider="vonage"), NoPrice.NO_RATE_CARD),
        (whatsapp(category=None, pricing_type="regular"), NoPrice.UNKNOWN_CATEGORY),
        (whatsapp(category="marketing", country="FR"), NoPrice.UNKNOWN_COUNTRY),
        (whatsapp(pricing_type="barter"), NoPrice.UNKNOWN_CATEGORY),
        (llm(model="no such model"), NoPrice.UNKNOWN_MODEL),
        (llm(provider="nobody"), NoPrice.UNKNOWN_PROVIDER),
        (llm(usage=Usage(input_tokens=1, cached_input_tokens=2)), NoPrice.BAD_USAGE),
    ],
)
def test_what_has_no_price_says_why_and_never_costs_zero(event: Message | Llm, reason: NoPrice) -> None:
    found = priced(event)
    assert found.unpriced == reason
    assert (found.costs, found.card, found.low_usd) == ((), None, None)


def test_without_any_list_whatever_is_billed_is_unpriced() -> None:
    for event in (sms(channel=Channel.MMS), whatsapp()):
        assert priced(event, NO_LISTS).unpriced == NoPrice.NO_RATE_CARD
    for event in (sms(), sms(**INBOUND)):
        assert priced(event, NO_LISTS).unpriced == NoPrice.UNKNOWN_COUNTRY


@pytest.mark.parametrize("status", ["delivered", "read", "played"])
def test_whatsapp_is_charged_once_it_is_delivered(status: str) -> None:
    assert parts(whatsapp(Status(status))) == {"message": "0.0275"}


@pytest.mark.parametrize("status", ["sent", "failed", "accepted"])
def test_whatsapp_is_not_charged_before_it_is_delivered(status: str) -> None:
    assert PRICER.priced(whatsapp(Status(status))) == whatsapp(Status(status))


def test_a_read_that_says_nothing_of_charging_leaves_it_to_delivered() -> None:
    event = whatsapp(Status.READ, category=None, pricing_type=None)
    assert PRICER.priced(event) == event


@pytest.mark.parametrize("pricing_type", ["free_customer_service", "free_entry_point", "free"])
def test_what_meta_calls_free_has_a_price_of_nothing(pricing_type: str) -> None:
    event = priced(whatsapp(pricing_type=pricing_type))
    assert (event.costs, event.unpriced, event.low_usd) == ((), None, 0)
    assert event.card is not None


def test_received_whatsapp_messages_are_free_but_for_twilios_fee() -> None:
    assert priced(whatsapp(**INBOUND)).card == "whatsapp: received messages are free"
    assert parts(whatsapp(**INBOUND, provider="twilio")) == {"platform_fee": "0.005"}


def test_whatsapp_through_twilio_costs_a_fee_more() -> None:
    assert parts(whatsapp(provider="twilio")) == {"message": "0.0275", "platform_fee": "0.005"}


def test_of_whatsapp_through_twilio_without_a_category_the_fee_is_known() -> None:
    event = priced(whatsapp(provider="twilio", category=None, pricing_type=None))
    assert [(part.component, part.amount_usd) for part in event.costs] == [("platform_fee", Decimal("0.005"))]
    assert event.unpriced == NoPrice.UNKNOWN_CATEGORY


def test_a_flat_price_holds_for_every_delivered_message() -> None:
    pricer = Pricer(LISTS._replace(whatsapp=flat(Decimal("0.01"))))
    for category in ("marketing", "service", None):
        assert parts(whatsapp(category=category, pricing_type=None), pricer) == {"message": "0.01"}


def test_prices_of_messages_come_from_the_configuration() -> None:
    email = {"channel": Channel.EMAIL, "provider": "sendgrid", "segments": None}
    assert parts(sms(**email)) == {"message": "0.0006"}
    assert parts(sms(Status.UNDELIVERED, **email)) == {"message": "0.0006"}
    assert parts(sms(channel=Channel.MMS)) == {"message": "0.022"}
    assert parts(sms(**INBOUND, channel=Channel.MMS)) == {"message": "0.0165"}


def test_channels_that_nobody_prices_cost_nothing_here() -> None:
    event = sms(channel=Channel.EMAIL, provider="ses")
    assert PRICER.priced(event) == event
    push = sms(channel=Channel.PUSH, provider="app")
    assert PRICER.priced(push) == push


def test_a_step_without_an_id_is_charged_at_one_status_only() -> None:
    charged = [status for status in Status if priced(sms(status, message_id=None)).card]
    assert charged == [Status.SENT, Status.FAILED]
    charged = [status for status in Status if priced(whatsapp(status, message_id=None)).card]
    assert charged == [Status.DELIVERED]


@pytest.mark.parametrize("event", [sms(cost_usd=Decimal("0.5")), llm(cost_usd=Decimal(0))])
def test_a_stated_cost_stays_as_it_is(event: Message | Llm) -> None:
    assert PRICER.priced(event) is event


def test_a_call_costs_its_tokens_by_kind() -> None:
    assert parts(llm()) == {"llm_input": "0.00015000", "llm_output": "0.0000600"}
    event = priced(llm())
    assert event.low_usd == event.high_usd == Decimal("0.00021")
    assert (event.card or "").startswith("genai-prices ")


def test_parts_of_one_component_are_one() -> None:
    usage = Usage(input_tokens=300, cache_write_tokens=200, cache_write_1h_tokens=100)
    found = priced(llm(provider="anthropic", model="claude-sonnet-4-5", usage=usage))
    assert len({part.component for part in found.costs}) == len(found.costs)
    assert sum(part.amount_usd for part in found.costs) == found.low_usd


def test_a_price_too_large_to_be_true_is_none() -> None:
    own = OwnModel.model_validate(
        {"provider": "p", "model": "m", "prices_usd_per_million_tokens": {"input_mtok": "1e30"}}
    )
    pricer = Pricer(LISTS._replace(llm=LlmPrices([own])))
    assert priced(llm(provider="p", model="m"), pricer).unpriced == NoPrice.BAD_USAGE


@pytest.mark.parametrize(("second", "usd"), [(-1, "0.025"), (0, "0.0275")])
def test_a_whatsapp_rate_changes_at_midnight(second: int, usd: str) -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(seconds=second)
    assert parts(whatsapp(at=at)) == {"message": usd}


@pytest.mark.parametrize(("second", "fee"), [(-1, {}), (0, {"failure_fee": "0.001"})])
def test_the_failure_fee_begins_at_midnight(second: int, fee: dict[str, str]) -> None:
    at = datetime(2024, 9, 30, tzinfo=UTC) + timedelta(seconds=second)
    assert parts(sms(Status.FAILED, at=at)) == fee


@pytest.mark.parametrize(("second", "usd"), [(-1, "0.001000000"), (0, "0.002000000")])
def test_a_price_of_a_model_changes_at_midnight(second: int, usd: str) -> None:
    lines: list[dict[str, Any]] = [{"input_mtok": "1"}, {"input_mtok": "2"}]
    since = [None, "2026-11-01"]
    own = [
        OwnModel.model_validate(
            {"provider": "p", "model": "m", "from": date, "prices_usd_per_million_tokens": line}
        )
        for date, line in zip(since, lines, strict=True)
    ]
    pricer = Pricer(LISTS._replace(llm=LlmPrices(own)))
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=second)
    event = llm(provider="p", model="m", usage=Usage(input_tokens=1_000), at=at)
    assert {name: Decimal(amount) for name, amount in parts(event, pricer).items()} == {
        "llm_input": Decimal(usd)
    }


def test_smart_encoding_saves_what_can_be_avoided() -> None:
    pricer = Pricer(LISTS, smart_encoding=True)
    event = sms(segments=3, avoidable_segments=2)
    assert parts(event) == {"message": "0.120"}
    assert parts(event, pricer) == {"message": "0.040"}
    saved = pricer.priced(event)
    assert isinstance(saved, Message)
    assert (saved.segments, saved.avoidable_segments) == (1, None)


def test_newer_lists_of_twilio_take_the_place_of_the_old_ones() -> None:
    lists = [SmsPrices([], "none")]
    pricer = Pricer(LISTS, lambda: lists[-1])
    assert priced(sms(), pricer).unpriced == NoPrice.UNKNOWN_COUNTRY
    lists.append(LISTS.sms)
    assert parts(sms(), pricer) == {"message": "0.080"}


@given(EVENTS, st.sampled_from([PRICER, NO_LISTS, Pricer(LISTS, smart_encoding=True)]))
def test_any_event_is_priced_exactly_or_not_at_all(event: Any, pricer: Pricer) -> None:
    if isinstance(event, Costed):
        event = replace(event, costs=(), card=None, low_usd=None, high_usd=None, unpriced=None)
    found = pricer.priced(event)
    if not isinstance(found, Costed):
        assert found is event
        return
    total_usd = sum((part.amount_usd for part in found.costs), Decimal(0))
    assert (found.card is None) <= (found.costs == ())
    if found.card is not None:
        assert found.low_usd is not None
        assert found.high_usd is not None
        assert found.low_usd <= total_usd <= found.high_usd
        assert found.cost_usd is None


@given(st.integers(1, 1_000), st.integers(0, 1_000))
def test_two_messages_cost_what_one_of_all_their_segments_costs(first: int, second: int) -> None:
    def usd(segments: int) -> Decimal:
        found = priced(sms(segments=segments)).low_usd if segments else Decimal(0)
        assert found is not None
        return found

    assert usd(first) + usd(second) == usd(first + second)


def test_pricing_changes_nothing_else() -> None:
    event = sms()
    found = priced(event)
    assert isinstance(found, Message)
    assert replace(found, costs=(), card=None, low_usd=None, high_usd=None) == event
    assert found.at == AT
