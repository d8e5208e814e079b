"""Templates: plain text, whatever the values hold."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.notification_texts import TEMPLATES
from exporter.notifications.texts import data_of, filled, plain, read_data


@pytest.mark.parametrize(
    "value", ["{limit_usd}", "{0}", "{", "%s", "a\r\nBcc: b@c.example", "\x1b[31m", "\x00"]
)
def test_a_value_is_no_template_and_makes_no_line(value: str) -> None:
    text = filled({}, "template_rejected", {"template": value})
    assert text.message == f"WhatsApp rejected the template {plain(value)}."
    assert text.message.isprintable()


@given(st.text(max_size=500))
def test_any_value_becomes_one_line_of_bounded_length(value: str) -> None:
    shown = plain(value)
    assert len(shown) <= 200
    assert shown.isprintable()
    assert shown == shown.strip()


def test_a_title_is_never_longer_than_the_table_takes() -> None:
    text = filled({}, "alert_resolved", {"alertname": "x" * 5_000, "description": "y"}, longest=2_000)
    assert len(text.title) == 255


def test_data_keep_every_digit() -> None:
    written = data_of({"amount": Decimal("20.00"), "tiny": Decimal("0.000000000000000000001"), "none": None})
    assert written == '{"amount":20.00,"tiny":0.000000000000000000001}'
    assert read_data(written)["amount"] == Decimal("20.00")


def test_what_is_no_number_is_no_data() -> None:
    with pytest.raises(TypeError):
        data_of({"thing": object()})


def test_every_template_is_one_line_of_a_documented_type() -> None:
    assert {text.type.value for text in TEMPLATES.values()} == {"info", "warning", "error", "success"}
    assert all(text.title.isprintable() and text.message.isprintable() for text in TEMPLATES.values())
