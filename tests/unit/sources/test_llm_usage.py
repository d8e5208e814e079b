"""Recorded usages of each API come to their source's tokens, and reasoning apart is added to the output."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.event import Usage
from exporter.sources.llm_usage import usage_of
from tests.unit.sources.sent import fixture
from tests.unit.sources.usage_read import tokens

CASES = fixture("llm/recorded_usage.json")["cases"]
OUR_NAMES = {"cache_read_tokens": "cached_input_tokens", "output_reasoning_tokens": "reasoning_tokens"}
THINKING_OVERLOOKED = ("google", "anthropic")
"""The source of the fixture does not read `thinking_tokens` of Claude on Google's cloud; we do, as elsewhere."""


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


def test_an_embedding_has_no_output():
    usage = usage_of({"prompt_tokens": 4, "completion_tokens": 9, "total_tokens": 13}, "openai", "embeddings")
    assert tokens(usage) == {"input_tokens": 4}
