"""What the client sends is exact, in UTC, and what the exporter can store."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.client.event_line import event_line, moment, money, once_key, required, text
from exporter.client.report import Unusable
from exporter.sources.app_call import once_key as exporters_key
from exporter.sources.event_json import decode_event, default_at
from tests.unit.sources.sent import NOW


class Colour(StrEnum):
    RED = "red"


class Old(str, Enum):  # noqa: UP042
    RED = "red"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.05, "0.05"),
        (0.001, "0.001"),
        (0.1 + 0.2, "0.3"),
        (25.00, "25"),
        (1e-9, "0.000000001"),
        (123456789.123456, "123456789.123456"),
        ("0.05", "0.05"),
        (" 1e3 ", "1000"),
        (Decimal("0.0500"), "0.05"),
        (Decimal("-1.10"), "-1.1"),
        (3, "3"),
        (0, "0"),
        (None, None),
    ],
)
def test_money_is_written_without_the_dust_of_floats(value, written):
    assert money("cost", value) == written


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=6))
def test_money_with_six_decimals_is_never_changed(amount):
    assert Decimal(money("cost", amount) or "") == amount
    assert Decimal(money("cost", str(amount)) or "") == amount


@pytest.mark.parametrize(
    "value",
    [
        "",
        "five",
        "1,5",
        float("nan"),
        float("inf"),
        Decimal("sNaN"),
        10**12,
        -1e12,
        "1e999999",
        True,
        [],
        object,
        1j,
        Fraction(1, 2),
    ],
    ids=repr,
)
def test_what_is_no_money_is_unusable(value):
    with pytest.raises(Unusable, match=r"^cost: "):
        money("cost", value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("m1", "m1"),
        (456, "456"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        (Old.RED, "red"),
        (None, None),
    ],
)
def test_an_id_may_be_text_a_number_or_a_uuid(value, written):
    assert text("user_id", value) == written


@pytest.mark.parametrize("value", ["", "x" * 513, "a\0b", "\ud800", True, 1.5, b"m1", [], object], ids=repr)
def test_what_the_ledger_could_not_hold_is_unusable(value):
    with pytest.raises(Unusable, match=r"^user_id: "):
        text("user_id", value)


def test_a_refusal_holds_no_value():
    with pytest.raises(Unusable) as refused:
        text("user_id", "canary" * 100)
    assert "canary" not in str(refused.value)


def test_what_must_be_there_is_asked_for_by_name():
    with pytest.raises(Unusable, match="channel: missing"):
        required("channel", None)


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 11, 20, 10, tzinfo=UTC),
        datetime(2026, 11, 20, 10),  # noqa: DTZ001
        datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_a_time_is_sent_in_utc_and_without_a_zone_taken_as_such(at):
    assert moment("at", at) == "2026-11-20T10:00:00+00:00"


def test_without_a_time_it_is_now():
    before = datetime.now(UTC)
    assert before <= datetime.fromisoformat(moment("at", None)) <= datetime.now(UTC)


@pytest.mark.parametrize("at", ["2026-11-20", 1_700_000_000, NOW.date()])
def test_what_is_no_datetime_is_unusable(at):
    with pytest.raises(Unusable, match="at: not a datetime"):
        moment("at", at)


def test_a_line_holds_what_is_known_and_no_line_break():
    line = event_line({"kind": "credit", "user": "a\nb\u2028", "tenant": None})
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == {"kind": "credit", "user": "a\nb\u2028"}


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(words, min_size=1, max_size=3))
def test_client_and_exporter_write_the_same_key(parts):
    assert once_key(*parts) == exporters_key(*parts)


usable: Any = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40
)


@given(
    user=usable,
    action=usable,
    amount=st.floats(allow_nan=False, allow_infinity=False, max_value=1e11, min_value=-1e11),
)
def test_the_exporter_takes_whatever_the_client_could_write(user, action, amount):
    fields = {"kind": "outcome", "user": text("user_id", user), "action": text("action", action)}
    raw = event_line({**fields, "amount_usd": money("amount", amount)}).strip()
    event = decode_event(raw, default_at(NOW), NOW)
    assert (event.user, event.action) == (user, action)
    assert abs(float(event.amount_usd) - amount) <= max(1e-12, abs(amount) * 1e-15)
