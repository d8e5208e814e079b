"""The errors of the exporter: one root, few children, reasons from closed lists."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class SignatureReason(StrEnum):
    """Why a request was not believed; the value is the label of comms_signature_failures_total."""

    MISSING = "missing"
    MALFORMED = "malformed"
    MISMATCH = "mismatch"
    BODY_HASH = "body_hash"
    EXPIRED = "expired"
    NOT_CONFIGURED = "not_configured"


class Reason(StrEnum):
    """Why an event or a body was not counted; the value is the label of comms_parked_events."""

    MALFORMED_BODY = "malformed_body"
    MALFORMED_EVENT = "malformed_event"
    UNKNOWN_KIND = "unknown_kind"
    MISSING_FIELD = "missing_field"
    BAD_FIELD = "bad_field"
    BAD_TIMESTAMP = "bad_timestamp"
    TOO_LARGE = "too_large"
    STORAGE = "storage"


class ScanStatus(StrEnum):
    """How a run of a scan ended; the value is the label of comms_scan_runs_total."""

    SUCCESS = "success"
    MISSING_TABLE = "missing_table"
    MISSING_COLUMN = "missing_column"
    WRONG_TYPE = "wrong_type"
    BAD_QUERY = "bad_query"
    PERMISSION = "permission"
    AUTHENTICATION = "authentication"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    TOO_MANY_ROWS = "too_many_rows"
    QUOTA = "quota"
    COST_LIMIT = "cost_limit"
    LEDGER = "ledger"
    MOVED = "moved"
    ERROR = "error"


class GivenUp(StrEnum):
    """What a scan lets go because it may not keep more; the value is the label of comms_scan_given_up_total."""

    MISSING_IDS = "missing_ids"
    OPEN_ROWS = "open_rows"
    UNTIMED_ROWS = "untimed_rows"


class Problem(NamedTuple):
    """One thing wrong with a configuration: where, and what."""

    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}" if self.path else self.problem


class ExporterError(Exception):
    """The root of every error this program raises on purpose."""


class ConfigError(ExporterError):
    """The configuration cannot be used; `problems` holds every reason at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class SignatureFailure(ExporterError):
    """The sender could not prove who it is."""

    def __init__(self, reason: SignatureReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Rejected(ExporterError):
    """A body or an event that cannot be counted, with its reason and a detail fit for the sender."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class LedgerUnavailable(ExporterError):
    """The ledger cannot take or give events now; the same call may succeed later."""


class ScanFailed(ExporterError):
    """A table could not be read; the detail names tables and columns, and no value of a row."""

    def __init__(self, status: ScanStatus, detail: str) -> None:
        super().__init__(f"{status.value}: {detail}")
        self.status = status
        self.detail = detail


class ScanMoved(ExporterError):
    """Another replica read on where this one was reading: nothing of this step was stored."""


class DocumentUnavailable(ExporterError):
    """A document that a request refers to cannot be had now; the same request may succeed later."""


class RefusalReason(StrEnum):
    """Why the API refused a request."""

    NOT_CONFIGURED = "not_configured"
    UNPROVEN = "missing_token"
    UNBELIEVED = "bad_token"
    EXPIRED = "expired_token"
    FORBIDDEN = "forbidden"
    FOREIGN_TENANT = "foreign_tenant"
    BAD_PARAMETER = "bad_parameter"
    BAD_BODY = "bad_body"
    TOO_LARGE = "too_large"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_MANY_REQUESTS = "too_many_requests"


class Refusal(ExporterError):
    """A request of the API that is not answered, with its reason and a detail fit for the caller."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
