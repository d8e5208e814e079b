"""Which rows a condition holds for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config.profile import Condition
from exporter.scans.condition import meets


def holds(text: str | None, **condition: object) -> bool:
    return meets({"c": text}, Condition.model_validate(condition))


@pytest.mark.parametrize(
    ("word", "text", "is_met"),
    [
        ("sent", "sent", True),
        ("sent", "Sent", False),
        ("sent", None, False),
        (True, "true", True),
        (False, "true", False),
        (False, None, False),
        (1, "1", True),
        (1, "1.0", True),
        (1, "true", False),
        (0, "", False),
        (None, None, True),
        (None, "", False),
        (["sent", None], None, True),
        (["sent", "read"], "read", True),
    ],
)
def test_a_word_is_met_by_its_like(word: object, text: str | None, is_met: bool) -> None:
    assert holds(text, match={"c": word}) is is_met


def test_null_is_no_word_and_so_never_left_out_by_one() -> None:
    assert holds(None, unless={"c": False})
    assert not holds(None, unless={"c": None})


@pytest.mark.parametrize(("text", "is_met"), [(None, False), ("", False), ("0", True), ("false", True)])
def test_what_is_present_holds_something(text: str | None, is_met: bool) -> None:
    assert holds(text, present=["c"]) is is_met


@given(st.none() | st.text(max_size=9), st.sampled_from(["a", True, 3, None]))
def test_a_row_is_on_one_side_of_a_word(text: str | None, word: object) -> None:
    assert holds(text, match={"c": word}) is not holds(text, unless={"c": word})


@given(st.booleans(), st.booleans(), st.booleans())
def test_all_three_parts_must_hold(matched: bool, left: bool, there: bool) -> None:
    condition = Condition.model_validate({"match": {"a": 1}, "unless": {"b": 1}, "present": ["c"]})
    row = {"a": "1" if matched else "2", "b": "1" if left else "2", "c": "x" if there else None}
    assert meets(row, condition) is (matched and not left and there)
