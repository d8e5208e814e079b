"""One entry of a Loki stream as a flat line."""

from __future__ import annotations

from typing import Any

from exporter.errors import Reason, Rejected
from exporter.sources.log_reading import MOST_SHARED_FIELDS, LogLine, object_in


def checked(labels: dict[str, str]) -> dict[str, str]:
    """The labels of a stream, which each of its entries repeats.

    Raises:
        Rejected: there are too many.
    """
    if len(labels) > MOST_SHARED_FIELDS:
        raise Rejected(Reason.MALFORMED_BODY, f"a stream has more than {MOST_SHARED_FIELDS} labels")
    return labels


def line_of(labels: dict[str, str], time_ns: int, text: str, metadata: dict[str, Any]) -> LogLine:
    """The fields by which rules match; the nearer to the application, the stronger.

    Text that is a JSON object gives its fields; other text is the field `line`.
    """
    fields = object_in(text) if text.lstrip()[:1] == "{" else None
    return LogLine(
        {"timestamp": time_ns, **labels, **metadata, **({"line": text} if fields is None else fields)}
    )
