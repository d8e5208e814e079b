"""A log rule made ready: which lines it takes, and which event it makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from exporter.errors import Reason, Rejected
from exporter.sources.log_rule import LogRule

Line = Mapping[str, Any]

_LIMIT = Decimal("1e18")
_TIME_FIELDS = ("timestamp", "time", "ts", "@timestamp")
_EPOCH_UNITS = ((10**17, 10**9), (10**14, 10**6), (10**11, 10**3), (0, 1))
"""From this number on a time counts nanoseconds, microseconds, milliseconds, seconds since 1970."""


class LogMapping:
    """One rule of `logs:`.

    Attributes:
        name: the rule's own.
    """

    def __init__(self, rule: LogRule) -> None:
        self.name = rule.name
        self._kind = rule.kind
        self._wanted = [
            (path, at_path(path), value if isinstance(value, list) else [value])
            for path, value in rule.match.items()
        ]
        self._present = [(path, at_path(path)) for path in rule.present]
        self._constants = rule.set
        self._picks = [(field, at_path(path)) for field, path in rule.fields.items() if field != "at"]
        self._pick_time = at_path(rule.fields["at"]) if "at" in rule.fields else None
        self._scale = {field: Decimal(str(factor)) for field, factor in rule.scale.items()}

    def unmet(self, line: Line) -> str | None:
        """The path of the first condition that the line fails, None when the rule takes it.

        A matched path must have one of its values; true and 1 are not the same. A present one must not be null.
        """
        for path, pick, values in self._wanted:
            found = pick(line)
            if not any(type(value) is type(found) and value == found for value in values):
                return path
        return next((path for path, pick in self._present if pick(line) is None), None)

    def event(self, line: Line) -> dict[str, Any]:
        """The event as JSON of our own schema; a field that the line lacks is left out.

        Raises:
            Rejected: a field that is scaled holds no number.
        """
        event: dict[str, Any] = {"kind": self._kind}
        for field, constant in self._constants.items():
            _put(event, field, constant)
        for field, pick in self._picks:
            value = pick(line)
            if value is not None:
                _put(event, field, self._scaled(field, value))
        at = self._time(line)
        return event if at is None else event | {"at": at}

    def _scaled(self, field: str, value: Any) -> Any:
        factor = self._scale.get(field)
        if factor is None:
            return value
        try:
            # Not of any object: to write one down that is nested deeply enough raises RecursionError.
            number = Decimal(str(value) if isinstance(value, str | int | float) else "none") * factor
            fits = abs(number) < _LIMIT
        except ArithmeticError:
            fits = False
        if not fits:
            raise Rejected(Reason.BAD_FIELD, f"{field}: no number that can be scaled")
        return int(number) if number == number.to_integral_value() else number

    def _time(self, line: Line) -> Any:
        """The rule's own time, unread where it is no time; else the line's."""
        if self._pick_time is not None and (stated := self._pick_time(line)) is not None:
            return _instant(stated) or stated
        return time_of(line)


def time_of(line: Line) -> datetime | None:
    """The first usable time under a common name."""
    times = (_instant(line.get(name)) for name in _TIME_FIELDS)
    return next((time for time in times if time is not None), None)


def at_path(path: str) -> Callable[[Line], Any]:
    """Make a way to walk down `a.b`; a field that is itself called `a.b`, as some loggers write, comes first."""
    steps = path.split(".")

    def pick(line: Line) -> Any:
        if path in line:
            return line[path]
        node: Any = line
        for step in steps:
            if not isinstance(node, dict):
                return None
            node = node.get(step)
        return node

    return pick


def _put(event: dict[str, Any], field: str, value: Any) -> None:
    *parents, last = field.split(".")
    for parent in parents:
        event = event.setdefault(parent, {})
        if not isinstance(event, dict):
            raise Rejected(Reason.BAD_FIELD, f"{field}: inside a field that is no object")
    event[last] = value


def _instant(value: object) -> datetime | None:
    """RFC 3339 with its zone, or a number of seconds or smaller units since 1970; None when it is neither."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            return at if at.tzinfo else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            unit = next(unit for start, unit in _EPOCH_UNITS if value >= start)
            return datetime.fromtimestamp(value / unit, UTC)
    except (ValueError, OverflowError, OSError, StopIteration):
        pass
    return None
