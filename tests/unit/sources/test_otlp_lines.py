"""POST /v1/logs: every record is one flat line, whichever encoding it came in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from tests.unit.sources.otlp_read import ALL, ENCODINGS, line, read
from tests.unit.sources.otlp_sent import GEN_AI, JSON, PROTOBUF, json_request
from tests.unit.sources.sent import request


@ENCODINGS
def test_the_nearer_to_the_application_the_stronger_is_a_field(encoded):
    asked = encoded(
        {"c": "record", "d": "record"},
        resource={"a": "resource", "b": "resource", "c": "resource", "d": "resource"},
        scope={"b": "scope", "c": "scope"},
        body={"d": "body"},
    )
    fields = line(asked)
    assert {name: fields[name] for name in "abcd"} == {
        "a": "resource",
        "b": "scope",
        "c": "record",
        "d": "body",
    }


@ENCODINGS
def test_every_kind_of_value_comes_through(encoded):
    attributes = {"t": "x", "b": True, "i": -5, "d": 1.5, "l": [1, "a"], "m": {"k": {"n": 1}}}
    assert line(encoded(attributes)).items() >= attributes.items()


@ENCODINGS
@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("plain text", "body", "plain text"),
        ('{"event":"x"}', "event", "x"),
        (' {"event":"x"}\n', "event", "x"),
        ("{def}", "body", "{def}"),
        ("[1]", "body", "[1]"),
        ({"event": "x"}, "event", "x"),
        ([1, 2], "body", [1, 2]),
        (7, "body", 7),
    ],
)
def test_a_body_that_is_an_object_gives_its_fields(encoded, body, field, value):
    assert line(encoded({}, body=body))[field] == value


def test_what_a_record_says_beside_its_attributes_is_there_in_both_encodings():
    export = ExportLogsServiceRequest()
    record = export.resource_logs.add().scope_logs.add().log_records.add()
    record.observed_time_unix_nano = 1_760_000_000_000_000_000
    record.severity_text, record.severity_number = "ERROR", 17
    record.trace_id, record.span_id, record.event_name = b"\x5b\x8e", b"\xee", "it.happened"
    written = {
        "observedTimeUnixNano": "1760000000000000000",
        "severityText": "ERROR",
        "severityNumber": 17,
        "traceId": "5b8e",
        "spanId": "ee",
        "eventName": "it.happened",
    }
    as_json = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [written]}]}]})
    fields = line(request(as_json, JSON))
    assert fields == line(request(export.SerializeToString(), PROTOBUF))
    assert fields == {
        "timestamp": 1_760_000_000_000_000_000,
        "severity_text": "ERROR",
        "severity_number": 17,
        "trace_id": "5b8e",
        "span_id": "ee",
        "event_name": "it.happened",
        "body": None,
    }


def test_a_repeated_request_has_the_same_keys_and_every_record_its_own():
    asked = json_request(GEN_AI, GEN_AI)
    first, again = ([submission.key for submission in read(asked).submissions] for _ in ("once", "repeated"))
    assert first == again
    assert len(set(first)) == 2


def test_a_record_without_a_time_has_no_key():
    body = json.loads(json_request(GEN_AI).body)
    del body["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["timeUnixNano"]
    (submission,) = read(request(json.dumps(body), JSON)).submissions
    assert submission.key is None


@pytest.mark.parametrize(
    "record",
    [
        {"attributes": "x", "body": 5, "timeUnixNano": [], "severityNumber": {}, "traceId": 7},
        {"attributes": [5, {"key": 7}, {"key": "k"}, {"key": "l", "value": {"arrayValue": 5}}]},
        {"attributes": [{"key": "k", "value": {"kvlistValue": {"values": "x"}}}]},
        {"attributes": [{"key": "k", "value": {"intValue": "many"}}], "timeUnixNano": "soon"},
        {"attributes": [{"key": "k", "value": {"newValue": 1}}], "timeUnixNano": -5},
    ],
)
def test_an_odd_record_is_a_line_like_others(record):
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    assert len(read(request(body, JSON), ALL).submissions) == 1


def test_half_a_surrogate_pair_costs_one_character_and_not_the_batch():
    body = json_request(GEN_AI | {"note": "cut: HALF"}).body.replace(b"HALF", b"\\ud83d")
    (submission,) = read(request(body, JSON)).submissions
    assert b'"cut: ?"' in submission.raw


def test_what_is_nested_too_deeply_is_left_out():
    value: dict[str, Any] = {"stringValue": "bottom"}
    for _ in range(200):
        value = {"arrayValue": {"values": [value]}}
    record = {"attributes": [{"key": "deep", "value": value}, {"key": "near", "value": {"intValue": "1"}}]}
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    fields = line(request(body, JSON))
    assert (fields["near"], "bottom" in str(fields)) == (1, False)


def test_only_so_many_attributes_are_shared_by_all_records():
    fields = line(json_request({}, resource={f"a{n}": n for n in range(5000)}))
    assert "a127" in fields
    assert "a128" not in fields
