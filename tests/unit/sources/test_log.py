"""POST /logs: bodies of lines, as recorded and of any kind: each is an event, is dropped, or is parked."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import Llm
from exporter.sources.log import Log
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch
from tests.unit.sources.log_read import LEVEL_RULE, LLM_RULE, parked_reason, read
from tests.unit.sources.sent import DATA, fixture, request


def test_recorded_llm_calls_add_up_to_their_totals():
    batch = read((DATA / "logs" / "llm_calls.ndjson").read_bytes(), LLM_RULE)
    expected = fixture("logs/llm_calls_expected.json")
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for submission in batch.submissions:
        call = submission.event
        assert isinstance(call, Llm)
        usage = call.usage
        totals[f"{call.provider}|{call.model}"].update(
            calls=1, input_tokens=usage.input_tokens, output_tokens=usage.output_tokens
        )
    assert not batch.parked
    assert len(batch.submissions) == expected["lines"]
    assert totals == {name: Counter(total) for name, total in expected["totals"].items()}


def test_a_recorded_call_has_the_time_of_its_line():
    batch = read((DATA / "logs" / "llm_calls.ndjson").read_bytes(), LLM_RULE)
    assert batch.submissions[1].event.at == datetime(2026, 8, 2, 1, 1, tzinfo=UTC)
    assert batch.submissions[1].raw.startswith(b'{"timestamp": "2026-08-02T01:01:00Z"')


def test_mixed_lines_are_told_apart_as_recorded():
    """A rule that takes every object counts them; a byte order mark makes its line malformed."""
    expected = fixture("logs/mixed_expected.json")
    rule = LogRule(name="all", match={}, kind="level", set={"name": "heartbeat"})
    batch = read((DATA / "logs" / "mixed.ndjson").read_bytes(), rule)
    assert (len(batch.submissions), len(batch.parked)) == (expected["json_objects"], expected["malformed"])
    assert {parked.reason for parked in batch.parked} == {Reason.MALFORMED_EVENT}


def test_a_line_that_no_rule_takes_is_dropped():
    assert read([{"event": "other"}], LLM_RULE) == Batch([], [], ignored=1)
    assert read([{"event": "other"}]) == Batch([], [], ignored=1)


def test_a_bad_line_does_not_stop_those_beside_it():
    good = json.dumps({"event": "llm_call", "provider": "p", "model": "m"})
    bad = json.dumps({"event": "llm_call", "provider": "p"})
    batch = read("\r\n".join([good, "nonsense", bad, "", good]), LLM_RULE)
    assert len(batch.submissions) == 2
    assert [(p.index, p.reason, p.raw) for p in batch.parked] == [
        (1, Reason.MALFORMED_EVENT, b"nonsense"),
        (2, Reason.MISSING_FIELD, bad.encode()),
    ]


def test_an_array_is_as_good_as_lines():
    lines = [{"event": "x", "n": n} for n in range(3)]
    rule = LogRule(**LEVEL_RULE, fields={"value": "n"})
    events = [submission.event for submission in read(json.dumps(lines), rule).submissions]
    assert events == [submission.event for submission in read(lines, rule).submissions]


def test_a_body_that_only_begins_like_an_array_is_read_as_lines():
    batch = read('[1,2\n{"event":"x"}', LogRule(**LEVEL_RULE))
    assert (len(batch.submissions), len(batch.parked)) == (1, 1)


@pytest.mark.parametrize("body", [b"\n" * 50_001, b"{}\n" * 50_001, b"[" + b"0," * 50_000 + b"0]"])
def test_a_body_of_more_lines_than_are_read_is_too_large(body):
    with pytest.raises(Rejected) as rejected:
        read(body)
    assert rejected.value.reason is Reason.TOO_LARGE


def test_a_field_nested_too_deeply_parks_its_line():
    body = '{"event":"x","v":' + '{"a":' * 450 + "1" + "}" * 451
    deeper = '{"event":"x","v":' + '{"a":' * 985 + "1" + "}" * 986
    batch = read(f"{body}\n{deeper}", LogRule(**LEVEL_RULE, fields={"value": "v"}))
    assert len(batch.parked) == 2


DEEP = '{"a":' * 800 + "1" + "}" * 800


def test_no_depth_of_a_field_raises_anything_wherever_it_is_used():
    rule = LogRule(**LEVEL_RULE, fields={"value": "v"}, scale={"value": 2.0})
    call = '{"gen_ai.usage.input_tokens":1,"gen_ai.system":"p","gen_ai.request.model":"m","error.type":'
    openings = ['{"event":"x","v":', call, '{"event":']
    lines = "\n".join(opening + DEEP + "}" for opening in openings)
    batch = read(lines, rule)
    assert [parked.reason for parked in batch.parked] == [Reason.BAD_FIELD]
    assert batch.ignored == 1
    assert [submission.event.status for submission in batch.submissions] == ["error"]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"user": "u"}, {"u": "a\0b"}),
        ({"tenant": "u"}, {"u": "x" * 129}),
        ({"value": "u"}, {"u": "text"}),
        ({"queue.deep": "u", "queue": "u"}, {"u": "x" * 200}),
    ],
)
def test_a_line_is_checked_like_an_event(fields, line):
    assert parked_reason(line, fields=fields) is Reason.BAD_FIELD


def test_logs_need_the_same_token_as_events():
    log = Log((b"right",), (LLM_RULE,))
    with pytest.raises(SignatureFailure):
        log.read(request("{}"))
    assert log.read(request("{}", {"Authorization": "Bearer right"})) == Batch([], [], ignored=1)


leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
)


@given(st.lists(st.dictionaries(st.sampled_from(["v", "u", "time", "when"]), values), min_size=1, max_size=5))
@settings(max_examples=80, deadline=None)
def test_of_any_lines_each_is_taken_or_parked(lines):
    rule = LogRule(
        name="r",
        match={},
        kind="level",
        set={"name": "n"},
        fields={"value": "v", "user": "u", "at": "when", "api.x": "u"},
        scale={"value": 0.1},
    )
    batch = read(lines, rule)
    assert len(batch.submissions) + len(batch.parked) == len(lines)


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_parked_line_by_line(body):
    parts = body.count(b",") + body.count(b"\n") + 1
    assert len(read(body, LLM_RULE).parked) <= parts
