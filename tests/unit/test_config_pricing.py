"""`pricing:` in the configuration, and the files it names."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporter.config import PricingConfig, parse
from exporter.errors import ConfigError
from exporter.pricing.price_lists import Route, read_lists
from exporter.vocabulary import Channel, Direction

DATA = Path(__file__).parents[1] / "data"


def pricing(**keys: Any) -> PricingConfig:
    return parse({"pricing": keys}).pricing


def problems(**keys: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_lists(pricing(**keys))
    return [str(problem) for problem in caught.value.problems]


def test_a_price_in_quotes_is_exact() -> None:
    found = pricing(whatsapp_flat_usd="0.010", email_usd={"ses": "0.0001"})
    assert str(found.whatsapp_flat_usd) == "0.010"
    assert found.email_usd == {"ses": Decimal("0.0001")}


@pytest.mark.parametrize("value", [0.01, 1, True, "", "-1", "1e3", "NaN", "1,50", "0.0000000000001", "$1"])
def test_a_price_that_is_not_exact_is_refused(value: object) -> None:
    (found,) = problems(whatsapp_flat_usd=value)
    assert 'must be US dollars in quotes, such as "0.0079"' in found


@pytest.mark.parametrize(
    "route", ["sms", "pigeon/acme", "sms/", "sms/twilio/outbound", "sms/twilio/inbound/x"]
)
def test_a_route_that_is_none_is_refused(route: str) -> None:
    (found,) = problems(message_usd={route: "0.01"})
    assert "must be channel/provider, or channel/provider/inbound for received messages" in found


def test_prices_of_messages_are_by_channel_provider_and_direction() -> None:
    lists = read_lists(
        pricing(
            email_usd={"ses": "0.0001"}, message_usd={"mms/twilio": "0.022", "mms/twilio/inbound": "0.0165"}
        )
    )
    assert lists.messages == {
        Route(Channel.EMAIL, "ses", Direction.OUTBOUND): Decimal("0.0001"),
        Route(Channel.MMS, "twilio", Direction.OUTBOUND): Decimal("0.022"),
        Route(Channel.MMS, "twilio", Direction.INBOUND): Decimal("0.0165"),
    }


def test_every_problem_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "llm.json").write_text('{"models": [{"provider": "p"}]}')
    (tmp_path / "card.csv").write_text("from,country,category,rate_usd\n2026-01-01,US,marketing,cheap\n")
    found = problems(
        llm_prices=str(tmp_path / "llm.json"),
        twilio_prices=str(tmp_path / "none"),
        whatsapp_rates=str(tmp_path / "card.csv"),
    )
    assert [problem.replace(str(tmp_path), "") for problem in found] == [
        "/llm.json: models.0.model: Field required",
        "/llm.json: models.0.prices_usd_per_million_tokens: Field required",
        "pricing.twilio_prices: /none is no folder",
        "/card.csv: line 2: must hold from, country, category, rate_usd",
    ]


def test_a_folder_without_a_price_list_is_a_problem(tmp_path: Path) -> None:
    assert problems(twilio_prices=str(tmp_path)) == [f"pricing.twilio_prices: {tmp_path} holds no price list"]


def test_files_that_are_good_are_read() -> None:
    lists = read_lists(
        pricing(llm_prices=str(DATA / "llm" / "price_table.json"), twilio_prices=str(DATA / "twilio" / "api"))
    )
    assert lists.messages == {}
