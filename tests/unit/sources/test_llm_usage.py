"""The usage object of any API becomes our tokens: totals that hold every part, and nothing that cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from exporter.errors import Reason, Rejected
from exporter.event import Usage
from exporter.sources.llm_usage import usage_of
from tests.unit.sources.sent import fixture

CASES = fixture("llm/recorded_usage.json")["cases"]
OUR_NAMES = {"cache_read_tokens": "cached_input_tokens", "output_reasoning_tokens": "reasoning_tokens"}
THINKING_OVERLOOKED = ("google", "anthropic")
"""The source of the fixture does not read `thinking_tokens` of Claude on Google's cloud; we do, as elsewhere."""


def tokens(usage: Usage) -> dict[str, int]:
    return {field: count for field, count in asdict(usage).items() if count}


def expected(case: dict[str, Any]) -> dict[str, int]:
    named = {OUR_NAMES.get(name, name): count for name, count in case["expected_usage"].items()}
    return {name: count for name, count in named.items() if count and name in Usage.__struct_fields__}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['provider']}-{case['model']}")
def test_a_recorded_usage_has_the_tokens_that_its_source_computed(case):
    reported = case["response"].get("usage") or case["response"]["usageMetadata"]
    counted = tokens(usage_of(reported, case["provider"], operation=case["api_flavor"]))
    wanted = expected(case)
    if (case["provider"], case["api_flavor"]) == THINKING_OVERLOOKED:
        wanted |= {field: count for field, count in counted.items() if field == "reasoning_tokens"}
    assert counted == wanted


def test_all_recorded_usages_are_there_and_three_have_thinking_that_their_source_overlooks():
    overlooked = [
        case["response"]["usage"].get("output_tokens_details", {}).get("thinking_tokens")
        for case in CASES
        if (case["provider"], case["api_flavor"]) == THINKING_OVERLOOKED
    ]
    assert (len(CASES), [count for count in overlooked if count]) == (116, [33, 80, 28])


