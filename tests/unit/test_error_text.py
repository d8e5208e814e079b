"""Codes of providers in free text."""

from __future__ import annotations

import pytest

from exporter.scans.error_text import meaning_of
from exporter.vocabulary import ErrorClass


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("131026: Message undeliverable", ErrorClass.UNREACHABLE),
        ("(#131047) Re-engagement message", ErrorClass.OUTSIDE_WINDOW),
        ("63016 - Failed to send freeform message", ErrorClass.OUTSIDE_WINDOW),
        ("order 1310261 is late", ErrorClass.OTHER),
        ("call 2131026 back", ErrorClass.OTHER),
    ],
)
def test_a_code_of_meta_or_twilio_says_what_a_text_means(text: str, meaning: ErrorClass) -> None:
    assert meaning_of(text) is meaning
