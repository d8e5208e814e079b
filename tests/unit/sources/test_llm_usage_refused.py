"""A usage that cannot be is refused by the name its sender knows, and no part passes its total."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected
from exporter.sources.llm_usage import usage_of


def test_more_reasoning_than_output_is_refused_of_all_others():
    reported = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12, "reasoning_tokens": 6}
    with pytest.raises(Rejected, match=r"usage\.reasoning_tokens"):
        usage_of(reported, "openai")


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
