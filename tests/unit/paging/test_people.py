"""Who is on duty when, and where the ways to them lead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from exporter.config import OncallConfig
from exporter.ledger.pages import Way
from exporter.paging.people import address, levels, owner

ONE, TWO = "+15005550011", "+15005550012"
NIGHTS = {"days": ["mon", "fri"], "start": "18:00", "end": "09:00"}


def oncall(*people: dict[str, Any], timezone: str = "UTC") -> OncallConfig:
    return OncallConfig.model_validate({"people": list(people), "timezone": timezone})


def names(config: OncallConfig, now: datetime) -> list[str]:
    return [ways[0].person for level in levels(config, now) for ways in level]


@pytest.mark.parametrize(
    ("moment", "is_on_duty"),
    [
        ("2026-11-20T18:00", True),  # a Friday
        ("2026-11-20T17:59", False),
        ("2026-11-21T08:59", True),
        ("2026-11-21T09:00", False),
        ("2026-11-21T18:00", False),
        ("2026-11-23T00:00", False),
        ("2026-11-23T23:59", True),
        ("2026-11-24T03:00", True),
        ("2026-11-25T03:00", False),
    ],
)
def test_a_duty_that_ends_before_it_starts_lasts_over_midnight(moment: str, is_on_duty: bool) -> None:
    config = oncall(
        {"name": "night", "numbers": [ONE], "duty": [NIGHTS]}, {"name": "always", "numbers": [TWO]}
    )
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert names(config, now) == (["night", "always"] if is_on_duty else ["always"])


def test_hours_of_duty_are_local() -> None:
    day = {"start": "09:00", "end": "17:00"}
    config = oncall(
        {"name": "day", "numbers": [ONE], "duty": [day]},
        {"name": "b", "numbers": [TWO]},
        timezone="Asia/Tokyo",
    )
    assert names(config, datetime(2026, 11, 20, 1, tzinfo=UTC)) == ["day", "b"]
    assert names(config, datetime(2026, 11, 20, 10, tzinfo=UTC)) == ["b"]


def test_when_nobody_is_on_duty_everybody_is() -> None:
    config = oncall({"name": "night", "numbers": [ONE], "duty": [NIGHTS]})
    assert names(config, datetime(2026, 11, 25, 12, tzinfo=UTC)) == ["night"]


def test_levels_come_in_their_order() -> None:
    config = oncall({"name": "second", "level": 2, "numbers": [ONE]}, {"name": "first", "numbers": [TWO]})
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert [[ways[0].person for ways in level] for level in levels(config, now)] == [["first"], ["second"]]


def test_ways_lead_to_number_after_number_then_a_call_then_a_mail() -> None:
    config = oncall({"name": "a", "numbers": [ONE, TWO], "email": "a@example.com"})
    ((ways,),) = levels(config, datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert [(way.channel, address(config, way)) for way in ways] == [
        ("sms", ONE),
        ("sms", TWO),
        ("call", ONE),
        ("email", "a@example.com"),
    ]


def test_a_way_that_the_configuration_has_no_more_leads_nowhere() -> None:
    config = oncall({"name": "a", "numbers": [ONE], "call": False})
    assert address(config, Way("a", 1, "sms")) is None
    assert address(config, Way("a", 0, "call")) is None
    assert address(config, Way("gone", 0, "sms")) is None


def test_a_number_has_an_owner_or_none() -> None:
    config = oncall({"name": "a", "numbers": [ONE, TWO]})
    assert (owner(config, TWO), owner(config, "+1"), owner(config, "")) == ("a", None, None)
