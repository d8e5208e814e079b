"""OTLP requests as exporters write them, in both encodings."""

from __future__ import annotations

import json
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs

from exporter.sources.source import Request
from tests.unit.sources.sent import request

AT_NS = 1_760_000_000_000_000_001
JSON = {"Content-Type": "application/json"}
PROTOBUF = {"Content-Type": "application/x-protobuf"}
GEN_AI = {
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.usage.input_tokens": 10,
    "gen_ai.usage.output_tokens": 2,
}


def json_value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case dict():
            return {"kvlistValue": {"values": json_attributes(value)}}
        case list():
            return {"arrayValue": {"values": [json_value(element) for element in value]}}
    return {"stringValue": value}


def json_attributes(fields: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": json_value(value)} for key, value in fields.items()]


def protobuf_value(value: Any) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=protobuf_attributes(value)))
        case list():
            return AnyValue(array_value=ArrayValue(values=[protobuf_value(element) for element in value]))
    return AnyValue(string_value=value)


def protobuf_attributes(fields: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=protobuf_value(value)) for key, value in fields.items()]


def json_request(
    *records: dict[str, Any],
    body: Any = "text",
    resource: dict[str, Any] | None = None,
    scope: dict[str, Any] | None = None,
) -> Request:
    """One record for each dict of attributes."""
    written = [
        {"timeUnixNano": str(AT_NS), "body": json_value(body), "attributes": json_attributes(record)}
        for record in records
    ]
    scope_logs = {"scope": {"attributes": json_attributes(scope or {})}, "logRecords": written}
    resource_logs = {
        "resource": {"attributes": json_attributes(resource or {})},
        "scopeLogs": [scope_logs],
    }
    return request(json.dumps({"resourceLogs": [resource_logs]}), JSON)


def protobuf_body(
    *records: dict[str, Any],
    body: Any = "text",
    resource: dict[str, Any] | None = None,
    scope: dict[str, Any] | None = None,
) -> bytes:
    written = [
        LogRecord(time_unix_nano=AT_NS, body=protobuf_value(body), attributes=protobuf_attributes(record))
        for record in records
    ]
    scope_logs = ScopeLogs(log_records=written)
    scope_logs.scope.attributes.extend(protobuf_attributes(scope or {}))
    resource_logs = ResourceLogs(scope_logs=[scope_logs])
    resource_logs.resource.attributes.extend(protobuf_attributes(resource or {}))
    return ExportLogsServiceRequest(resource_logs=[resource_logs]).SerializeToString()


def protobuf_request(*records: dict[str, Any], **parts: Any) -> Request:
    return request(protobuf_body(*records, **parts), PROTOBUF)
