"""The sweep of Twilio's messages is off until it is asked for and can be done."""

from __future__ import annotations

from typing import Any

import pytest

from exporter import config
from exporter.config import Config
from exporter.errors import ConfigError

CREDENTIALS = {"account_sid": "AC1", "auth_token": "canary-token"}


def parsed(**twilio: Any) -> Config:
    return config.parse({"sources": {"twilio": twilio}})


def test_it_is_off_by_default_and_with_credentials_alone() -> None:
    assert not Config().sources.twilio.reconcile.enabled
    assert not parsed(**CREDENTIALS).sources.twilio.reconcile.enabled


def test_it_is_on_where_it_is_asked_for() -> None:
    reconcile = parsed(
        **CREDENTIALS, reconcile={"enabled": True, "interval_s": "30m"}
    ).sources.twilio.reconcile
    assert (reconcile.enabled, reconcile.interval_s, reconcile.window_days) == (True, 1800, 2)


@pytest.mark.parametrize("absent", sorted(CREDENTIALS))
def test_it_cannot_be_on_without_credentials(absent: str) -> None:
    given = {key: value for key, value in CREDENTIALS.items() if key != absent}
    with pytest.raises(ConfigError) as error:
        parsed(**given, reconcile={"enabled": True})
    assert "reconcile needs account_sid, letters and digits only, and auth_token" in str(error.value)
    assert "canary-token" not in str(error.value)


@pytest.mark.parametrize("account_sid", ["AC:1", "AC/1", "AC 1", "AC1?x"])
def test_an_account_that_cannot_stand_in_an_address_is_refused(account_sid: str) -> None:
    with pytest.raises(ConfigError, match="letters and digits only"):
        parsed(**CREDENTIALS | {"account_sid": account_sid}, reconcile={"enabled": True})


@pytest.mark.parametrize(
    "bad",
    [
        {"page_messages": 1001},
        {"page_messages": 0},
        {"window_days": 31},
        {"window_days": 0},
        {"interval_s": 0},
        {"api_url": "https://api.twilio.com/"},
        {"api_url": "ftp://api.twilio.com"},
    ],
)
def test_what_twilio_or_the_clock_cannot_do_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        parsed(reconcile=bad)
