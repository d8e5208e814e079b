"""What an SMS says: two segments of GSM-7, whatever the notification holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.notifications.sms import sms_text
from exporter.segments import segments
from exporter.vocabulary import Encoding


@given(st.text(max_size=255), st.text(max_size=1_000))
def test_any_text_takes_at_most_two_segments_of_gsm7(title: str, message: str) -> None:
    counted = segments(sms_text(title, message))
    assert counted.encoding is Encoding.GSM7
    assert counted.number <= 2


def test_what_fits_is_said_whole() -> None:
    message = "x" * 299
    assert sms_text("Title", message) == f"Title: {message}"
    assert sms_text("Title", message + "x") == f"Title: {'x' * 296}..."


def test_characters_that_take_two_septets_count_twice() -> None:
    said = sms_text("Title", "€" * 200)
    assert said.endswith("€...")
    assert segments(said).number == 2
    assert segments(said[:-3] + "€...").number == 3


def test_lines_become_one() -> None:
    assert sms_text("Title", "one\r\n\ttwo  three ") == "Title: one two three"
