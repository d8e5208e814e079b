"""What BigQuery means by an answer that is no 200.

Source: cloud.google.com/bigquery/docs/error-messages (2026): the reason stands in error.errors[0].reason.
"""

from __future__ import annotations

import re

import msgspec

from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.bigquery.error import AskAgain

_UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500
_LONGEST_WORD = 64
_PASSING = frozenset({"rateLimitExceeded", "jobRateLimitExceeded", "backendError", "jobBackendError"})
_BY_REASON = {
    "authError": ScanStatus.AUTHENTICATION,
    "accessDenied": ScanStatus.PERMISSION,
    "billingNotEnabled": ScanStatus.PERMISSION,
    "quotaExceeded": ScanStatus.QUOTA,
    "rateLimitExceeded": ScanStatus.QUOTA,
    "jobRateLimitExceeded": ScanStatus.QUOTA,
    "bytesBilledLimitExceeded": ScanStatus.COST_LIMIT,
    "invalidQuery": ScanStatus.BAD_QUERY,
    "invalid": ScanStatus.BAD_QUERY,
    "notFound": ScanStatus.MISSING_TABLE,
    "responseTooLarge": ScanStatus.TOO_MANY_ROWS,
    "resourcesExceeded": ScanStatus.TOO_MANY_ROWS,
    "stopped": ScanStatus.TIMEOUT,
    "timeout": ScanStatus.TIMEOUT,
}
_BY_STATUS = {
    400: ScanStatus.BAD_QUERY,
    401: ScanStatus.AUTHENTICATION,
    403: ScanStatus.PERMISSION,
    404: ScanStatus.MISSING_TABLE,
    429: ScanStatus.QUOTA,
}
# Of Google's sentences only this one is repeated: others may quote values.
_unknown_name = re.compile(r"(?:Unrecognized name: |Name )(\w{1,128})(?: not found inside| at )").search


class _Detail(msgspec.Struct):
    reason: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    errors: list[_Detail] = []

    def reason(self) -> str:
        """Google's word for what happened."""
        word = self.errors[0].reason if self.errors else ""
        return word if word.isascii() and word.isalpha() and len(word) <= _LONGEST_WORD else ""


class _Body(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


def refusal(status: int, body: bytes) -> ScanFailed:
    """The error of an answer."""
    error = _error_in(body)
    reason = error.reason()
    said = f"status {status}{f', {reason}' if reason else ''}"
    meaning = _BY_REASON.get(reason) or _BY_STATUS.get(status, ScanStatus.UNREACHABLE)
    # A token may have been taken back; the next one may be good.
    if status in (_UNAUTHORIZED, _TOO_MANY) or status >= _SERVER_ERROR or reason in _PASSING:
        return AskAgain(meaning, said)
    unknown = _unknown_name(error.message) if meaning is ScanStatus.BAD_QUERY else None
    if unknown:
        return ScanFailed(ScanStatus.MISSING_COLUMN, f"{said}: no column {unknown[1]}")
    return ScanFailed(meaning, said)


def _error_in(body: bytes) -> _Error:
    try:
        return msgspec.json.decode(body, type=_Body).error
    except msgspec.MsgspecError:
        return _Error()
