"""Label values from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.catalogue import OVERFLOW
from exporter.label import NONE, REDACTED, label


@pytest.mark.parametrize(
    "value",
    [
        "acme",
        "gpt-4o-mini",
        "eu.west:1",
        "Größe & Co.",
        "日本",
        "a b",
        "c++ 17",
        "v2026.11.20",
        "order-12345",
    ],
)
def test_an_ordinary_value_stays_as_it_is(value: str) -> None:
    assert label(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "+15005550006",
        "whatsapp:+15005550006",
        "call +1 (500) 555-0006 now",
        "to=+1.500.555.0006",
        "%2B15005550006",
        "\uff0b\uff11\uff15\uff10\uff10\uff15\uff15\uff15\uff10\uff10\uff10\uff16",
        "+1\u200b5005550006",
        "+1\n5005550006",
        "15005550006",
        "500-555-0006",
        "(500) 555 0006",
        "0015005550006",
        "whatsapp:15005550006",
        "tel:500.555.0006",
        "٠١٢٣٤٥٦٧٨٩",
    ],
)
def test_a_phone_number_is_redacted(value: str) -> None:
    assert label(value) == REDACTED


@pytest.mark.parametrize(
    "value",
    [
        "nobody@example.org",
        "<nobody@example.org>",
        "from nobody+tag@mail.example.org today",
        "nobody%40example.org",
    ],
)
def test_an_email_address_is_redacted(value: str) -> None:
    assert label(value) == REDACTED


@pytest.mark.parametrize(
    "value",
    [
        "12345678-1234-1234-1234-123456789012",
        "123e4567-e89b-12d3-a456-426614174000",
        "123456789",
        "+123456",
        "user@host",
    ],
)
def test_what_only_looks_like_a_person_stays(value: str) -> None:
    assert label(value) == value


@pytest.mark.parametrize("value", ["", " ", "\n", "\x00", "\ud800", "\u200b\u200e"])
def test_nothing_to_show_has_a_name(value: str) -> None:
    assert label(value) == NONE


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\nb", "ab"),
        ("a\r\nb", "ab"),
        ("a\x00b", "ab"),
        ("a\ud800b", "ab"),
        ("a\u2028b", "ab"),
        ("a\x1b[31mb", "a[31mb"),
        (" acme ", "acme"),
    ],
)
def test_characters_that_do_not_print_are_dropped(value: str, shown: str) -> None:
    assert label(value) == shown


def test_128_characters_stay_and_129_become_other() -> None:
    assert label("x" * 128) == "x" * 128
    assert label("x" * 129) == OVERFLOW
    assert label("x" * 10_000) == OVERFLOW


def test_a_long_value_with_a_phone_number_does_not_show_it() -> None:
    assert label("+15005550006" + "x" * 10_000) == OVERFLOW


@pytest.mark.parametrize("name", [OVERFLOW, NONE, REDACTED])
def test_nobody_outside_can_write_under_a_name_of_ours(name: str) -> None:
    assert label(name) == f"_{name}"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_every_label_prints_encodes_and_is_short(value: str) -> None:
    shown = label(value)
    assert shown.isprintable()
    assert shown.encode()
    assert 1 <= len(shown) <= 129


_PRINTED = st.text(st.characters(categories=("L", "P")), min_size=1, max_size=20)


@given(_PRINTED, _PRINTED)
def test_two_printed_values_become_one_only_when_redacted(one: str, other: str) -> None:
    assert one == other or label(one) != label(other) or label(one) == REDACTED


@given(
    st.text(max_size=20),
    st.sampled_from(["+", "whatsapp:+", "tel:+", "++"]),
    st.text("0123456789", min_size=7, max_size=15),
    st.sampled_from(["", " ", "-", ".", ") "]),
    st.text(max_size=20),
)
def test_a_phone_number_never_gets_through(before: str, plus: str, digits: str, gap: str, after: str) -> None:
    shown = label(f"{before}{plus}{gap.join(digits)}{after}")
    assert shown in {REDACTED, OVERFLOW}
