"""Rules of POST /logs: which lines they take, and what they make of the fields of one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exporter.errors import Reason
from exporter.event import Delivery, Level, Llm, Message, Payment
from exporter.sources.log_rule import LogRule
from tests.unit.sources.log_read import LEVEL_RULE, event, parked_reason, read


def test_the_first_rule_that_matches_wins():
    rules = [LogRule(**LEVEL_RULE | {"name": name, "set": {"name": name}}) for name in ("first", "second")]
    (submission,) = read([{"event": "x"}], *rules).submissions
    assert submission.event.name == "first"


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


def test_a_constant_under_a_field_that_is_also_a_parent_is_a_bad_field():
    assert (
        parked_reason({"u": "x"}, set={"name": "n", "queue": "q"}, fields={"queue.deep": "u"})
        is Reason.BAD_FIELD
    )


def test_a_level_is_read_as_written():
    taken = event({"v": 17}, fields={"value": "v"})
    assert isinstance(taken, Level)
    assert (taken.name, taken.value) == ("queue_depth", 17)
