"""Pydantic's findings in plain English, without ever repeating a value that may be a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from exporter.config.unknown_key import meant
from exporter.errors import Problem
from exporter.field_types import PATTERN_IN_WORDS, Section
from exporter.strict_yaml import KeyPath

_IN_WORDS = {
    "missing": "is required",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text (quote it)",
    "finite_number": "must be finite",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys",
    "model_type": "must be a mapping of keys",
    "literal_error": "must be one of {expected}",
    # Only numbers out of range are repeated: a number in a secret's place fails as "not text" instead.
    "greater_than": "must be above {gt:.15g}, not {input:.15g}",
    "greater_than_equal": "must be at least {ge:.15g}, not {input:.15g}",
    "less_than_equal": "must be at most {le:.15g}, not {input:.15g}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "value_error": "{error}",
}


def problems_in(
    error: ValidationError, root: type[Section], places: Mapping[KeyPath, str]
) -> Iterator[Problem]:
    """Each finding in a `root` with its path, and the place where it was written as far as known."""
    for details in error.errors(include_url=False):
        path = tuple(step for step in details["loc"] if step != "[key]")
        yield located(Problem(dotted(path), _in_words(details, root)), _place(path, places))


def located(problem: Problem, place: str) -> Problem:
    """The same problem with the line or variable that it comes from."""
    return problem._replace(problem=f"{problem.problem} ({place})") if place else problem


def dotted(path: KeyPath) -> str:
    """`scans[0].name` for ("scans", 0, "name")."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _place(path: KeyPath, places: Mapping[KeyPath, str]) -> str:
    known = (places[path[:length]] for length in range(len(path), 0, -1) if path[:length] in places)
    return next(known, "")


def _in_words(details: ErrorDetails, root: type[Section]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if details["input"] is None:
        return "has no value: give it one or remove the key"
    if kind == "extra_forbidden":
        return f"unknown key{meant(details['loc'], root)}"
    if kind == "string_pattern_mismatch":
        return PATTERN_IN_WORDS[context["pattern"]]
    if kind not in _IN_WORDS:
        return details["msg"]
    return _IN_WORDS[kind].format(**context, input=details["input"])
