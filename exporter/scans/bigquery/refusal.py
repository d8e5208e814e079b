"""What BigQuery means by an answer that is no 200.

Source: cloud.google.com/bigquery/docs/error-messages (2026): the reason stands in error.errors[0].reason.
"""

from __future__ import annotations

import msgspec

from exporter.scans.bigquery.error import AskAgain, WarehouseError

_TOO_MANY, _SERVER_ERROR = 429, 500
_UNAUTHORIZED = 401
_SHORT_LIMITS = frozenset({"rateLimitExceeded", "jobRateLimitExceeded", "backendError", "jobBackendError"})
_BY_REASON = {
    "authError": "authentication",
    "accessDenied": "permission",
    "billingNotEnabled": "permission",
    "quotaExceeded": "quota",
    "rateLimitExceeded": "quota",
    "jobRateLimitExceeded": "quota",
    "bytesBilledLimitExceeded": "cost_limit",
    "invalidQuery": "bad_query",
    "invalid": "bad_query",
    "notFound": "missing_table",
    "responseTooLarge": "too_many_rows",
    "resourcesExceeded": "too_many_rows",
    "stopped": "timeout",
    "timeout": "timeout",
}
_BY_STATUS = {400: "bad_query", 401: "authentication", 403: "permission", 404: "missing_table"}


class _Detail(msgspec.Struct):
    reason: str = ""


class _Error(msgspec.Struct):
    errors: list[_Detail] = []


class _Body(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


def refusal(status: int, body: bytes) -> WarehouseError:
    """The error of an answer; its message is ours, because Google's may quote a value of the data."""
    word = _word(body)
    said = f"status {status}{f', {word}' if word else ''}"
    passing = status == _TOO_MANY or status >= _SERVER_ERROR or word in _SHORT_LIMITS
    if passing:
        return AskAgain(_BY_REASON.get(word, "quota" if status == _TOO_MANY else "unreachable"), said)
    if status == _UNAUTHORIZED:
        # A token may be revoked before its time; the next one may not.
        return AskAgain("authentication", said)
    return WarehouseError(_BY_REASON.get(word) or _BY_STATUS.get(status, "unreachable"), said)


def _word(body: bytes) -> str:
    try:
        details = msgspec.json.decode(body, type=_Body).error.errors
    except msgspec.MsgspecError:
        return ""
    word = details[0].reason if details else ""
    return word if word.isascii() and word.isalpha() and len(word) < 64 else ""
