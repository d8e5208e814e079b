"""One OTLP log record as a flat line."""

from __future__ import annotations

from itertools import islice
from typing import Any, NamedTuple

from exporter.sources.log_reading import MOST_SHARED_FIELDS, LogLine, object_in

Fields = dict[str, Any]


class Record(NamedTuple):
    """A log record, whichever way it was encoded.

    Attributes:
        own: what the record says beside attributes and body: `timestamp` (nanoseconds), `severity_text`,
            `severity_number`, `trace_id`, `span_id` (hexadecimal), `event_name`; only what it has.
    """

    attributes: Fields
    body: Any
    own: Fields


def shared(fields: Fields) -> Fields:
    """Attributes that many records have in common, as many as are kept."""
    return dict(islice(fields.items(), MOST_SHARED_FIELDS))


def line_of(resource: Fields, scope: Fields, record: Record) -> LogLine:
    """The fields by which rules match; the nearer to the application, the stronger.

    A body that is an object, or text that holds one, gives its fields; any other body is the field `body`.
    """
    fields = record.own | resource | scope | record.attributes
    body = object_in(record.body) if _may_hold_object(record.body) else None
    if body is None:
        body = record.body if isinstance(record.body, dict) else {"body": record.body}
    return LogLine(fields | body)


def _may_hold_object(body: Any) -> bool:
    return isinstance(body, str) and body.lstrip()[:1] == "{"
