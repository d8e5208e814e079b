"""YAML as its writer meant it: a plain dict, or every place where readers of YAML could disagree."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import yaml

from exporter.errors import ConfigError, Problem

MAX_FILE_BYTES = 256 * 1024
MAX_DEPTH = 50
MAX_VALUES = 20_000
_MAX_TYPED_CHARACTERS = 64

KeyPath = tuple[str | int, ...]

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)")
_AMBIGUOUS = (
    (re.compile(r"(?i:yes|no|on|off|true|false)"), "write true or false, or quote it to mean text"),
    (re.compile(r"(?i:null)"), "write null, or quote it to mean text"),
    (re.compile(r"[-+]?\.(?i:inf|nan)"), "a number must be finite"),
    (
        re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?"),
        "quote it: some readers take this as a date",
    ),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?"),
        "quote it: some readers take this as base 60",
    ),
    (re.compile(r"[-+]?0(?:b[01_]+|o[0-7_]+|x[0-9a-fA-F_]+)"), "write the number in decimal, or quote it"),
    (
        re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"),
        "write the number as JSON does (no +, no leading 0, no _, digits around the point), or quote it",
    ),
)
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


class Document(NamedTuple):
    """What a file says.

    Attributes:
        lines: the line of each key and list item, from 1, by its path.
    """

    data: dict[str, Any]
    lines: dict[KeyPath, int]


def load(source: str | bytes) -> dict[str, Any]:
    """The top-level mapping of a file; empty for a file without content.

    Values are typed as in JSON: true, false, null, decimal numbers; everything else is text. A plain word
    that YAML 1.1 or 1.2 would read as another type (`no`, `010`, `1:30`, 2026-01-01) is refused rather than
    kept as text, because the next tool to read the file could silently disagree. Keys are text, as written.

    Raises:
        ConfigError: with line and column of every refusal, up to the first that ends the reading.
    """
    return read(source).data


def read(source: str | bytes) -> Document:
    """As load, with the line of every key."""
    reader = _Reader(_text(source))
    data: dict[str, Any] = {}
    try:
        data = reader.document()
    except _GivenUp:
        pass
    except yaml.MarkedYAMLError as error:
        reader.refuse(error.problem_mark or error.context_mark, f"not YAML: {_syntax(error)}")
    except yaml.YAMLError:
        reader.refuse(None, "not YAML: unreadable characters")
    if reader.problems:
        raise ConfigError(reader.problems)
    return Document(data, reader.lines)


class _GivenUp(Exception):
    """Ends the reading of a file that is too deep or too long; the problem is already noted."""


class _Reader:
    def __init__(self, text: str) -> None:
        # The parser written in Python takes ten times as long, and its errors repeat parts of values.
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []
        self._values = 0

    def refuse(self, mark: Any, problem: str) -> None:
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        self.problems.append(Problem(place, problem))

    def document(self) -> dict[str, Any]:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            return {}
        if start.version or start.tags:
            self.refuse(start.start_mark, "directives are not accepted")
        data = self._top(next(self._events))
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.refuse(after.start_mark, "only one document is accepted")
        return data

    def _top(self, event: Any) -> dict[str, Any]:
        data = self._node(event, ())
        if isinstance(data, dict):
            return data
        self.refuse(event.start_mark, "the top level must be a mapping (key: value)")
        return {}

    def _node(self, event: Any, path: KeyPath) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            self._give_up(event, f"more than {MAX_VALUES} values")
        self._refuse_indirection(event)
        if isinstance(event, yaml.AliasEvent):
            return None
        if isinstance(event, yaml.ScalarEvent):
            return event.value if event.style else self._plain(event)
        if len(path) >= MAX_DEPTH:
            self._give_up(event, f"nested deeper than {MAX_DEPTH}")
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _give_up(self, event: Any, problem: str) -> NoReturn:
        self.refuse(event.start_mark, problem)
        raise _GivenUp

    def _refuse_indirection(self, event: Any) -> None:
        # Values are never repeated: an unquoted secret may begin with any of these signs.
        if isinstance(event, yaml.AliasEvent):
            self.refuse(event.start_mark, "an alias is not accepted; quote text that begins with *")
        elif event.anchor is not None:
            self.refuse(event.start_mark, "an anchor is not accepted; quote text that begins with &")
        elif event.tag is not None:
            self.refuse(event.start_mark, "a tag is not accepted; quote text that begins with !")

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in found:
                first = self.lines[*path, key]
                self.refuse(event.start_mark, f"key `{key}` is written twice (first on line {first})")
            self.lines.setdefault((*path, key), event.start_mark.line + 1)
            found[key] = self._node(next(self._events), (*path, key))
        return found

    def _key(self, event: Any, path: KeyPath) -> str:
        if not isinstance(event, yaml.ScalarEvent) or not event.value:
            self.refuse(event.start_mark, "a key must be text")
            self._node(event, (*path, ""))
            return f"{event.start_mark.line}:{event.start_mark.column}"
        self._refuse_indirection(event)
        if event.value == "<<" and not event.style:
            self.refuse(event.start_mark, "merge key `<<` is not accepted")
        return str(event.value)

    def _sequence(self, path: KeyPath) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            place = (*path, len(found))
            self.lines[place] = event.start_mark.line + 1
            found.append(self._node(event, place))
        return found

    def _plain(self, event: Any) -> Any:
        text: str = event.value
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > _MAX_TYPED_CHARACTERS:
            return text
        if number := _NUMBER.fullmatch(text):
            return self._finite(event, float(text) if number["fraction"] else int(text))
        for pattern, advice in _AMBIGUOUS:
            if pattern.fullmatch(text):
                self.refuse(event.start_mark, advice)
                break
        return text

    def _finite(self, event: Any, number: float) -> float:
        if not math.isfinite(number):
            self.refuse(event.start_mark, "a number must be finite")
        return number


def _text(source: str | bytes) -> str:
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError([Problem("", f"larger than {MAX_FILE_BYTES // 1024} KiB")])
    try:
        return _printable(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        place = _place(data[: error.start].decode())
    # Raised out of reach of the decoding error, which holds the whole file.
    raise ConfigError([Problem(place, "not UTF-8")])


def _printable(text: str) -> str:
    if odd := _UNPRINTABLE.search(text):
        place = _place(text[: odd.start()])
        raise ConfigError([Problem(place, f"character U+{ord(odd[0]):04X} is not accepted")])
    return text


def _place(before: str) -> str:
    line_start = before.rfind("\n") + 1
    return f"line {before.count(chr(10)) + 1}, column {len(before) - line_start + 1}"


def _syntax(error: yaml.MarkedYAMLError) -> str:
    return ": ".join(part for part in (error.context, error.problem) if part)
