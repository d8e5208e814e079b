"""The usage object of any API becomes our tokens, by its own names and its own idea of a total."""

from __future__ import annotations

import pytest

from exporter.sources.llm_usage import usage_of
from tests.unit.sources.usage_read import tokens


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
