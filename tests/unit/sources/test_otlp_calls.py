"""POST /v1/logs: LLM calls in the words of the conventions are counted, and need no rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from exporter.errors import Reason
from exporter.event import Llm, Usage
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch
from exporter.vocabulary import LlmStatus
from tests.unit.sources.otlp_read import ENCODINGS, calls, read, recorded
from tests.unit.sources.otlp_sent import GEN_AI, JSON, json_request
from tests.unit.sources.sent import request


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
        "openai.response.service_tier": "flex",
        "tenant": "acme",
    }
    (call,) = calls(encoded(attributes))
    assert call.service_tier == "flex"
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
