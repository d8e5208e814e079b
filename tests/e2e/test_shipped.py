"""What runs here is what is shipped: only addresses and durations differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.shipped import (
    ADDRESS_KEYS,
    ALERTMANAGER,
    DURATION_KEYS,
    IN_EXPRESSION,
    PROMETHEUS,
    RULES,
    SHRINK,
    adapted,
    duration_ms,
    each_leaf,
    elsewhere,
    faster,
    read,
    shrunk,
    write_adapted,
)
from tests.stack.generation import ROOT

ADDRESSES = {
    "exporter:9847": "127.0.0.1:1",
    "alertmanager:9093": "127.0.0.1:2",
    "127.0.0.1:9090": "127.0.0.1:3",
    "127.0.0.1:9899": "127.0.0.1:4",
}
FILES = (*RULES, PROMETHEUS, ALERTMANAGER)

Leaf = tuple[str, str, Any]
"""Where a value stands, the last name of that, and the value."""


def leaves(node: Any, path: str = "", key: str = "") -> Iterator[Leaf]:
    """Every value of a parsed file."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from leaves(value, f"{path}.{name}", name)
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from leaves(item, f"{path}[{index}]", key)
    else:
        yield path, key, node


def pairs(path: Path) -> list[tuple[Leaf, Leaf]]:
    return list(zip(leaves(read(path)), leaves(adapted(path, ADDRESSES)), strict=True))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_both_have_the_same_keys_in_the_same_places(path: Path) -> None:
    assert [one[0] for one, _ in pairs(path)] == [other[0] for _, other in pairs(path)]


STRINGS = re.compile(r'"[^"]*"')


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_only_durations_addresses_and_expressions_differ(path: Path) -> None:
    different = {one[1] for one, other in pairs(path) if one[2] != other[2]}
    assert different <= DURATION_KEYS | ADDRESS_KEYS | {"expr"}


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_expressions_differ_in_nothing_but_durations(path: Path) -> None:
    for (_, key, shipped), (_, _, ours) in pairs(path):
        if key == "expr":
            assert IN_EXPRESSION.split(shipped) == IN_EXPRESSION.split(ours)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_duration_shrinks_by_the_same_factor(path: Path) -> None:
    for (_, key, shipped), (_, _, ours) in pairs(path):
        found = [(shipped, ours)] if key in DURATION_KEYS else []
        if key == "expr":
            found = list(zip(IN_EXPRESSION.findall(shipped), IN_EXPRESSION.findall(ours), strict=True))
        for long, short in found:
            assert abs(duration_ms(long) - SHRINK * duration_ms(short)) <= SHRINK / 2, (long, short)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.name)
def test_no_window_of_a_rule_is_overlooked(path: Path) -> None:
    for _, key, value in leaves(read(path)):
        if key == "expr":
            expression = STRINGS.sub("", value)
            windows = expression.count("[") + expression.count("offset ")
            assert len(IN_EXPRESSION.findall(expression)) >= windows, value


def test_every_shipped_address_is_replaced() -> None:
    for path in (PROMETHEUS, ALERTMANAGER):
        for (where, key, _), (_, _, ours) in pairs(path):
            if key in ADDRESS_KEYS:
                assert any(address in ours for address in ADDRESSES.values()), where


@pytest.mark.parametrize(
    ("shipped", "ours"),
    [("5m", "10000ms"), ("15s", "500ms"), ("10s", "333ms"), ("1h", "120000ms"), ("0s", "0ms")],
)
def test_a_duration_shrinks(shipped: str, ours: str) -> None:
    assert shrunk(shipped) == ours


def test_windows_offsets_and_subqueries_shrink_and_numbers_stay() -> None:
    shipped = 'x_rate5m{a="5m"}[1h] offset 1h * 300 > 5 and max_over_time(y[6h:1m]) == 0'
    ours = 'x_rate5m{a="5m"}[120000ms] offset 120000ms * 300 > 5 and max_over_time(y[720000ms:2000ms]) == 0'
    assert faster(shipped, "expr") == ours


def test_sentences_are_left_alone() -> None:
    assert faster("the limit is 5m", "description") == "the limit is 5m"


def test_an_address_in_a_sentence_is_left_alone() -> None:
    move = elsewhere({"exporter:9847": "127.0.0.1:1"})
    shipped = {"targets": ["exporter:9847"], "description": "see exporter:9847"}
    assert each_leaf(shipped, move) == {"targets": ["127.0.0.1:1"], "description": "see exporter:9847"}


def test_all_that_is_read_is_written_where_it_is_looked_for(tmp_path: Path) -> None:
    write_adapted(tmp_path, ADDRESSES)
    for path in FILES:
        assert read(tmp_path / path.relative_to(ROOT)) == adapted(path, ADDRESSES)
    assert list((tmp_path / "alertmanager" / "templates").glob("*.tmpl"))
