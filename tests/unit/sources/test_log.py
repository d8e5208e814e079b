"""POST /logs: the rules of the configuration decide which lines are events, and of what."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import AnyEvent, Delivery, Level, Llm, Message, Payment
from exporter.sources.log import Log
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch
from tests.unit.sources.sent import DATA, NOW, fixture, request

LLM_RULE = LogRule(
    name="llm_calls",
    match={"event": "llm_call"},
    kind="llm",
    fields={
        "provider": "provider",
        "model": "model",
        "usage.input_tokens": "usage.input_tokens",
        "usage.output_tokens": "usage.output_tokens",
    },
)
LEVEL_RULE = {"name": "r", "match": {"event": "x"}, "kind": "level", "set": {"name": "queue_depth"}}


def read(lines: str | bytes | list[dict[str, Any]], *rules: LogRule) -> Batch:
    body = lines if isinstance(lines, str | bytes) else "\n".join(json.dumps(line) for line in lines)
    return Log((), rules).read(request(body))


def event(line: dict[str, Any], **rule: Any) -> AnyEvent:
    batch = read([{"event": "x"} | line], LogRule(**(LEVEL_RULE | rule)))
    assert not batch.parked
    return batch.submissions[0].event


def parked_reason(line: dict[str, Any], **rule: Any) -> Reason:
    batch = read([{"event": "x"} | line], LogRule(**(LEVEL_RULE | rule)))
    assert not batch.submissions
    return batch.parked[0].reason


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


def test_the_first_rule_that_matches_wins():
    rules = [LogRule(**LEVEL_RULE | {"name": name, "set": {"name": name}}) for name in ("first", "second")]
    (submission,) = read([{"event": "x"}], *rules).submissions
    assert submission.event.name == "first"


def test_a_bad_line_does_not_stop_those_beside_it():
    good = json.dumps({"event": "llm_call", "provider": "p", "model": "m"})
    bad = json.dumps({"event": "llm_call", "provider": "p"})
    batch = read("\r\n".join([good, "nonsense", bad, "", good]), LLM_RULE)
    assert len(batch.submissions) == 2
    assert [(p.index, p.reason, p.raw) for p in batch.parked] == [
        (1, Reason.MALFORMED_EVENT, b"nonsense"),
        (2, Reason.MISSING_FIELD, bad.encode()),
    ]


@pytest.mark.parametrize(
    ("match", "line", "is_taken"),
    [
        ({"a": "x"}, {"a": "x"}, True),
        ({"a": "x"}, {"a": "y"}, False),
        ({"a": "x"}, {}, False),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": [1, 2]}, {"a": 2}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": True}, {"a": True}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a.b": "x"}, {"a": {"b": "x"}}, True),
        ({"a.b": "x"}, {"a.b": "x"}, True),
        ({"a.b": "x"}, {"a": "x"}, False),
        ({"a.b": "x"}, {"a": ["x"]}, False),
        ({"a": "x", "b": "y"}, {"a": "x"}, False),
        ({"a": "x", "b": "y"}, {"a": "x", "b": "y"}, True),
        ({"a": "x"}, {"a": ["x"]}, False),
        ({"a": "x"}, {"a": None}, False),
        ({}, {}, True),
    ],
)
def test_a_rule_takes_a_line_when_every_path_has_its_value(match, line, is_taken):
    rule = LogRule(name="r", match=match, kind="level", set={"name": "n"})
    assert len(read([line], rule).submissions) == is_taken


@pytest.mark.parametrize(
    ("line", "is_taken"),
    [
        ({"usage": {"tokens": 1}}, True),
        ({"usage": 0}, True),
        ({"usage": ""}, True),
        ({"usage": None}, False),
        ({}, False),
    ],
)
def test_a_rule_may_ask_that_a_path_is_present_whatever_its_value(line, is_taken):
    rule = LogRule(name="r", match={}, present=["usage"], kind="level", set={"name": "n"})
    assert len(read([line], rule).submissions) == is_taken


def test_a_path_that_must_be_present_may_walk_down():
    rule = LogRule(name="r", match={}, present=["a.b"], kind="level", set={"name": "n"})
    batch = read([{"a": {"b": 1}}, {"a": {}}, {"a": 1}, {"a.b": 1}], rule)
    assert (len(batch.submissions), batch.ignored) == (2, 2)


@pytest.mark.parametrize(
    ("provider", "usage", "tokens"),
    [
        ("google", {"input_tokens": 9, "output_tokens": 4, "output_reasoning_tokens": 3}, (9, 4)),
        ("openai", {"prompt_tokens": 9, "completion_tokens": 4}, (9, 4)),
        ("anthropic", {"input_tokens": 4, "cache_read_input_tokens": 5, "output_tokens": 4}, (9, 4)),
        ("xai", {"prompt_tokens": 9, "completion_tokens": 1, "reasoning_tokens": 3}, (9, 4)),
    ],
)
def test_a_whole_usage_object_is_counted_in_its_own_dialect(provider, usage, tokens):
    fields = {"provider": "who", "model": "model", "usage": "usage"}
    rule = LogRule(name="r", match={}, kind="llm", fields=fields)
    (submission,) = read([{"who": provider, "model": "m", "usage": usage}], rule).submissions
    assert isinstance(submission.event, Llm)
    assert (submission.event.usage.input_tokens, submission.event.usage.output_tokens) == tokens


def test_llm_calls_in_the_words_of_opentelemetry_need_no_rule():
    flat = {"gen_ai.system": "openai", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 5}
    nested = {"gen_ai": {"system": "openai", "request": {"model": "m"}, "usage": {"input_tokens": 5}}}
    calls = [submission.event for submission in read([flat, nested]).submissions]
    assert calls[0] == calls[1]
    assert isinstance(calls[0], Llm)
    assert calls[0].usage.input_tokens == 5


def test_constants_and_picks_make_the_event():
    taken = event(
        {"req": {"id": "m1"}, "status": "delivered"},
        kind="message",
        set={"channel": "sms", "provider": "twilio", "direction": "outbound", "segments": 2},
        fields={"message_id": "req.id", "status": "status", "country": "not.there"},
    )
    assert isinstance(taken, Message)
    assert (taken.message_id, taken.segments, taken.country) == ("m1", 2, None)


def test_a_picked_field_beats_a_constant():
    assert event({"q": "inbox"}, set={"name": "n", "queue": "none"}, fields={"queue": "q"}).queue == "inbox"


def test_milliseconds_become_seconds():
    taken = event(
        {"ms": 1100, "code": 503},
        kind="delivery",
        set={"endpoint": "crm"},
        fields={"seconds": "ms", "status_code": "code"},
        scale={"seconds": 0.001},
    )
    assert isinstance(taken, Delivery)
    assert (taken.seconds, taken.status_code) == (1.1, 503)


@pytest.mark.parametrize(("cents", "amount"), [(1999, "19.99"), ("1999", "19.99"), (10, "0.1"), (2000, "20")])
def test_cents_become_dollars_exactly(cents, amount):
    taken = event(
        {"cents": cents},
        kind="payment",
        set={"state": "succeeded"},
        fields={"amount": "cents"},
        scale={"amount": 0.01},
    )
    assert isinstance(taken, Payment)
    assert taken.amount == taken.amount_usd == Decimal(amount)


@pytest.mark.parametrize("value", ["fast", True, [], {}, "NaN", "Infinity", "1e999999999"])
def test_what_cannot_be_scaled_is_a_bad_field(value):
    assert parked_reason({"v": value}, fields={"value": "v"}, scale={"value": 0.5}) is Reason.BAD_FIELD


def test_a_scaled_value_beyond_a_double_is_a_bad_field():
    assert parked_reason({"v": 1e308}, fields={"value": "v"}, scale={"value": 1e10}) is Reason.BAD_FIELD


def test_an_event_id_is_the_key_and_without_one_there_is_none():
    lines = [{"event": "x", "id": "e1"}, {"event": "x"}]
    batch = read(lines, LogRule(**LEVEL_RULE, fields={"event_id": "id"}))
    assert [(s.key, s.source) for s in batch.submissions] == [("e1", "log"), (None, "log")]


TIMED = {"event": "x", "time": "2026-08-01T00:00:00Z"}


def keys(lines: list[dict[str, Any]], **rule: Any) -> list[str | None]:
    return [submission.key for submission in read(lines, LogRule(**LEVEL_RULE | rule)).submissions]


def test_a_repeated_request_has_the_same_keys_and_equal_lines_in_it_have_their_own():
    first = keys([TIMED, TIMED])
    assert keys([TIMED, TIMED]) == first
    assert len(set(first)) == 2


def test_other_lines_at_another_time_have_another_key():
    later = TIMED | {"time": "2026-08-01T00:00:01Z"}
    assert not {*keys([TIMED])} & {*keys([later])}


def test_a_line_that_does_not_say_when_has_no_key_because_it_may_be_another_one():
    assert keys([{"event": "x"}, TIMED])[0] is None


def test_a_step_of_a_message_has_its_message_and_status_as_its_key():
    step = {
        "kind": "message",
        "set": {"channel": "sms", "provider": "p", "direction": "outbound", "status": "sent"},
    }
    assert keys([TIMED | {"id": "m1"}], **step, fields={"message_id": "id"}) == [None]
    assert keys([TIMED], **step) != [None]


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


AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
EPOCH = int(AUGUST.timestamp())


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ({"timestamp": "2026-08-01T00:00:00Z"}, AUGUST),
        ({"time": "2026-08-01T02:00:00+02:00"}, AUGUST),
        ({"ts": EPOCH}, AUGUST),
        ({"ts": EPOCH + 0.0}, AUGUST),
        ({"@timestamp": EPOCH * 1000}, AUGUST),
        ({"time": EPOCH * 10**6}, AUGUST),
        ({"time": EPOCH * 10**9}, AUGUST),
        ({"timestamp": "soon", "ts": EPOCH}, AUGUST),
        ({"time": "2026-08-01 00:00:00,123"}, NOW),
        ({"time": True}, NOW),
        ({"time": -1}, NOW),
        ({"time": 1e300}, NOW),
        ({"time": None}, NOW),
        ({}, NOW),
    ],
)
def test_the_time_of_a_line_is_found_under_common_names(line, at):
    assert event(line).at == at


def test_a_rules_own_time_comes_before_the_common_names():
    assert event({"when": EPOCH, "time": "2026-01-01T00:00:00Z"}, fields={"at": "when"}).at == AUGUST
    assert event({"time": EPOCH}, fields={"at": "when"}).at == AUGUST


@pytest.mark.parametrize("when", ["soon", "2026-08-01T00:00:00", "1999-01-01T00:00:00Z", 0, True, {}])
def test_a_rules_own_time_that_cannot_be_is_refused(when):
    assert parked_reason({"when": when}, fields={"at": "when"}) is Reason.BAD_TIMESTAMP


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


def test_a_constant_under_a_field_that_is_also_a_parent_is_a_bad_field():
    assert (
        parked_reason({"u": "x"}, set={"name": "n", "queue": "q"}, fields={"queue.deep": "u"})
        is Reason.BAD_FIELD
    )


def test_logs_need_the_same_token_as_events():
    log = Log((b"right",), (LLM_RULE,))
    with pytest.raises(SignatureFailure):
        log.read(request("{}"))
    assert log.read(request("{}", {"Authorization": "Bearer right"})) == Batch([], [], ignored=1)


def test_a_level_is_read_as_written():
    taken = event({"v": 17}, fields={"value": "v"})
    assert isinstance(taken, Level)
    assert (taken.name, taken.value) == ("queue_depth", 17)


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
