r"""The labels of a Loki stream as text: `{app="x", path="C:\\y"}`, with Go's escapes."""

from __future__ import annotations

import re

from exporter.errors import Reason, Rejected

_ESCAPE = r"""\\(?:["\\abfnrtv]|x[0-9a-fA-F]{2}|[0-7]{3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})"""
_PAIR = rf'\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|{_ESCAPE})*)"\s*'
_next_pair = re.compile(_PAIR).match


def read_labels(text: str) -> dict[str, str]:
    """The labels by name.

    Raises:
        Rejected: the text is no set of labels.
    """
    inner = text.strip()
    if inner[:1] != "{" or inner[-1:] != "}":
        raise _malformed()
    inner = inner[1:-1].strip()
    labels: dict[str, str] = {}
    position = 0
    while position < len(inner):
        pair = _next_pair(inner, position)
        if pair is None or inner[pair.end() : pair.end() + 1] not in ("", ","):
            raise _malformed()
        labels[pair[1]] = _unescaped(pair[2])
        position = pair.end() + 1
    return labels


def _unescaped(text: str) -> str:
    """Go's escapes are among those of Python's codec; half a surrogate pair, which UTF-8 cannot write, is replaced."""
    if "\\" not in text:
        return text
    written = text.encode("ascii", "backslashreplace").decode("unicode_escape", "replace")
    return written.encode("utf-8", "replace").decode()


def _malformed() -> Rejected:
    return Rejected(Reason.MALFORMED_BODY, 'the labels of a stream are not {name="value"}')
