"""POST /events: a body is taken apart by its content, each event is taken or parked, and only with the token."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected, SignatureFailure, SignatureReason
from exporter.event import KINDS, Llm
from exporter.sources.source import Batch
from exporter.sources.track import Track
from tests.unit.sources.sent import request
from tests.unit.sources.track_read import CREDIT, EXAMPLES, MESSAGE, PAYMENT, event, read


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: json.loads(example)["kind"])
def test_an_example_of_the_design_works_as_it_stands(example):
    (submission,) = read(example).submissions
    written = json.loads(example)
    assert submission.event.__struct_config__.tag == written["kind"]
    assert submission.raw == example.encode()
    assert submission.key == written.get("event_id")
    assert submission.source == "track"


@pytest.mark.parametrize(
    "body",
    [
        "[" + ",".join(EXAMPLES) + "]",
        "\n".join(EXAMPLES),
        "\n\n  " + "\r\n\r\n".join(EXAMPLES) + "\r\n",
        json.dumps([json.loads(example) for example in EXAMPLES], indent=2),
    ],
    ids=["array", "NDJSON", "NDJSON with blank lines and CRs", "indented array"],
)
def test_an_array_and_ndjson_are_told_apart_by_content(body):
    batch = read(body)
    assert not batch.parked
    assert [s.event.__struct_config__.tag for s in batch.submissions] == [
        json.loads(e)["kind"] for e in EXAMPLES
    ]


def test_an_indented_object_is_one_event():
    body = json.dumps({"kind": "llm", "provider": "p", "model": "m", "usage": {"input_tokens": 1}}, indent=2)
    assert isinstance(event(body), Llm)


def test_raw_is_the_events_own_bytes():
    first, second = '{"kind": "credit" , "used":"1"}', '{"kind":"credit","used":"2"}'
    batch = read(f"[ {first} ,\n{second}]")
    assert [s.raw.decode() for s in batch.submissions] == [first, second]


def test_an_escaped_backslash_before_u0000_is_no_nul():
    assert event(r'{"kind":"credit","user":"a\\u0000b"}').user == r"a\u0000b"


def test_a_nul_in_a_field_nobody_reads_stops_nothing():
    assert event(CREDIT | {"note": "a\0b"})


@pytest.mark.parametrize("form", ["[%s]", "%s"])
def test_a_lone_surrogate_parks_only_the_event_that_needs_it(form):
    good, bad = '{"kind":"credit"}', r'{"kind":"credit","user":"\ud83d"}'
    joined = form % ("," if form == "[%s]" else "\n").join([good, bad, good])
    batch = read(joined)
    assert len(batch.submissions) == 2
    assert [(p.index, p.reason) for p in batch.parked] == [(1, Reason.MALFORMED_EVENT)]


def test_a_broken_line_is_parked_and_the_lines_around_it_are_taken():
    batch = read(
        b'{"kind":"credit"}\n{"kind":"cre\n\xff\xfe\n[1]\n{"a":NaN}\n' + b"[" * 9000 + b'\n{"kind":"credit"}'
    )
    assert len(batch.submissions) == 2
    assert [p.index for p in batch.parked] == [1, 2, 3, 4, 5]
    assert {p.reason for p in batch.parked} == {Reason.MALFORMED_EVENT}


def test_a_first_line_that_is_broken_does_not_hide_the_rest():
    batch = read('not json\n{"kind":"credit"}')
    assert (len(batch.submissions), len(batch.parked)) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n ",
        "5",
        "null",
        '"text"',
        "not json",
        "a\nb\nc",
        '{"kind":"credit"',
        '[{"kind":"credit"}',
        '[{"kind":"credit"}]x',
        "\ufeff" + '{"kind":"credit"}',
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        b'[{"kind":"credit","user":"\xff"}]',
    ],
)
def test_a_body_that_is_nothing_of_the_three_is_rejected_whole(body):
    with pytest.raises(Rejected) as rejected:
        read(body)
    assert rejected.value.reason is Reason.MALFORMED_BODY


def test_an_empty_array_is_nothing_and_no_error():
    assert read("[]") == Batch([], [])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, SignatureReason.MISSING),
        ("", SignatureReason.MISSING),
        ("Basic dG9rZW4=", SignatureReason.MALFORMED),
        ("Bearer", SignatureReason.MALFORMED),
        ("Bearer ", SignatureReason.MALFORMED),
        ("right-token", SignatureReason.MALFORMED),
        ("Bearer wrong", SignatureReason.MISMATCH),
        ("Bearer right-token,new-token", SignatureReason.MISMATCH),
        ("Bearer right-token, Bearer right-token", SignatureReason.MISMATCH),
        ("Bearer " + "x" * 65_536, SignatureReason.MISMATCH),
        ("Bearer é\udcff", SignatureReason.MISMATCH),
    ],
)
def test_a_request_without_the_token_is_refused_with_its_reason(header, reason):
    headers = {} if header is None else {"Authorization": header}
    with pytest.raises(SignatureFailure) as failure:
        Track((b"right-token", b"new-token")).read(request("[]", headers))
    assert failure.value.reason is reason


@pytest.mark.parametrize("header", ["Bearer right-token", "bearer  new-token", "BEARER right-token "])
def test_either_token_opens_while_it_is_rotated(header):
    track = Track((b"right-token", b"new-token"))
    assert track.read(request("[]", {"Authorization": header})) == Batch([], [])


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
fields = st.sampled_from(["at", "tenant", "status", "amount", "cost_usd", "usage", "message_id", "seconds"])


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(fields, values, max_size=4)), max_size=4))
@settings(max_examples=300, deadline=None)
def test_of_any_array_each_event_is_taken_or_parked(drawn):
    events = [MESSAGE | PAYMENT | {"kind": kind} | fields for kind, fields in drawn]
    try:
        batch = read(events)
    except Rejected:
        assert any(constant in json.dumps(events) for constant in ("NaN", "Infinity"))
    else:
        assert len(batch.submissions) + len(batch.parked) == len(events)


@given(st.binary(max_size=100) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=300, deadline=None)
def test_of_any_bytes_every_line_is_taken_parked_or_the_body_rejected(body):
    try:
        batch = read(b'{"kind":"credit"}\n' + body)
    except Rejected as rejected:
        assert rejected.reason is Reason.MALFORMED_BODY  # noqa: PT017
    else:
        assert batch.submissions


@pytest.mark.parametrize("body", [b"{}\n" * 100_001, b"[" + b",".join([b"{}"] * 100_001) + b"]"])
def test_a_body_of_too_many_events_is_refused_before_any_is_read(body: bytes):
    with pytest.raises(Rejected) as caught:
        Track(()).read(request(body))
    assert caught.value.reason is Reason.TOO_LARGE