@pytest.mark.parametrize(
    ("reported", "wanted"),
    [
        # DeepSeek
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 7,
                "prompt_cache_hit_tokens": 64,
                "prompt_cache_miss_tokens": 36,
            },
            {"input_tokens": 100, "output_tokens": 7, "cached_input_tokens": 64},
        ),
        # OpenAI's audio models
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 50,
                "prompt_tokens_details": {"audio_tokens": 60, "cached_tokens": None},
                "completion_tokens_details": {"audio_tokens": 40},
            },
            {"input_tokens": 100, "output_tokens": 50, "input_audio_tokens": 60, "output_audio_tokens": 40},
        ),
        # Anthropic: input leaves out the cache
        (
            {"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": 100},
            {"input_tokens": 103, "output_tokens": 5, "cached_input_tokens": 100},
        ),
        (
            {
                "input_tokens": 3,
                "output_tokens": 5,
                "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
            },
            {"input_tokens": 33, "output_tokens": 5, "cache_write_tokens": 30, "cache_write_1h_tokens": 20},
        ),
        # LiteLLM for Anthropic: the prompt has the cache
        (
            {
                "prompt_tokens": 103,
                "completion_tokens": 5,
                "total_tokens": 108,
                "cache_read_input_tokens": 90,
                "cache_creation_input_tokens": 10,
            },
            {
                "input_tokens": 103,
                "output_tokens": 5,
                "cached_input_tokens": 90,
                "cache_write_tokens": 10,
            },
        ),
        # Bedrock
        (
            {"inputTokens": 3, "outputTokens": 5, "cacheReadInputTokens": 10, "cacheWriteInputTokens": 20},
            {"input_tokens": 33, "output_tokens": 5, "cached_input_tokens": 10, "cache_write_tokens": 20},
        ),
        # Google's Python library
        (
            {
                "prompt_token_count": 10,
                "candidates_token_count": 4,
                "thoughts_token_count": 6,
                "tool_use_prompt_token_count": 5,
                "prompt_tokens_details": [
                    {"modality": "TEXT", "token_count": 3},
                    {"modality": "AUDIO", "token_count": 7},
                ],
            },
            {"input_tokens": 15, "output_tokens": 10, "reasoning_tokens": 6, "input_audio_tokens": 7},
        ),
        # Cohere
        (
            {
                "billed_units": {"input_tokens": 8, "output_tokens": 2},
                "tokens": {"input_tokens": 70, "output_tokens": 3},
            },
            {"input_tokens": 8, "output_tokens": 2},
        ),
        # OpenAI's realtime API: cached audio is among the audio
        (
            {
                "total_tokens": 253,
                "input_tokens": 132,
                "output_tokens": 121,
                "input_token_details": {
                    "text_tokens": 19,
                    "audio_tokens": 113,
                    "cached_tokens": 64,
                    "cached_tokens_details": {"text_tokens": 4, "audio_tokens": 60},
                },
                "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
            },
            {
                "input_tokens": 132,
                "output_tokens": 121,
                "cached_input_tokens": 64,
                "cached_audio_tokens": 60,
                "input_audio_tokens": 53,
                "output_audio_tokens": 91,
            },
        ),
        # Google, with audio in its cache
        (
            {
                "promptTokenCount": 10,
                "candidatesTokenCount": 4,
                "cachedContentTokenCount": 6,
                "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 7}],
                "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 5}],
            },
            {
                "input_tokens": 10,
                "output_tokens": 4,
                "cached_input_tokens": 6,
                "cached_audio_tokens": 5,
                "input_audio_tokens": 2,
            },
        ),
        # Bedrock, with what stays in the cache for an hour
        (
            {
                "inputTokens": 3,
                "outputTokens": 5,
                "cacheWriteInputTokens": 30,
                "cacheDetails": [{"ttl": "5m", "inputTokens": 10}, {"ttl": "1h", "inputTokens": 20}],
            },
            {"input_tokens": 33, "output_tokens": 5, "cache_write_tokens": 30, "cache_write_1h_tokens": 20},
        ),
        # Cursor
        (
            {"inputTokens": 3, "outputTokens": 5, "cacheReadTokens": 10, "cacheWriteTokens": 20},
            {"input_tokens": 33, "output_tokens": 5, "cached_input_tokens": 10, "cache_write_tokens": 20},
        ),
        # Kimi
        (
            {"prompt_tokens": 19, "completion_tokens": 21, "total_tokens": 40, "cached_tokens": 10},
            {"input_tokens": 19, "output_tokens": 21, "cached_input_tokens": 10},
        ),
        # xAI before it had details
        (
            {"prompt_tokens": 19, "completion_tokens": 21, "cached_prompt_text_tokens": 10},
            {"input_tokens": 19, "output_tokens": 21, "cached_input_tokens": 10},
        ),
        # Perplexity's agents
        (
            {
                "input_tokens": 19,
                "output_tokens": 21,
                "input_tokens_details": {"cache_read_input_tokens": 10},
            },
            {"input_tokens": 19, "output_tokens": 21, "cached_input_tokens": 10},
        ),
        # Cohere's library
        (
            {"billed_units": {"input_tokens": 8.0, "output_tokens": 2.0}},
            {"input_tokens": 8, "output_tokens": 2},
        ),
        # LangChain
        (
            {
                "input_tokens": 10,
                "output_tokens": 5,
                "input_token_details": {"cache_read": 4, "cache_creation": 2, "audio": 1},
                "output_token_details": {"reasoning": 3},
            },
            {
                "input_tokens": 10,
                "output_tokens": 5,
                "cached_input_tokens": 4,
                "cache_write_tokens": 2,
                "input_audio_tokens": 1,
                "reasoning_tokens": 3,
            },
        ),
    ],
)
def test_each_api_has_its_own_names_and_its_own_idea_of_a_total(reported, wanted):
    assert tokens(usage_of(reported)) == wanted


@pytest.mark.parametrize(
    ("provider", "total", "output"),
    [
        ("openai", None, 30),
        ("xai", None, 50),
        ("x-ai", None, 50),
        ("perplexity", None, 50),
        ("anything", 60, 50),
        ("xai", 40, 30),
    ],
)
def test_reasoning_apart_is_added_and_the_total_tells_better_than_the_name(provider, total, output):
    reported = {"prompt_tokens": 10, "completion_tokens": 30, "total_tokens": total}
    details = {"completion_tokens_details": {"reasoning_tokens": 20}}
    usage = usage_of(reported | details, provider)
    assert (usage.output_tokens, usage.reasoning_tokens) == (output, 20)


@pytest.mark.parametrize("reasoning", [5, 305_012])
def test_perplexity_leaves_reasoning_out_of_the_total_too(reasoning):
    reported = {"prompt_tokens": 7, "completion_tokens": 3_581, "total_tokens": 3_588}
    usage = usage_of(reported | {"reasoning_tokens": reasoning}, "perplexity")
    assert (usage.output_tokens, usage.reasoning_tokens) == (3_581 + reasoning, reasoning)


