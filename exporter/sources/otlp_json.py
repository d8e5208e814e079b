"""OTLP's JSON: names in lowerCamelCase, 64-bit integers as text or numbers, ids in hexadecimal, bytes in Base64."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from exporter.sources.log_reading import LogLine
from exporter.sources.otlp_line import Fields, Record, line_of, shared
from exporter.sources.strict_json import decode_body

_DEEPEST = 32
_is_int64 = re.compile(r"-?[0-9]{1,20}").fullmatch


class _Scope(msgspec.Struct):
    attributes: Any = None


class _ScopeLogs(msgspec.Struct, rename="camel"):
    scope: _Scope | None = None
    log_records: list[dict[str, Any]] | None = None


class _ResourceLogs(msgspec.Struct, rename="camel"):
    resource: _Scope | None = None
    scope_logs: list[_ScopeLogs] | None = None


class _Export(msgspec.Struct, rename="camel"):
    resource_logs: list[_ResourceLogs] | None = None


_export = msgspec.json.Decoder(_Export)


def json_lines(body: bytes) -> Iterator[LogLine]:
    """The records of an ExportLogsServiceRequest; unknown fields are ignored.

    Raises:
        Rejected: the body is no such request.
    """
    for resource_logs in decode_body(_export, body, unwritable="replace").resource_logs or ():
        resource = _attributes_of(resource_logs.resource)
        for scope_logs in resource_logs.scope_logs or ():
            scope = _attributes_of(scope_logs.scope)
            for record in scope_logs.log_records or ():
                yield line_of(resource, scope, _record(record))


def _attributes_of(scope: _Scope | None) -> Fields:
    return shared(_attributes(scope.attributes)) if scope else {}


def _record(record: dict[str, Any]) -> Record:
    own = {
        "timestamp": _time_ns(record.get("timeUnixNano")) or _time_ns(record.get("observedTimeUnixNano")),
        "severity_text": record.get("severityText"),
        "severity_number": _integer(record.get("severityNumber")),
        "trace_id": record.get("traceId"),
        "span_id": record.get("spanId"),
        "event_name": record.get("eventName"),
    }
    return Record(
        _attributes(record.get("attributes")),
        _value(record.get("body")),
        {name: value for name, value in own.items() if value},
    )


def _time_ns(value: object) -> int | None:
    time_ns = _integer(value)
    return time_ns if isinstance(time_ns, int) and time_ns > 0 else None


def _attributes(pairs: object, depth: int = 0) -> Fields:
    """`[{key, value}]` as fields; what has another shape is left out, and of a repeated key the last one wins."""
    return {
        pair["key"]: _value(pair.get("value"), depth)
        for pair in _list(pairs)
        if isinstance(pair, dict) and isinstance(pair.get("key"), str)
    }


def _value(value: object, depth: int = 0) -> Any:
    """An AnyValue as a plain one; None where it has none, or lies too deep."""
    if not isinstance(value, dict) or not value or depth > _DEEPEST:
        return None
    kind, inner = next(iter(value.items()))
    if kind == "intValue":
        return _integer(inner)
    if kind == "arrayValue":
        return [_value(element, depth + 1) for element in _values(inner)]
    if kind == "kvlistValue":
        return _attributes(_values(inner), depth + 1)
    return inner if kind in ("stringValue", "boolValue", "doubleValue", "bytesValue") else None


def _integer(value: object) -> Any:
    """A 64-bit integer written as text; what is none stays as it is, to be refused where it is used."""
    return int(value) if isinstance(value, str) and _is_int64(value) else value


def _values(container: object) -> list[Any]:
    return _list(container.get("values")) if isinstance(container, dict) else []


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
