"""POST /loki/api/v1/push: every entry is one flat line, in JSON or in snappy-compressed protobuf."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import Level
from exporter.sources.log_rule import LogRule
from exporter.sources.loki import Loki
from exporter.sources.loki_labels import read_labels
from exporter.sources.loki_protobuf import MOST_UNPACKED_BYTES, Push
from exporter.sources.source import Batch, Parked, Request, Stored
from tests.unit.sources.sent import fixture, request

CASES = fixture("logs/loki_push.json")["cases"]
JSON = {"Content-Type": "application/json"}
PROTOBUF = {"Content-Type": "application/x-protobuf"}
ALL = LogRule(name="all", match={}, kind="level", set={"name": "heartbeat"})
AT_NS = 1_760_000_000_000_000_001
Entry = tuple[int, str, dict[str, str]]


def read(asked: Request, *rules: LogRule) -> Batch:
    return Loki((), rules).read(asked)


def lines(asked: Request) -> list[dict[str, Any]]:
    """The fields of every entry, as the ledger keeps them; those it cannot count, such as of 2029, come last."""
    batch = read(asked, ALL)
    return [json.loads(kept.raw) for kept in (*batch.submissions, *batch.parked)]


def json_request(labels: dict[str, str], *entries: Entry) -> Request:
    values = [[str(at_ns), line, metadata] for at_ns, line, metadata in entries]
    return request(json.dumps({"streams": [{"stream": labels, "values": values}]}), JSON)


def packed(*streams: tuple[str, list[Entry]]) -> bytes:
    push = Push()
    for labels, entries in streams:
        stream = push.streams.add(labels=labels)
        for at_ns, line, metadata in entries:
            entry = stream.entries.add(line=line)
            entry.timestamp.seconds, entry.timestamp.nanos = divmod(at_ns, 10**9)
            for name, value in metadata.items():
                entry.metadata.add(name=name, value=value)
    return bytes(cramjam.snappy.compress_raw(push.SerializeToString()))


def protobuf_request(labels: dict[str, str], *entries: Entry) -> Request:
    text = ", ".join(f"{name}={json.dumps(value)}" for name, value in labels.items())
    return request(packed(("{" + text + "}", list(entries))), PROTOBUF)


ENCODINGS = pytest.mark.parametrize("encoded", [json_request, protobuf_request])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_recorded_body_is_taken_or_refused_as_expected(case):
    asked = request(case["body"], JSON)
    if case["expect"]["accept"] is True:
        assert [expected(line) for line in case["expect"]["lines"]] == lines(asked)
    else:
        with pytest.raises(Rejected) as rejected:
            read(asked, ALL)
        assert rejected.value.reason is Reason.MALFORMED_BODY


def expected(line: dict[str, Any]) -> dict[str, Any]:
    fields = {"timestamp": int(line["timestamp_ns"]), **line["labels"], **line["metadata"]}
    try:
        return fields | json.loads(line["line"])
    except ValueError:
        return fields | {"line": line["line"]}


@ENCODINGS
def test_labels_metadata_and_the_line_are_fields_the_nearer_to_the_application_the_stronger(encoded):
    labels = {"app": "chat", "a": "label", "b": "label"}
    asked = encoded(labels, (AT_NS, '{"b":"line","n":5}', {"a": "metadata", "b": "metadata"}))
    assert lines(asked) == [{"timestamp": AT_NS, "app": "chat", "a": "metadata", "b": "line", "n": 5}]


@ENCODINGS
def test_text_that_is_no_object_is_the_field_line(encoded):
    entries = [(AT_NS, text, {}) for text in ("plain", "[1]", "{def}", "", 'a="b"')]
    assert [line["line"] for line in lines(encoded({"app": "x"}, *entries))] == [
        "plain",
        "[1]",
        "{def}",
        "",
        'a="b"',
    ]


@ENCODINGS
def test_the_time_of_an_entry_is_the_time_of_the_event(encoded):
    asked = encoded({"app": "x"}, (AT_NS, "a", {}), (AT_NS, '{"timestamp":"2026-01-01T00:00:00Z"}', {}))
    first, second = (submission.event for submission in read(asked, ALL).submissions)
    assert first.at == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
    assert second.at == datetime(2026, 1, 1, tzinfo=UTC)


@ENCODINGS
def test_rules_match_on_labels_and_on_fields_of_the_line(encoded):
    rule = LogRule(
        name="depth",
        match={"app": "worker"},
        present=["depth"],
        kind="level",
        set={"name": "queue_depth"},
        fields={"value": "depth"},
    )
    asked = encoded({"app": "worker"}, (AT_NS, '{"depth":7}', {}), (AT_NS + 1, "started", {}))
    batch = read(asked, rule)
    (submission,) = batch.submissions
    assert isinstance(submission.event, Level)
    assert (submission.event.value, batch.ignored) == (7, 1)


def test_both_encodings_of_many_streams_come_to_the_same():
    streams = [({"app": f"a{n}"}, [(AT_NS + n, f'{{"n":{n}}}', {"m": "x"})]) for n in range(5)]
    as_json = {
        "streams": [
            {"stream": labels, "values": [[str(at), line, metadata] for at, line, metadata in entries]}
            for labels, entries in streams
        ]
    }
    as_protobuf = packed(*((f'{{app="{labels["app"]}"}}', entries) for labels, entries in streams))
    assert lines(request(json.dumps(as_json), JSON)) == lines(request(as_protobuf, PROTOBUF))


@ENCODINGS
def test_a_repeated_push_has_the_same_keys_and_equal_lines_at_two_times_have_two(encoded):
    asked = encoded({"app": "x"}, (AT_NS, "same", {}), (AT_NS + 1, "same", {}))
    first, again = (
        [submission.key for submission in read(asked, ALL).submissions] for _ in ("once", "repeated")
    )
    assert first == again
    assert len(set(first)) == 2


def test_without_the_token_nothing_is_read():
    with pytest.raises(SignatureFailure):
        Loki((b"right",), ()).read(request(b"\xff", PROTOBUF))


def test_success_is_said_as_loki_says_it():
    loki = Loki((), ())
    asked = json_request({})
    some_refused = [Parked(0, Reason.BAD_FIELD, "value: none", b"")]
    assert loki.answer(asked, Stored(1, 0, [])) == (204, b"", "application/json")
    assert loki.answer(asked, Stored(0, 0, [])).status == 204
    assert loki.answer(asked, Stored(1, 0, some_refused)).status == 204


def test_when_nothing_could_be_counted_the_answer_says_why():
    answer = Loki((), ()).answer(json_request({}), Stored(0, 0, [Parked(0, Reason.BAD_FIELD, "v: x", b"")]))
    assert (answer.status, json.loads(answer.body)["rejected"][0]["detail"]) == (400, "v: x")


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("{}", {}),
        (" { } ", {}),
        ('{app="x"}', {"app": "x"}),
        ('{app="x",b="y"}', {"app": "x", "b": "y"}),
        ('{ app = "x" , b = "y" , }', {"app": "x", "b": "y"}),
        (r'{a="say \"hi\", {ok}",b="C:\\x"}', {"a": 'say "hi", {ok}', "b": r"C:\x"}),
        (r'{a="\x41\u00e9\U0001F600\101\n\t é😀"}', {"a": "Aé😀A\n\t é😀"}),
        (r'{a="\ud83d\U00110000"}', {"a": "?\ufffd"}),
        ('{a="é😀"}', {"a": "é😀"}),
        ('{a=""}', {"a": ""}),
    ],
)
def test_labels_are_read_with_their_escapes(text, labels):
    assert read_labels(text) == labels


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "}",
        "{a}",
        "{a=}",
        "{a=b}",
        '{a="b}',
        '{a="b" c="d"}',
        '{1="b"}',
        "{,}",
        '{a="b\\"}',
        r'{a="\d"}',
        r'{a="\x4"}',
    ],
)
def test_what_are_no_labels_refuse_the_push(text):
    with pytest.raises(Rejected):
        read_labels(text)


def test_the_text_of_a_stream_without_entries_is_not_even_read():
    assert lines(request(packed(("nonsense", []), ("{}", [(AT_NS, "x", {})])), PROTOBUF)) == [
        {"timestamp": AT_NS, "line": "x"}
    ]


BOMB = bytes(cramjam.snappy.compress_raw(b"\0" * (MOST_UNPACKED_BYTES + 1)))
FRAMED = bytes(cramjam.snappy.compress(b"\x0a\x00"))
PROMISES_4_GIB = b"\xff\xff\xff\xff\x0f" + b"\0" * 10


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.MALFORMED_BODY),
        (b"\xff" * 50, Reason.MALFORMED_BODY),
        (b'{"streams":[]}', Reason.MALFORMED_BODY),
        (FRAMED, Reason.MALFORMED_BODY),
        (BOMB, Reason.TOO_LARGE),
        (PROMISES_4_GIB, Reason.TOO_LARGE),
        (packed(("{}", [(AT_NS, "x", {})]))[:-2], Reason.MALFORMED_BODY),
        (bytes(cramjam.snappy.compress_raw(b"\xff\xff\xff")), Reason.MALFORMED_BODY),
        (packed(("{a}", [(AT_NS, "x", {})])), Reason.MALFORMED_BODY),
        (bytes(cramjam.snappy.compress_raw(b"\x0a\x04\x0a\x02\xff\xfe")), Reason.MALFORMED_BODY),
    ],
)
def test_a_body_that_is_no_push_is_rejected_whole(body, reason):
    with pytest.raises(Rejected) as rejected:
        read(request(body, PROTOBUF))
    assert rejected.value.reason is reason


@ENCODINGS
def test_a_stream_of_too_many_labels_refuses_the_push(encoded):
    with pytest.raises(Rejected):
        read(encoded({f"a{n}": "x" for n in range(129)}, (AT_NS, "x", {})))


def test_a_push_of_more_entries_than_are_read_is_too_large():
    with pytest.raises(Rejected) as rejected:
        read(request(packed(("{}", [(0, "", {})] * 50_001)), PROTOBUF))
    assert rejected.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("seconds", "nanos"), [(2**63 - 1, 2**31 - 1), (-(2**63), -1), (-1, 0), (0, 0), (10**11, 0)]
)
def test_a_time_that_cannot_be_stops_nothing(seconds, nanos):
    push = Push()
    entry = push.streams.add(labels="{}").entries.add(line="x")
    entry.timestamp.seconds, entry.timestamp.nanos = seconds, nanos
    batch = read(request(bytes(cramjam.snappy.compress_raw(push.SerializeToString())), PROTOBUF), ALL)
    assert len(batch.submissions) + len(batch.parked) == 1


@given(
    st.binary(max_size=200),
    st.sampled_from([JSON, PROTOBUF, {}]),
    st.sampled_from(["raw", "packed", "splice"]),
)
@settings(max_examples=400, deadline=None)
def test_any_bytes_are_read_or_rejected(noise, headers, how):
    good = packed(('{a="b"}', [(AT_NS, "x", {"m": "n"})]))
    body = {
        "raw": noise,
        "packed": bytes(cramjam.snappy.compress_raw(noise)),
        "splice": good[: len(noise)] + noise + good[2 * len(noise) :],
    }[how]
    try:
        batch = read(request(body, headers), ALL)
    except Rejected:
        return
    assert batch.ignored == 0


@given(st.text(alphabet='{}=,"\\ax1u0\n', max_size=30))
@settings(max_examples=400, deadline=None)
def test_any_text_is_labels_or_refused(text):
    try:
        labels = read_labels(text)
    except Rejected:
        return
    assert json.dumps(labels, ensure_ascii=False).encode()
