"""OTLP's protobuf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsPartialSuccess,
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from exporter.errors import Reason, Rejected
from exporter.sources.log_reading import MOST_LINES, LogLine
from exporter.sources.otlp_line import Fields, Record, line_of, shared


def protobuf_lines(body: bytes) -> Iterator[LogLine]:
    """The records of an ExportLogsServiceRequest; protobuf itself refuses what is nested too deeply.

    Raises:
        Rejected: the body is no such request.
    """
    try:
        export = ExportLogsServiceRequest.FromString(body)
    except DecodeError as error:
        raise Rejected(Reason.MALFORMED_BODY, "the body is not protobuf of an OTLP logs request") from error
    groups = 0
    for resource_logs in export.resource_logs:
        groups += 1 + len(resource_logs.scope_logs)
        if groups > MOST_LINES:
            raise Rejected(Reason.TOO_LARGE, f"more than {MOST_LINES} resources and scopes")
        resource = shared(_attributes(resource_logs.resource.attributes))
        for scope_logs in resource_logs.scope_logs:
            scope = shared(_attributes(scope_logs.scope.attributes))
            for record in scope_logs.log_records:
                yield line_of(resource, scope, _record(record))


def partial_success(rejected: int, message: str) -> bytes:
    """The answer to a request of which some records could not be counted; of none, an empty one."""
    partial = ExportLogsPartialSuccess(rejected_log_records=rejected, error_message=message)
    return ExportLogsServiceResponse(partial_success=partial if rejected else None).SerializeToString()


def _record(record: LogRecord) -> Record:
    own = {
        "timestamp": record.time_unix_nano or record.observed_time_unix_nano,
        "severity_text": record.severity_text,
        "severity_number": record.severity_number,
        "trace_id": record.trace_id.hex(),
        "span_id": record.span_id.hex(),
        "event_name": record.event_name,
    }
    return Record(
        _attributes(record.attributes),
        _value(record.body),
        {name: value for name, value in own.items() if value},
    )


def _attributes(pairs: Iterable[KeyValue]) -> Fields:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(element) for element in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind)