def test_more_reasoning_than_output_is_refused_of_all_others():
    reported = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12, "reasoning_tokens": 6}
    with pytest.raises(Rejected, match=r"usage\.reasoning_tokens"):
        usage_of(reported, "openai")


def test_an_embedding_has_no_output():
    usage = usage_of({"prompt_tokens": 4, "completion_tokens": 9, "total_tokens": 13}, "openai", "embeddings")
    assert tokens(usage) == {"input_tokens": 4}


@pytest.mark.parametrize(
    ("reported", "reason", "field"),
    [
        ({}, Reason.MISSING_FIELD, "usage.input_tokens"),
        ({"output_tokens": 5}, Reason.MISSING_FIELD, "usage.input_tokens"),
        ({"input_tokens": None}, Reason.MISSING_FIELD, "usage.input_tokens"),
        ({"prompt_tokens": None, "completion_tokens": 1}, Reason.MISSING_FIELD, "usage.prompt_tokens"),
        ({"prompt_tokens": "10"}, Reason.BAD_FIELD, "usage.prompt_tokens"),
        ({"prompt_tokens": True}, Reason.BAD_FIELD, "usage.prompt_tokens"),
        ({"prompt_tokens": 1.5}, Reason.BAD_FIELD, "usage.prompt_tokens"),
        ({"prompt_tokens": float("inf")}, Reason.BAD_FIELD, "usage.prompt_tokens"),
        ({"prompt_tokens": -1}, Reason.BAD_FIELD, "usage.prompt_tokens"),
        ({"prompt_tokens": 10**25}, Reason.BAD_FIELD, "usage.prompt_tokens"),
        ({"inputTokens": 10**12, "cacheReadInputTokens": 1}, Reason.BAD_FIELD, "usage"),
        (
            {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": "1"}},
            Reason.BAD_FIELD,
            "usage.prompt_tokens_details.cached_tokens",
        ),
        ({"input_tokens": 5, "cached_input_tokens": 6}, Reason.BAD_FIELD, "usage.cached_input_tokens"),
        (
            {"input_tokens": 5, "cached_input_tokens": 3, "cache_write_tokens": 3},
            Reason.BAD_FIELD,
            "usage.cached_input_tokens",
        ),
        ({"input_tokens": 5, "input_audio_tokens": 6}, Reason.BAD_FIELD, "usage.input_audio_tokens"),
        ({"input_tokens": 5, "cached_audio_tokens": 1}, Reason.BAD_FIELD, "usage.cached_audio_tokens"),
        ({"input_tokens": 5, "reasoning_tokens": 1}, Reason.BAD_FIELD, "usage.reasoning_tokens"),
        ({"input_tokens": 5, "output_audio_tokens": 1}, Reason.BAD_FIELD, "usage.output_audio_tokens"),
        ({"input_tokens": 5, "cache_write_1h_tokens": 1}, Reason.BAD_FIELD, "usage.cache_write_1h_tokens"),
        ({"billed_units": 7}, Reason.BAD_FIELD, "usage.billed_units"),
    ],
)
def test_what_cannot_be_counted_is_refused_by_the_name_its_sender_knows(reported, reason, field):
    with pytest.raises(Rejected) as rejected:
        usage_of(reported)
    assert (rejected.value.reason, rejected.value.detail.partition(":")[0]) == (reason, field)


TOTALS = ["prompt_tokens", "input_tokens", "inputTokens", "promptTokenCount", "total_tokens"]
PARTS = ["cache_read_input_tokens", "output_tokens", "completion_tokens", "reasoning_tokens", "AUDIO"]
OBJECTS = ["cache_creation", "promptTokensDetails", "completion_tokens_details", "billed_units", "modality"]
names = st.sampled_from([*TOTALS, *PARTS, *OBJECTS, "tokenCount"])
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 10**13) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(names, values, max_size=6), st.sampled_from(["openai", "xai", "é"]))
@settings(max_examples=500, deadline=None)
def test_any_object_is_counted_with_parts_within_their_totals_or_refused(reported, provider):
    try:
        usage = usage_of(reported, provider)
    except Rejected:
        return
    assert 0 <= usage.cached_input_tokens + usage.cache_write_tokens <= usage.input_tokens <= 10**12
    assert 0 <= usage.reasoning_tokens <= usage.output_tokens <= 10**12
