"""Segments as Twilio's own calculator counts them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.segments import segments
from exporter.vocabulary import Encoding

DATA = Path(__file__).parents[1] / "data" / "segments"
CASES: list[dict[str, Any]] = json.loads((DATA / "segments.json").read_text())["cases"]
ENCODINGS = {"GSM-7": Encoding.GSM7, "UCS-2": Encoding.UCS2}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["id"]))
def test_a_body_takes_as_many_segments_as_twilio_says(case: dict[str, Any]) -> None:
    found = segments(case["body"])
    assert (found.encoding, found.number) == (ENCODINGS[case["expected_encoding"]], case["expected_segments"])
    assert found.units == case.get("units", found.units)


@pytest.mark.parametrize(
    "case", [case for case in CASES if "smart_encoding" in case], ids=lambda case: str(case["id"])
)
def test_smart_encoding_gives_what_twilio_says(case: dict[str, Any]) -> None:
    found = segments(case["body"], smart=True)
    wanted = case["smart_encoding"]
    assert (found.encoding, found.number) == (ENCODINGS[wanted["encoding"]], wanted["segments"])


def test_the_character_that_forced_ucs2_is_named() -> None:
    assert segments("It\u2019s ready").forced_by == "U+2019 RIGHT SINGLE QUOTATION MARK"
    assert segments("It's ready").forced_by is None


def test_smart_encoding_replaces_what_looks_alike() -> None:
    assert segments("It\u2019s ready", smart=True).encoding is Encoding.GSM7


@given(st.text(max_size=400))
def test_any_text_has_a_count_that_its_units_allow(body: str) -> None:
    found = segments(body)
    room = 153 if found.encoding is Encoding.GSM7 else 67
    assert found.number >= 1
    assert found.number * room >= found.units - 10 or found.number == 1
    assert (found.forced_by is None) == (found.encoding is Encoding.GSM7)


@given(st.text(alphabet=st.characters(codec="ascii", exclude_characters="`\t"), max_size=400))
def test_a_longer_body_never_takes_fewer_segments(body: str) -> None:
    assert segments(body + "x").number >= segments(body).number


def test_a_line_break_of_two_characters_may_end_one_segment_and_begin_the_next() -> None:
    assert segments("я" * 66 + "\r\n" + "я" * 66).number == 2


def test_a_conjunct_of_hindi_may_be_parted_after_its_first_consonant_with_its_marks() -> None:
    assert segments("क" * 65 + "क्ष" + "क" * 66).number == 2
    assert segments("क" * 66 + "कि" + "क" * 66).number == 3


def test_a_lone_surrogate_is_counted_and_not_refused() -> None:
    assert segments("\ud83d").units == 1
    assert segments("\ud83d").forced_by == "U+D83D"
