"""Looks at the bills of other providers are off until they are asked for and can be done."""

from __future__ import annotations

from typing import Any

import pytest

from exporter import config
from exporter.config import Config
from exporter.errors import ConfigError
from exporter.field_types import secrets

GIVEN: dict[str, dict[str, Any]] = {
    "whatsapp": {"business_account_id": "102290129340398", "access_token": "canary-token"},
    "openai": {"admin_key": "canary-key"},
    "anthropic": {"admin_key": "canary-key"},
}

every_bill = pytest.mark.parametrize("name", sorted(GIVEN))


def parsed(name: str, retention: dict[str, Any] | None = None, **keys: Any) -> Any:
    return getattr(config.parse({"bills": {name: keys}, "retention": retention or {}}).bills, name)


@every_bill
def test_they_are_off_by_default_and_with_secrets_alone(name: str) -> None:
    assert not getattr(Config().bills, name).enabled
    assert not parsed(name, **GIVEN[name]).enabled


@every_bill
def test_they_are_on_where_they_are_asked_for(name: str) -> None:
    bill = parsed(name, enabled=True, interval_s="1d", tenant="acme", **GIVEN[name])
    assert (bill.enabled, bill.interval_s, bill.window_days, bill.lag_days) == (True, 86_400, 7, 2)
    assert (bill.tenant, bill.account_alias) == ("acme", "default")


@pytest.mark.parametrize(("name", "absent"), [(name, key) for name, keys in GIVEN.items() for key in keys])
def test_they_cannot_be_on_without_what_proves_who_asks(name: str, absent: str) -> None:
    given = {key: value for key, value in GIVEN[name].items() if key != absent}
    with pytest.raises(ConfigError, match=f"bills.{name}: enabled needs .*{absent}") as error:
        parsed(name, enabled=True, **given)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    "bad",
    [
        {"business_account_id": "me?fields=x", "enabled": True, "access_token": "x"},
        {"graph_version": "25"},
        {"api_url": "https://graph.facebook.com/v25.0"},
        {"tenant": "a b"},
        {"window_days": 2, "lag_days": 2},
    ],
)
def test_what_meta_or_the_clock_cannot_do_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(bad))):
        parsed("whatsapp", **bad)


@every_bill
def test_what_is_read_again_must_still_be_known(name: str) -> None:
    assert parsed(name, {"messages_days": 8}, enabled=True, **GIVEN[name])
    with pytest.raises(ConfigError, match=rf"must be more than bills.{name}.window_days"):
        parsed(name, {"messages_days": 7}, enabled=True, **GIVEN[name])


def test_their_secrets_may_come_from_the_environment() -> None:
    loaded = config.load(None, {"OPENAI_ADMIN_KEY": "one,two"})
    assert secrets(loaded.bills.openai.admin_key) == (b"one", b"two")
