"""Every small mistake that a rule could hold: the rule with one thing changed, and what that is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import promql_parser as parser

Rule = dict[str, Any]

_BOUNDARY = {">": ">=", ">=": ">", "<": "<=", "<=": "<", "==": "!=", "!=": "=="}
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_NEGATED = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
_MATCHER = re.compile(r'(?<=[{,])\s*(\w+)(=~|!~|!=|=)(?=["\'])')
_WINDOW = re.compile(r"(\[|\boffset )(\d+)(?=[smhd])")
_GROUPING = re.compile(r"\b(by|on|without) \(([^)]+)\)")
_DURATION = re.compile(r"(\d+)([smhd])")
_SEVERITY = {"page": "ticket", "ticket": "page", "none": "page"}


class Mutant(NamedTuple):
    """A rule with one mistake.

    Attributes:
        mistake: what was changed, as survivors.yaml names it.
    """

    rule: Rule
    mistake: str


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Each once; a change that leaves no valid expression, or the same one, is none."""
    seen = {_canonical(rule["expr"])}
    names: Counter[str] = Counter()
    for expression, mistake in _of_expression(rule["expr"]):
        if _valid(expression) and (text := _canonical(expression)) not in seen:
            seen.add(text)
            names[mistake] += 1
            number = f" ({names[mistake]})" if names[mistake] > 1 else ""
            yield Mutant(rule | {"expr": expression}, mistake + number)
    if "for" in rule:
        yield Mutant({name: value for name, value in rule.items() if name != "for"}, "for 0")
        tenfold = _DURATION.sub(lambda found: f"{int(found[1]) * 10}{found[2]}", rule["for"])
        yield Mutant(rule | {"for": tenfold}, "for ×10")
    for label, value in rule.get("labels", {}).items():
        swapped = rule["labels"] | {label: _SEVERITY.get(value, "swapped")}
        yield Mutant(rule | {"labels": swapped}, f"{label} swapped")


def _of_expression(text: str) -> Iterator[tuple[str, str]]:
    yield from _windows(text)
    yield from _matchers(text)
    yield from _groupings(text)
    tree = parser.parse(text)
    whole = str(tree)
    for node in _binaries(tree):
        before = str(node)
        for after, mistake in (*_comparisons(node), *_sets(node)):
            for at in _places(whole, before):
                yield f"{whole[:at]}{after}{whole[at + len(before) :]}", f"{mistake}: {_short(before)}"


def _windows(text: str) -> Iterator[tuple[str, str]]:
    for found in _WINDOW.finditer(text):
        doubled = f"{found[1]}{2 * int(found[2])}"
        yield _replaced(text, found, doubled), f"window doubled: {found[0]}{text[found.end()]}"


def _matchers(text: str) -> Iterator[tuple[str, str]]:
    for found in _MATCHER.finditer(text):
        name, operator = found.groups()
        yield _replaced(text, found, f"{name}{_NEGATED[operator]}"), f"matcher negated: {name}{operator}"


def _groupings(text: str) -> Iterator[tuple[str, str]]:
    for found in _GROUPING.finditer(text):
        *kept, last = found[2].split(", ")
        labels = ", ".join((*kept, "swapped"))
        yield _replaced(text, found, f"{found[1]} ({labels})"), f"label {last} swapped: {found[0]}"


def _comparisons(node: parser.BinaryExpr) -> Iterator[tuple[str, str]]:
    left, operator, right = str(node.lhs), str(node.op), str(node.rhs)
    if operator not in _BOUNDARY:
        return
    matching = str(node)[len(left) + len(operator) + 1 : -len(right)]
    yield f"{left} {_BOUNDARY[operator]}{matching}{right}", "boundary flipped"
    if operator in _TURNED:
        yield f"{left} {_TURNED[operator]}{matching}{right}", "comparison turned"
    for factor in ("1.01", "0.99") if right != "0" else ():
        yield f"{left} {operator}{matching}({right}) * {factor}", f"limit × {factor}"
    yield left, "guard dropped"


def _sets(node: parser.BinaryExpr) -> Iterator[tuple[str, str]]:
    if str(node.op) in ("and", "unless"):
        yield str(node.lhs), f"{node.op} dropped"
    if str(node.op) == "or":
        yield str(node.lhs), "or dropped"
        yield str(node.rhs), "or kept alone"


def _binaries(node: object) -> Iterator[parser.BinaryExpr]:
    match node:
        case parser.BinaryExpr():
            yield node
            yield from _binaries(node.lhs)
            yield from _binaries(node.rhs)
        case parser.Call():
            for argument in node.args:
                yield from _binaries(argument)
        case parser.AggregateExpr() | parser.ParenExpr() | parser.UnaryExpr() | parser.SubqueryExpr():
            yield from _binaries(node.expr)


def _places(whole: str, part: str) -> Iterator[int]:
    return (found.start() for found in re.finditer(re.escape(part), whole))


def _replaced(text: str, found: re.Match[str], new: str) -> str:
    return f"{text[: found.start()]}{new}{text[found.end() :]}"


def _short(text: str) -> str:
    flat = " ".join(text.replace("{}", "").split())
    return flat if len(flat) <= 120 else f"{flat[:57]} … {flat[-60:]}"


def _canonical(text: str) -> str:
    return str(parser.parse(text))


def _valid(text: str) -> bool:
    try:
        parser.parse(text)
    except ValueError:
        return False
    return True
