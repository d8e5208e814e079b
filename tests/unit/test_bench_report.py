"""The benchmark's report: tables that read well, and a page whose measured part can be written anew."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from tests.bench.__main__ import SUBJECTS, main
from tests.bench.effort import FULL, QUICK, middle
from tests.bench.load import Load
from tests.bench.report import BEGIN, END, Aim, Result, Table, between_markers, grid, machine, render

PAGE = Path(__file__).parents[2] / "BENCHMARKS.md"
RESULT = Result(
    [Aim("speed", "≥ 2 x", "3 x")],
    [Table("Speed", "How fast.", ("what", "events/s"), [("ours", "30"), ("theirs", "10")])],
)


def test_every_column_is_as_wide_as_its_widest_cell() -> None:
    assert grid(("a", "bcd"), [("12345", "6")]) == "| a     | bcd |\n| ----- | --- |\n| 12345 | 6   |"


def test_a_row_of_the_wrong_width_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        grid(("a", "b"), [("1",)])


def test_the_aims_come_before_the_machine_and_the_details() -> None:
    text = render([RESULT], {"cores": "2"})
    assert text.index("≥ 2 x") < text.index("| cores") < text.index("How fast.") < text.index("theirs")


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    assert between_markers(f"top {BEGIN} old {END} bottom", "new") == f"top {BEGIN}\n\nnew\n\n{END} bottom"


def test_writing_twice_gives_the_same_page() -> None:
    once = between_markers(f"{BEGIN}{END}", "new")
    assert between_markers(once, "new") == once


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{END}{BEGIN}"])
def test_a_page_without_both_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="begin"):
        between_markers(text, "new")


def test_the_shipped_page_can_be_written() -> None:
    assert "new" in between_markers(PAGE.read_text(), "new")


def test_the_facts_about_the_machine_do_not_name_it() -> None:
    facts = machine()
    assert {"cores", "CPU", "memory", "kernel", "Python", "PostgreSQL"} <= facts.keys()
    assert platform.node() not in facts.values()
    assert not any("/" in value for value in facts.values())


def test_a_smaller_effort_still_measures_something() -> None:
    assert FULL.of(50_000) == 50_000
    assert QUICK.of(50_000) == 2_500
    assert QUICK.of(10) == 10


def test_the_middle_is_the_median_of_one_number() -> None:
    runs = [Load(1, 0, 1.0, 0.0, p99_ms) for p99_ms in (9.0, 1.0, 5.0)]
    assert middle(runs, lambda run: run.p99_ms) == 5.0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["nonsense"], "none of"), (["--write", "fold"], "full run"), (["--write", "--quick"], "full run")],
)
def test_what_cannot_be_measured_is_said(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert complaint in capsys.readouterr().err


def test_the_help_names_every_subject(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(name in out for name in SUBJECTS)
