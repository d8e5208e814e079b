"""Looks at Twilio's bill are off until they are asked for and can be done."""

from __future__ import annotations

from typing import Any

import pytest

from exporter import config
from exporter.config import Config
from exporter.errors import ConfigError

CREDENTIALS = {"account_sid": "AC1", "auth_token": "canary-token"}


def parsed(retention: dict[str, Any] | None = None, **twilio: Any) -> Config:
    return config.parse({"sources": {"twilio": twilio}, "retention": retention or {}})


def test_they_are_off_by_default_and_with_credentials_alone() -> None:
    assert not Config().sources.twilio.bills.enabled
    assert not parsed(**CREDENTIALS).sources.twilio.bills.enabled


def test_they_are_on_where_they_are_asked_for() -> None:
    bills = parsed(**CREDENTIALS, bills={"enabled": True, "interval_s": "1d"}).sources.twilio.bills
    assert (bills.enabled, bills.interval_s, bills.window_days, bills.lag_days) == (True, 86_400, 7, 2)


@pytest.mark.parametrize("absent", sorted(CREDENTIALS))
def test_they_cannot_be_on_without_credentials(absent: str) -> None:
    given = {key: value for key, value in CREDENTIALS.items() if key != absent}
    with pytest.raises(ConfigError) as error:
        parsed(**given, bills={"enabled": True})
    assert "bills needs account_sid, letters and digits only, and auth_token" in str(error.value)
    assert "canary-token" not in str(error.value)


@pytest.mark.parametrize(
    "bad",
    [
        {"window_days": 31},
        {"lag_days": 0},
        {"interval_s": "25h"},
        {"account_alias": "a b"},
        {"api_url": "https://api.twilio.com/"},
        {"include_subaccounts": "yes"},
    ],
)
def test_what_twilio_or_the_clock_cannot_do_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        parsed(bills=bad)


@pytest.mark.parametrize(("window_days", "lag_days"), [(2, 2), (1, 2)])
def test_a_window_without_a_complete_day_is_refused(window_days: int, lag_days: int) -> None:
    with pytest.raises(ConfigError, match="window_days must be more than lag_days"):
        parsed(bills={"window_days": window_days, "lag_days": lag_days})


def test_what_is_read_again_must_still_be_known() -> None:
    on = {"enabled": True, "window_days": 7}
    assert parsed({"messages_days": 8}, **CREDENTIALS, bills=on)
    with pytest.raises(ConfigError, match=r"retention.messages_days"):
        parsed({"messages_days": 7}, **CREDENTIALS, bills=on)
