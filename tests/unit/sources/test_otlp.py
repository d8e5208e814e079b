"""POST /v1/logs: a body is taken or refused as a whole, in its own encoding, however large or odd it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.sources.otlp import Otlp
from exporter.sources.source import Parked, Stored
from tests.unit.sources.otlp_read import ALL, CASES, calls, read
from tests.unit.sources.otlp_sent import GEN_AI, JSON, PROTOBUF, json_request, protobuf_body, protobuf_request
from tests.unit.sources.sent import request


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_recorded_body_is_taken_or_refused_as_expected(case):
    asked = request(case["body"], {"Content-Type": case["content_type"]})
    if case["expect"]["accept"] is False:
        with pytest.raises(Rejected) as rejected:
            read(asked, ALL)
        assert rejected.value.reason is Reason.MALFORMED_BODY
    else:
        batch = read(asked, ALL)
        assert (len(batch.submissions), batch.parked) == (case["expect"]["log_records"], [])


def test_without_the_token_nothing_is_read():
    with pytest.raises(SignatureFailure):
        Otlp((b"right",), ()).read(request(b"\xff", PROTOBUF))


def test_the_answer_comes_in_the_encoding_of_the_request():
    refused = [Parked(3, Reason.BAD_FIELD, "usage.input_tokens: none", b"")]
    otlp = Otlp((), ())
    as_json = otlp.answer(json_request(GEN_AI), Stored(1, 0, refused))
    as_protobuf = otlp.answer(protobuf_request(GEN_AI), Stored(1, 0, refused))
    message = "record 3: bad_field: usage.input_tokens: none"
    assert (as_json.status, as_json.content_type) == (200, "application/json")
    assert json.loads(as_json.body) == {
        "partialSuccess": {"rejectedLogRecords": "1", "errorMessage": message}
    }
    assert (as_protobuf.status, as_protobuf.content_type) == (200, "application/x-protobuf")
    partial = ExportLogsServiceResponse.FromString(as_protobuf.body).partial_success
    assert (partial.rejected_log_records, partial.error_message) == (1, message)


def test_the_answer_to_good_records_is_empty():
    stored = Stored(1, 0, [])
    otlp = Otlp((), ())
    assert otlp.answer(json_request(GEN_AI), stored).body == b"{}"
    assert otlp.answer(protobuf_request(GEN_AI), stored).body == b""


def test_a_content_type_may_have_parameters_and_capitals():
    body = json_request(GEN_AI).body
    assert len(calls(request(body, {"Content-Type": "Application/JSON; charset=utf-8"}))) == 1


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"\xff\xff\xff", PROTOBUF),
        (b"{}", PROTOBUF),
        (protobuf_body(GEN_AI)[:-3], PROTOBUF),
        (b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[5]}]}]}', JSON),
        (b'{"resourceLogs":[NaN]}', JSON),
        (b"[" * 100_000, JSON),
        (b'{"a":' * 100_000, JSON),
    ],
)
def test_a_body_that_is_no_request_is_rejected_whole(body, headers):
    with pytest.raises(Rejected) as rejected:
        read(request(body, headers))
    assert rejected.value.reason is Reason.MALFORMED_BODY


def test_protobuf_that_is_nested_too_deeply_is_rejected():
    value = b""
    for _ in range(150):
        value = b"\x0a" + _length(value) + value  # ArrayValue.values
        value = b"\x2a" + _length(value) + value  # AnyValue.array_value
    for field in (b"\x2a", b"\x12", b"\x12", b"\x0a"):  # body, log_records, scope_logs, resource_logs
        value = field + _length(value) + value
    with pytest.raises(Rejected):
        read(request(value, PROTOBUF), ALL)


def _length(value: bytes) -> bytes:
    length, written = len(value), bytearray()
    while length > 0x7F:
        written.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([*written, length])


def test_a_body_nested_too_deeply_to_be_written_down_is_still_counted():
    body = '{"event":"x","a":' * 450 + "1" + "}" * 450
    (submission,) = read(json_request({}, body=body), ALL).submissions
    assert submission.raw


def test_a_request_of_more_records_than_are_read_is_too_large():
    body = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[' + b"{}," * 50_000 + b"{}]}]}]}"
    with pytest.raises(Rejected) as rejected:
        read(request(body, JSON))
    assert rejected.value.reason is Reason.TOO_LARGE


def test_attributes_repeated_in_every_record_cannot_fill_the_memory():
    with pytest.raises(Rejected) as rejected:
        read(json_request(*[{}] * 1000, resource={"long": "x" * 100_000}), ALL)
    assert rejected.value.reason is Reason.TOO_LARGE


@given(st.binary(max_size=300), st.sampled_from([JSON, PROTOBUF, {}]), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_read_or_rejected(noise, headers, splice):
    good = protobuf_body(GEN_AI, body={"a": [1]}) if headers is PROTOBUF else json_request(GEN_AI).body
    body = good[: len(noise)] + noise + good[2 * len(noise) :] if splice else noise
    try:
        batch = read(request(body, headers), ALL)
    except Rejected:
        return
    assert batch.ignored == 0


@pytest.mark.parametrize("group", [bytes.fromhex("0a00"), bytes.fromhex("0a021200")])
def test_a_body_of_too_many_empty_groups_is_refused(group: bytes):
    asked = request(group * 50_001, {"Content-Type": "application/x-protobuf"})
    with pytest.raises(Rejected) as caught:
        read(asked)
    assert caught.value.reason is Reason.TOO_LARGE
