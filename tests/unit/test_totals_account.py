"""What WhatsApp says of templates and numbers: the newest stands, in whatever order it comes."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from math import inf
from typing import Any

import pytest

from exporter.event import Account
from exporter.known import QUALITIES, TEMPLATE_STATES
from exporter.totals import Totals
from tests.unit.totals_strategies import NOW, entry

TEMPLATE = "message_template_status_update"
TEMPLATE_QUALITY = "message_template_quality_update"
NUMBER = "phone_number_quality_update"
BUSINESS = "business_capability_update"


def news(
    field: str, state: str | None, ago_s: float = 0, subject: str | None = "welcome", **more: Any
) -> Account:
    at = NOW - timedelta(seconds=ago_s)
    return Account(
        at=at, tenant="acme", provider="whatsapp", field=field, subject=subject, state=state, **more
    )


def values(family: str, *events: Account) -> dict[tuple[str, ...], float]:
    """Label sets and the number that the page shows."""
    totals = Totals()
    totals.fold(entry(event, seq) for seq, event in enumerate(events, 1))
    series = totals.families[family]
    return {key: float(series.row(at)[1]) for at, key in enumerate(series.keys)}


def ones(family: str, *events: Account) -> list[tuple[str, ...]]:
    return [key for key, value in values(family, *events).items() if value == 1]


def test_a_template_is_in_one_state_and_all_others_stand_at_zero() -> None:
    shown = values("comms_whatsapp_template_state", news(TEMPLATE, "rejected"))
    assert shown == {("acme", "welcome", state): float(state == "rejected") for state in TEMPLATE_STATES}


@pytest.mark.parametrize(
    ("said", "shown"),
    [("APPROVED", "approved"), ("reinstated", "approved"), ("IN_APPEAL", "in_appeal"), ("new word", "other")],
)
def test_states_are_read_in_any_case_and_unknown_ones_are_other(said: str, shown: str) -> None:
    assert ones("comms_whatsapp_template_state", news(TEMPLATE, said)) == [("acme", "welcome", shown)]


@pytest.mark.parametrize("ago_s", [(3, 2, 1), (1, 1, 1), (2, 1, 1)])
def test_any_order_gives_the_same_single_state(ago_s: tuple[int, ...]) -> None:
    states = zip(("pending", "approved", "paused"), ago_s, strict=True)
    said = [news(TEMPLATE, state, seconds) for state, seconds in states]
    shown = {tuple(ones("comms_whatsapp_template_state", *order)) for order in permutations(said)}
    assert shown == {(("acme", "welcome", "paused"),)}


def test_the_quality_of_a_template_is_its_new_score() -> None:
    said = [news(TEMPLATE_QUALITY, "green", 2), news(TEMPLATE_QUALITY, "YELLOW", 1)]
    for order in permutations(said):
        shown = values("comms_whatsapp_quality", *order)
        assert shown == {
            ("acme", "template", "welcome", quality): float(quality == "yellow") for quality in QUALITIES
        }


def test_a_flagged_number_is_red_until_it_is_unflagged() -> None:
    flagged, unflagged = news(NUMBER, "flagged", 2, "main"), news(NUMBER, "unflagged", 1, "main")
    assert ones("comms_whatsapp_quality", flagged) == [("acme", "number", "main", "red")]
    assert ones("comms_whatsapp_quality", unflagged, flagged) == [("acme", "number", "main", "green")]


def test_other_news_of_a_number_leave_its_quality() -> None:
    assert values("comms_whatsapp_quality", news(NUMBER, "onboarding"), news(BUSINESS, "flagged")) == {}


@pytest.mark.parametrize("field", [NUMBER, BUSINESS])
def test_a_limit_is_a_number_or_endless(field: str) -> None:
    limited = news(field, "throughput_upgrade", 2, "main", value=2_000.0)
    unlimited = news(field, "unlimited", 1, "main")
    silent = news(field, "onboarding", 0, "main")
    for order in permutations([limited, unlimited, silent]):
        assert values("comms_whatsapp_messaging_limit", *order) == {("acme", "main"): inf}
    assert values("comms_whatsapp_messaging_limit", limited) == {("acme", "main"): 2_000}


def test_news_from_a_clock_in_the_future_are_dated_on_arrival() -> None:
    future = news(TEMPLATE, "approved", -86_400)
    totals = Totals()
    totals.fold([entry(future)])
    place = totals.families["comms_whatsapp_template_state"].row(0)[0]
    assert place - NOW.timestamp() * 1e6 < 1e3


def test_other_fields_touch_no_gauge() -> None:
    for family in ("template_state", "quality", "messaging_limit"):
        assert values(f"comms_whatsapp_{family}", news("account_alerts", "unlimited", value=1.0)) == {}


def test_no_person_becomes_a_label() -> None:
    shown = values("comms_whatsapp_messaging_limit", news(NUMBER, None, 0, "+15005550006", value=250.0))
    assert list(shown) == [("acme", "_redacted")]
