"""What costs do to the totals; the arithmetic stands in the assertion."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from exporter.event import AnyEvent, Charge, CostPart, Llm, Usage
from exporter.known import NO_PRICE
from exporter.pricing.cost import NoPrice
from exporter.totals import Totals
from exporter.vocabulary import Channel, Component
from tests.unit.pricing.priced import PRICER, llm, whatsapp
from tests.unit.pricing.priced import sms as priced_sms
from tests.unit.totals_strategies import NOW, entry, sms

ROUTE = ("acme", "sms", "twilio")


def rows(*events: AnyEvent, **facts: Any) -> dict[str, dict[tuple[str, ...], Any]]:
    totals = Totals()
    totals.fold(entry(event, seq, **facts) for seq, event in enumerate(events, 1))
    return {name: {key: row[0] for key, row in found.items()} for name, found in totals.rows().items()}


def charge(**fields: Any) -> Charge:
    known: dict[str, Any] = {
        "at": NOW,
        "provider": "twilio",
        "channel": Channel.SMS,
        "basis": "provider",
        "component": "message",
        "amount_usd": Decimal("0.0083"),
    }
    return Charge(**(known | fields))


def test_each_part_of_a_cost_counts_under_its_component() -> None:
    found = rows(PRICER.priced(whatsapp(provider="twilio")), PRICER.priced(llm()))
    assert found["comms_cost_usd_total"] == {
        ("default", "whatsapp", "twilio", "message", "estimated"): Decimal("0.0275"),
        ("default", "whatsapp", "twilio", "platform_fee", "estimated"): Decimal("0.005"),
        ("default", "llm", "openai", "llm_input", "estimated"): Decimal("0.00015"),
        ("default", "llm", "openai", "llm_output", "estimated"): Decimal("0.00006"),
    }
    assert found["comms_unpriced_units_total"] == {}


def test_a_range_counts_by_its_bounds_and_a_cost_without_one_as_both() -> None:
    unsure = PRICER.priced(priced_sms(tenant="acme", country="ZZ", segments=1, number_type=None))
    found = rows(unsure, sms(cost_usd=Decimal("0.01")))
    assert found["comms_cost_usd_total"] == {
        (*ROUTE, "message", "estimated"): Decimal("0.1100") + Decimal("0.01")
    }
    assert found["comms_cost_bound_usd_total"] == {
        (*ROUTE, "low"): Decimal("0.0600") + Decimal("0.01"),
        (*ROUTE, "high"): Decimal("0.1100") + Decimal("0.01"),
    }


def test_what_has_no_price_counts_by_its_reason() -> None:
    found = rows(PRICER.priced(priced_sms(country=None)), PRICER.priced(llm(model="new")))
    assert found["comms_unpriced_units_total"] == {
        ("sms", "twilio", "unknown_country"): 1,
        ("llm", "openai", "unknown_model"): 1,
    }
    assert found["comms_cost_usd_total"] == {}


def test_a_cost_may_be_known_in_part() -> None:
    found = rows(PRICER.priced(whatsapp(provider="twilio", category=None, pricing_type=None)))
    assert found["comms_cost_usd_total"] == {
        ("default", "whatsapp", "twilio", "platform_fee", "estimated"): Decimal("0.005")
    }
    assert found["comms_unpriced_units_total"] == {("whatsapp", "twilio", "unknown_category"): 1}


def test_a_message_that_is_free_is_neither_cost_nor_unpriced() -> None:
    found = rows(PRICER.priced(whatsapp(pricing_type="free_customer_service")))
    assert found["comms_cost_usd_total"] == found["comms_unpriced_units_total"] == {}


def test_a_step_that_is_not_the_charged_one_costs_nothing() -> None:
    events = (
        PRICER.priced(priced_sms()),
        sms(cost_usd=Decimal(1)),
        sms(),
        PRICER.priced(priced_sms(country=None)),
    )
    found = rows(*events, charged=False)
    for name in ("comms_cost_usd_total", "comms_cost_bound_usd_total", "comms_unpriced_units_total"):
        assert found[name] == {}
    assert sum(found["comms_messages_total"].values()) == 4


def test_segments_that_could_be_avoided_are_wasted_money_of_their_template() -> None:
    computed = PRICER.priced(priced_sms(tenant="acme", segments=3, avoidable_segments=2, template="welcome"))
    stated = sms(segments=3, avoidable_segments=1, cost_usd=Decimal("0.01"))
    found = rows(computed, stated, priced_sms(segments=3, avoidable_segments=1))
    assert found["comms_encoding_waste_usd_total"] == {
        ("acme", "welcome"): Decimal("0.080"),
        ("acme", "_none"): Decimal("0.003333333333333333"),
    }


def test_no_more_than_all_of_a_message_is_wasted() -> None:
    found = rows(sms(segments=2, avoidable_segments=9, cost_usd=Decimal("0.02")))
    assert found["comms_encoding_waste_usd_total"] == {("acme", "_none"): Decimal("0.02")}


def test_money_that_a_provider_states_counts_by_its_basis_and_is_no_estimate() -> None:
    found = rows(charge(), charge(basis="billed", component=Component.CARRIER_FEE, tenant="acme"))
    assert found["comms_cost_usd_total"] == {
        ("default", "sms", "twilio", "message", "provider"): Decimal("0.0083"),
        ("acme", "sms", "twilio", "carrier_fee", "billed"): Decimal("0.0083"),
    }
    assert found["comms_cost_bound_usd_total"] == {}


@pytest.mark.parametrize("amount_usd", ["NaN", "-1", "1E+12", "Infinity"])
def test_an_amount_that_is_none_counts_nothing(amount_usd: str) -> None:
    assert rows(charge(amount_usd=Decimal(amount_usd)))["comms_cost_usd_total"] == {}
    part = (CostPart("message", Decimal(amount_usd)),)
    event = sms(costs=part, card="card", low_usd=Decimal(0), high_usd=Decimal(0))
    assert rows(event)["comms_cost_usd_total"] == {}


def test_parts_add_up_to_a_call_to_the_last_digit() -> None:
    usage = Usage(input_tokens=57_500, output_tokens=1, cached_input_tokens=7)
    found = PRICER.priced(llm(usage=usage))
    assert isinstance(found, Llm)
    total_usd = sum(rows(found)["comms_cost_usd_total"].values(), Decimal(0))
    assert total_usd == found.low_usd == sum((part.amount_usd for part in found.costs), Decimal(0))


def test_components_of_known_routes_exist_at_zero() -> None:
    totals = Totals()
    totals.declare(["acme"], [("sms", "twilio"), ("whatsapp", "twilio"), ("whatsapp", "whatsapp")])
    costs = {key[1:4] for key in totals.families["comms_cost_usd_total"].keys}
    assert costs == {
        ("sms", "twilio", "message"),
        ("sms", "twilio", "failure_fee"),
        ("whatsapp", "twilio", "message"),
        ("whatsapp", "twilio", "failure_fee"),
        ("whatsapp", "twilio", "platform_fee"),
        ("whatsapp", "whatsapp", "message"),
    }
    bounds = totals.families["comms_cost_bound_usd_total"].keys
    assert ("acme", "sms", "twilio", "low") in bounds
    assert ("acme", "sms", "twilio", "high") in bounds


def test_every_reason_for_no_price_exists_at_zero() -> None:
    totals = Totals()
    totals.declare(["acme"], [("sms", "twilio"), ("email", "ses")])
    assert tuple(NoPrice) == NO_PRICE
    assert totals.families["comms_unpriced_units_total"].keys == [
        ("sms", "twilio", word) for word in NO_PRICE
    ]
