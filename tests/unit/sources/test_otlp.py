"""POST /v1/logs: every record is one flat line, whichever encoding it came in; LLM calls need no rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import Llm, Usage
from exporter.sources.log_rule import LogRule
from exporter.sources.otlp import Otlp
from exporter.sources.source import Batch, Parked, Request, Stored
from exporter.vocabulary import LlmStatus
from tests.unit.sources.otlp_sent import (
    GEN_AI,
    JSON,
    PROTOBUF,
    json_request,
    protobuf_body,
    protobuf_request,
)
from tests.unit.sources.sent import fixture, request

CASES = fixture("logs/otlp_logs.json")["cases"]
ALL = LogRule(name="all", match={}, kind="level", set={"name": "heartbeat"})
ENCODINGS = pytest.mark.parametrize("encoded", [json_request, protobuf_request])


def read(asked: Request, *rules: LogRule) -> Batch:
    return Otlp((), rules).read(asked)


def calls(asked: Request, *rules: LogRule) -> list[Llm]:
    events = [submission.event for submission in read(asked, *rules).submissions]
    assert all(isinstance(event, Llm) for event in events)
    return events  # type: ignore[return-value]


def line(asked: Request) -> dict[str, Any]:
    """The fields of the only record, as the ledger keeps them."""
    (submission,) = read(asked, ALL).submissions
    return json.loads(submission.raw)


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


def recorded(name: str) -> Request:
    return request(next(case["body"] for case in CASES if case["id"] == name), JSON)


def test_recorded_llm_calls_are_counted_without_any_rule():
    batch = read(recorded("gen_ai.usage"))
    assert (len(batch.submissions), batch.parked, batch.ignored) == (12, [], 0)
    first, second = calls(recorded("gen_ai.usage"))[:2]
    assert (first.provider, first.model, first.usage) == (
        "anthropic",
        "claude-3-7-sonnet",
        Usage(input_tokens=14, output_tokens=51),
    )
    assert second.usage == Usage(input_tokens=9514, output_tokens=1944, cached_input_tokens=9511)
    assert second.at == datetime(2025, 10, 9, 8, 53, 21, tzinfo=UTC)


def test_older_names_are_known():
    (call,) = calls(recorded("gen_ai.deprecated_names"))
    assert (call.provider, call.model, call.usage) == (
        "openai",
        "gpt-4o",
        Usage(input_tokens=42, output_tokens=17),
    )


def test_absurd_tokens_are_parked_and_not_counted():
    batch = read(recorded("token_overflow"))
    assert ([parked.reason for parked in batch.parked], batch.submissions) == ([Reason.MISSING_FIELD], [])
    named = json_request(GEN_AI | {"gen_ai.usage.input_tokens": 99999999999999999999})
    assert [parked.detail.partition(":")[0] for parked in read(named).parked] == ["usage.input_tokens"]


@ENCODINGS
def test_everything_the_conventions_say_of_a_call_is_read(encoded):
    attributes = GEN_AI | {
        "gen_ai.provider.name": "gcp.vertex_ai",
        "gen_ai.response.model": "gpt-4o-2024-11-20",
        "gen_ai.operation.name": "text_completion",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.conversation.id": "c9",
        "gen_ai.usage.cache_read.input_tokens": 4,
        "gen_ai.usage.cache_creation.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 1,
        "gen_ai.client.operation.duration": 1.5,
        "tenant": "acme",
    }
    (call,) = calls(encoded(attributes))
    assert (call.provider, call.model, call.operation) == ("google", "gpt-4o-2024-11-20", "text_completion")
    assert (call.event_id, call.conversation_id, call.tenant) == ("chatcmpl-1", "c9", "acme")
    assert (call.latency_seconds, call.status) == (1.5, LlmStatus.OK)
    assert call.usage == Usage(
        input_tokens=10, output_tokens=2, cached_input_tokens=4, cache_write_tokens=3, reasoning_tokens=1
    )


@pytest.mark.parametrize(
    ("error_type", "status"),
    [
        ("timeout", LlmStatus.TIMEOUT),
        ("java.net.SocketTimeoutException", LlmStatus.TIMEOUT),
        ("504", LlmStatus.TIMEOUT),
        ("openai.RateLimitError", LlmStatus.RATE_LIMITED),
        ("rate_limit_exceeded", LlmStatus.RATE_LIMITED),
        ("429", LlmStatus.RATE_LIMITED),
        ("500", LlmStatus.ERROR),
        ("_OTHER", LlmStatus.ERROR),
    ],
)
def test_how_a_call_failed_is_told_by_its_error_type(error_type, status):
    (call,) = calls(json_request(GEN_AI | {"error.type": error_type}))
    assert call.status is status


def test_a_failed_call_without_tokens_is_known_by_its_event_name():
    record = {
        "eventName": "gen_ai.client.inference.operation.details",
        "attributes": json.loads(
            json_request({"gen_ai.system": "x_ai", "gen_ai.request.model": "m", "error.type": "500"}).body
        )["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"],
    }
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})
    (call,) = calls(request(body, JSON))
    assert (call.provider, call.status, call.usage) == ("x-ai", LlmStatus.ERROR, Usage())


def test_a_rule_of_the_operator_comes_before_the_conventions():
    rule = LogRule(name="r", match={"gen_ai.request.model": "gpt-4o"}, kind="level", set={"name": "n"})
    (submission,) = read(json_request(GEN_AI), rule).submissions
    assert not isinstance(submission.event, Llm)


@ENCODINGS
def test_a_record_without_tokens_is_no_call_and_is_dropped(encoded):
    assert read(encoded({"gen_ai.request.model": "gpt-4o"})) == Batch([], [], ignored=1)


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


def test_only_so_many_attributes_are_shared_by_all_records():
    fields = line(json_request({}, resource={f"a{n}": n for n in range(5000)}))
    assert "a127" in fields
    assert "a128" not in fields


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
