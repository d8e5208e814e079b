"""POST /events of kind llm: usage in any dialect, or the whole response of an API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exporter.errors import Reason
from exporter.event import KINDS, Llm, Usage
from exporter.sources.source import Parked
from exporter.sources.track import Track
from exporter.vocabulary import LlmStatus
from tests.unit.sources.sent import NOW, fixture, request

CALL: dict[str, Any] = {"kind": "llm", "provider": "openai"}
TEN_AND_TWO = Usage(input_tokens=10, output_tokens=2)


def read(**fields: Any) -> Llm | Parked:
    batch = Track(()).read(request(json.dumps(CALL | fields)))
    if batch.parked:
        return batch.parked[0]
    event = batch.submissions[0].event
    assert isinstance(event, Llm)
    return event


def event(**fields: Any) -> Llm:
    taken = read(**fields)
    assert isinstance(taken, Llm)
    return taken


def parked(**fields: Any) -> tuple[Reason, str]:
    refused = read(**fields)
    assert isinstance(refused, Parked)
    return refused.reason, refused.detail


@pytest.mark.parametrize(
    "usage",
    [
        {"input_tokens": 10, "output_tokens": 2},
        {"prompt_tokens": 10, "completion_tokens": 2},
        {"inputTokens": 10, "outputTokens": 2},
        {"promptTokenCount": 10, "candidatesTokenCount": 2},
    ],
)
def test_usage_may_be_in_any_dialect(usage):
    assert event(model="m", usage=usage).usage == TEN_AND_TWO


@pytest.mark.parametrize(
    "response",
    [
        {"model": "m", "usage": {"prompt_tokens": 10, "completion_tokens": 2}, "choices": [{"text": "hi"}]},
        {"modelVersion": "m", "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 2}},
        {"model_version": "m", "usage_metadata": {"prompt_token_count": 10, "candidates_token_count": 2}},
        {"model": "m", "meta": {"billed_units": {"input_tokens": 10, "output_tokens": 2}}},
    ],
)
def test_a_whole_response_stands_for_usage_and_model(response):
    taken = event(response=response, status="ok", latency_seconds=0.5)
    assert (taken.model, taken.usage, taken.latency_seconds) == ("m", TEN_AND_TWO, 0.5)


def test_what_the_event_says_itself_beats_the_response():
    response = {"model": "gpt-4o-2024-11-20", "usage": {"input_tokens": 1}}
    taken = event(model="mine", usage={"input_tokens": 10, "output_tokens": 2}, response=response)
    assert (taken.model, taken.usage) == ("mine", TEN_AND_TWO)


@pytest.mark.parametrize(
    ("stated", "tier"),
    [
        ({"usage": {"input_tokens": 10}, "service_tier": "batch"}, "batch"),
        ({"usage": {"input_tokens": 10, "service_tier": "priority"}}, "priority"),
        ({"response": {"usage": {"input_tokens": 10}, "service_tier": "flex"}}, "flex"),
        (
            {"response": {"usage": {"input_tokens": 10}, "service_tier": "default"}, "service_tier": "batch"},
            "batch",
        ),
        ({"response": {"usage": {"input_tokens": 10, "service_tier": ""}, "service_tier": 7}}, None),
        ({}, None),
    ],
)
def test_the_tier_stands_in_the_event_its_response_or_its_usage(stated, tier):
    assert event(model="m", **stated).service_tier == tier


def test_every_other_field_of_a_call_is_kept():
    taken = event(
        model="m",
        at="2026-11-20T10:00:00Z",
        tenant="acme",
        event_id="e1",
        user="42",
        outlet="7",
        conversation_id="c9",
        operation="embeddings",
        status="timeout",
        latency_seconds=1.5,
        cost_usd="0.01",
    )
    assert (taken.tenant, taken.event_id, taken.user, taken.outlet) == ("acme", "e1", "42", "7")
    assert (taken.conversation_id, taken.operation, taken.status) == ("c9", "embeddings", LlmStatus.TIMEOUT)
    assert (taken.latency_seconds, str(taken.cost_usd), taken.at.hour) == (1.5, "0.01", 10)


def test_a_call_that_failed_needs_no_usage():
    assert event(model="m", status="error").usage == Usage()
    assert event(model="m", usage=None).usage == Usage()
    assert event(model="m").at == NOW


@pytest.mark.parametrize("case", fixture("llm/negative.json")["cases"], ids=lambda case: case["why"])
def test_a_response_that_must_not_be_counted_is_parked(case):
    assert parked(response=case["response"])[0] in (Reason.BAD_FIELD, Reason.MISSING_FIELD)


@pytest.mark.parametrize(
    "case",
    [case for case in fixture("llm/negative.json")["cases"] if "usage" in case["response"]],
    ids=lambda case: case["why"],
)
def test_a_usage_that_must_not_be_counted_is_parked(case):
    assert parked(**case["response"])[0] in (Reason.BAD_FIELD, Reason.MISSING_FIELD)


@pytest.mark.parametrize(
    ("fields", "reason", "detail"),
    [
        ({}, Reason.MISSING_FIELD, "model: missing"),
        ({"model": None}, Reason.MISSING_FIELD, "model: missing"),
        ({"model": ""}, Reason.BAD_FIELD, "model: Expected `str` of length >= 1"),
        ({"response": {"usage": {"input_tokens": 1}}}, Reason.MISSING_FIELD, "model: missing"),
        ({"response": {"model": "m"}}, Reason.MISSING_FIELD, "response.usage: missing"),
        (
            {"response": {"model": 5}},
            Reason.BAD_FIELD,
            "response.model: Expected `str | null`, got `int`",
        ),
        ({"model": "m", "usage": {}}, Reason.MISSING_FIELD, "usage.input_tokens: missing"),
        ({"model": "m", "usage": []}, Reason.BAD_FIELD, "usage: Expected `object | null`, got `array`"),
        (
            {"model": "m", "usage": {"input_tokens": 1, "output_tokens": 1.5}},
            Reason.BAD_FIELD,
            "usage.output_tokens: Expected `int`, got `float`",
        ),
        (
            {"model": "m", "usage": {"input_tokens": 1, "cached_input_tokens": 2}},
            Reason.BAD_FIELD,
            "usage.cached_input_tokens: more than the tokens they are part of",
        ),
    ],
)
def test_a_call_that_cannot_be_counted_is_parked_with_its_field(fields, reason, detail):
    assert parked(**fields) == (reason, detail)


def test_a_nul_in_a_model_of_a_response_is_refused():
    response = {"model": "a\0b", "usage": {"input_tokens": 1}}
    assert parked(response=response) == (Reason.BAD_FIELD, "model: holds NUL")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_event_is_still_known_beside_calls(kind):
    batch = Track(()).read(request(json.dumps({"kind": kind})))
    assert Reason.UNKNOWN_KIND not in [refused.reason for refused in batch.parked]
