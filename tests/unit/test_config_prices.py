"""Twilio's price lists are fetched where that is asked for and can be done."""

from __future__ import annotations

from typing import Any

import pytest

from exporter import config
from exporter.config import Config
from exporter.errors import ConfigError

CREDENTIALS = {"account_sid": "AC1", "auth_token": "canary-token"}


def parsed(**twilio: Any) -> Config:
    return config.parse({"sources": {"twilio": twilio}})


def test_they_are_not_fetched_unasked() -> None:
    assert not parsed(**CREDENTIALS).sources.twilio.prices.enabled


def test_they_are_fetched_once_a_day() -> None:
    prices = parsed(**CREDENTIALS, prices={"enabled": True}).sources.twilio.prices
    assert (prices.enabled, prices.interval_s, prices.tier) == (True, 86_400, "current")


@pytest.mark.parametrize("absent", sorted(CREDENTIALS))
def test_they_cannot_be_fetched_without_credentials(absent: str) -> None:
    given = {key: value for key, value in CREDENTIALS.items() if key != absent}
    with pytest.raises(ConfigError) as error:
        parsed(**given, prices={"enabled": True})
    assert "prices needs account_sid, letters and digits only, and auth_token" in str(error.value)
    assert "canary-token" not in str(error.value)


@pytest.mark.parametrize(
    "bad",
    [
        {"countries": ["gb"]},
        {"countries": ["GBR"]},
        {"countries": ["../"]},
        {"tier": "cheapest"},
        {"interval_s": "2d"},
        {"account": "a b"},
        {"api_url": "https://pricing.twilio.com/v1"},
    ],
)
def test_what_cannot_be_meant_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        parsed(prices=bad)
