"""`comms-exporter price`: NDJSON units in, exact costs out."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporter.commands.priced_units import answers
from exporter.pricing.llm import LlmPrices
from exporter.pricing.llm_table import read_table
from exporter.pricing.price_lists import PriceLists
from exporter.pricing.sms import SmsPrices, read_countries
from exporter.pricing.whatsapp import Rate, WhatsAppPrices

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LISTS = PriceLists(
    LlmPrices(read_table(DATA / "llm" / "price_table.json")),
    SmsPrices(read_countries(DATA / "twilio" / "api"), "twilio list"),
    WhatsAppPrices([Rate(date(2025, 7, 1), "US", "marketing", Decimal("0.025"))], "card"),
)


def priced(*units: dict[str, Any] | str) -> list[dict[str, Any]]:
    lines = [unit.encode() if isinstance(unit, str) else json.dumps(unit).encode() for unit in units]
    return [json.loads(answer) for answer in answers(lines, LISTS, NOW)]


def test_every_recorded_llm_call_has_its_exact_cost() -> None:
    vectors = json.loads((DATA / "llm" / "price_vectors.json").read_text())["vectors"]
    units = [
        {"kind": "llm", **{name: vector[name] for name in ("provider", "model", "usage")}}
        for vector in vectors
    ]
    found = [Decimal(answer["cost_usd"]) for answer in priced(*units)]
    assert found == [Decimal(vector["expected_cost_usd"]) for vector in vectors]


def test_usage_that_cannot_be_right_is_unpriced() -> None:
    usage = {"input_tokens": 10, "output_tokens": 1, "cache_read_tokens": 11}
    (answer,) = priced({"kind": "llm", "provider": "openai", "model": "gpt-4o", "usage": usage})
    assert answer["unpriced"] == "bad_usage"


def test_a_call_is_priced_by_its_tier() -> None:
    call = {"kind": "llm", "provider": "openai", "model": "gpt-5", "at": "2026-11-21T12:00:00Z"}
    usage = {"input_tokens": 1_000_000}
    lists = LISTS._replace(llm=LlmPrices())
    units = [
        call | {"usage": usage, "service_tier": "batch"},
        call | {"usage": usage | {"service_tier": "flex"}},
    ]
    found = answers([json.dumps(unit).encode() for unit in units], lists, NOW)
    assert [Decimal(json.loads(answer)["cost_usd"]) for answer in found] == [Decimal("0.625")] * 2


def test_a_text_message_is_priced_by_its_body_and_its_recipient() -> None:
    (answer,) = priced(
        {
            "kind": "sms",
            "direction": "outbound",
            "to": "+447700900123",
            "from": "+447700900456",
            "body": "\u2019" * 71,
            "number_type": "mobile",
            "mcc": "234",
            "mnc": "55",
        }
    )
    assert (answer["segments"], answer["encoding"], answer["cost_usd"]) == (2, "ucs2", "0.080")
    assert answer["card"] == "twilio list GB"


def test_an_inbound_message_has_the_price_of_our_own_number() -> None:
    unit = {"kind": "sms", "direction": "inbound", "to": "+447700900456", "from": "+14155550100"}
    (answer,) = priced(unit | {"segments": 2, "number_type": "mobile"})
    assert answer["cost_usd"] == "0.0150"


def test_a_short_code_is_told_by_its_digits() -> None:
    unit = {"kind": "sms", "to": "+447700900123", "from": "60777", "segments": 1, "mcc": "234", "mnc": "18"}
    assert priced(unit) == priced(unit | {"number_type": "shortcode"})


def test_a_doubt_has_its_range() -> None:
    (answer,) = priced({"kind": "sms", "country": "ZZ", "segments": 1, "number_type": "mobile"})
    assert (answer["low_usd"], answer["high_usd"]) == ("0.0750", "0.1100")


def test_a_whatsapp_message_is_priced_by_country_and_category() -> None:
    unit = {"kind": "whatsapp", "country": "US", "category": "marketing", "type": "regular"}
    (answer,) = priced(unit | {"at": "2026-11-01T00:00:00Z"})
    assert (answer["cost_usd"], answer["card"]) == ("0.025", "card 2025-07-01")


def test_what_has_no_price_says_why() -> None:
    llm = {"kind": "llm", "provider": "openai", "model": "gpt-99", "usage": {"input_tokens": 1}}
    sms = {"kind": "sms", "to": "+33700000000", "segments": 1}
    assert priced(llm, sms) == [
        {"unpriced": "unknown_model", "key": "openai/gpt-99"},
        {"unpriced": "unknown_country", "key": "FR", "segments": 1, "encoding": "unknown"},
    ]


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"kind":"fax"}', '{"kind":"llm"}', '{"kind":"sms","segments":"2"}', "nul\0"]
)
def test_a_line_that_cannot_be_read_is_answered_and_the_next_is_priced(line: str) -> None:
    bad, good = priced(line, {"kind": "whatsapp", "country": "US", "category": "marketing"})
    assert list(bad) == ["error"]
    assert good["cost_usd"] == "0.025"


def test_blank_lines_have_no_answer() -> None:
    assert priced("", "  ") == []
