"""Where each LLM API keeps the counts of its usage object."""

from __future__ import annotations

from typing import NamedTuple

Path = tuple[str, ...]
"""A key, and those inside it."""
Place = tuple[tuple[Path, ...], ...]
"""Alternatives, of which the first that is there counts; of each, the paths that are added up."""


class Dialect(NamedTuple):
    """An API's names for our own.

    Attributes:
        places: by field of Usage; here what is cached of the audio is still among the audio.
        input_name: the key that says how much was read; no usage is without it.
        cache_apart: the input leaves out what was read from the cache and written to it.
        reasoning_apart: the output leaves out reasoning; None where only the total tells.
    """

    places: dict[str, Place]
    input_name: str
    cache_apart: bool
    reasoning_apart: bool | None


def _dialect(*, cache_apart: bool = False, reasoning_apart: bool | None = False, **places: str) -> Dialect:
    read = {field: _place(place) for field, place in places.items()}
    return Dialect(read, read["input_tokens"][0][0][0], cache_apart, reasoning_apart)


def _place(text: str) -> Place:
    """Read `a.b + c | d`."""
    return tuple(
        tuple(tuple(path.split(".")) for path in alternative.split(" + "))
        for alternative in text.split(" | ")
    )


_CHAT = _dialect(
    input_tokens="prompt_tokens",
    output_tokens="completion_tokens",
    cached_input_tokens="prompt_tokens_details.cached_tokens"
    " | prompt_cache_hit_tokens | cache_read_input_tokens | cached_tokens | cached_prompt_text_tokens",
    cache_write_tokens="prompt_tokens_details.cache_write_tokens | cache_creation_input_tokens",
    reasoning_tokens="completion_tokens_details.reasoning_tokens | reasoning_tokens",
    input_audio_tokens="prompt_tokens_details.audio_tokens",
    output_audio_tokens="completion_tokens_details.audio_tokens",
    reasoning_apart=None,
)
"""OpenAI chat and embeddings, Mistral, Groq, DeepSeek, Kimi, xAI, Perplexity, and LiteLLM for all of them."""

_ANTHROPIC = _dialect(
    input_tokens="input_tokens",
    output_tokens="output_tokens",
    cached_input_tokens="cache_read_input_tokens",
    cache_write_tokens="cache_creation_input_tokens"
    " | cache_creation.ephemeral_5m_input_tokens + cache_creation.ephemeral_1h_input_tokens",
    cache_write_1h_tokens="cache_creation.ephemeral_1h_input_tokens",
    reasoning_tokens="output_tokens_details.thinking_tokens",
    cache_apart=True,
)

NEUTRAL = _dialect(
    input_tokens="input_tokens",
    output_tokens="output_tokens",
    cached_input_tokens="cached_input_tokens | cache_read_tokens"
    " | input_tokens_details.cached_tokens | input_tokens_details.cache_read_input_tokens"
    " | input_token_details.cache_read | input_token_details.cached_tokens",
    cache_write_tokens="cache_write_tokens"
    " | input_tokens_details.cache_write_tokens | input_token_details.cache_creation",
    cache_write_1h_tokens="cache_write_1h_tokens",
    reasoning_tokens="reasoning_tokens | output_reasoning_tokens"
    " | output_tokens_details.reasoning_tokens | output_token_details.reasoning",
    input_audio_tokens="input_audio_tokens | input_tokens_details.audio_tokens"
    " | input_token_details.audio | input_token_details.audio_tokens",
    cached_audio_tokens="cached_audio_tokens | input_token_details.cached_tokens_details.audio_tokens",
    output_audio_tokens="output_audio_tokens | output_tokens_details.audio_tokens"
    " | output_token_details.audio | output_token_details.audio_tokens",
)
"""Our own words, those of genai-prices and LangChain, OpenAI responses and realtime, Perplexity's agents, and what
Cohere bills."""

_BEDROCK = _dialect(
    input_tokens="inputTokens",
    output_tokens="outputTokens",
    cached_input_tokens="cacheReadInputTokens | cacheReadTokens",
    cache_write_tokens="cacheWriteInputTokens | cacheWriteTokens",
    cache_write_1h_tokens="cacheDetails.1h",
    cache_apart=True,
)
"""Bedrock, and Cursor's usage events."""

_GOOGLE = _dialect(
    input_tokens="promptTokenCount + toolUsePromptTokenCount",
    output_tokens="candidatesTokenCount",
    cached_input_tokens="cachedContentTokenCount",
    reasoning_tokens="thoughtsTokenCount",
    input_audio_tokens="promptTokensDetails.AUDIO + toolUsePromptTokensDetails.AUDIO",
    cached_audio_tokens="cacheTokensDetails.AUDIO",
    output_audio_tokens="candidatesTokensDetails.AUDIO",
    reasoning_apart=True,
)
"""Its `…Details` are lists of `{modality, tokenCount}`."""

_GOOGLE_SNAKE = _dialect(
    input_tokens="prompt_token_count + tool_use_prompt_token_count",
    output_tokens="candidates_token_count",
    cached_input_tokens="cached_content_token_count",
    reasoning_tokens="thoughts_token_count",
    input_audio_tokens="prompt_tokens_details.AUDIO + tool_use_prompt_tokens_details.AUDIO",
    cached_audio_tokens="cache_tokens_details.AUDIO",
    output_audio_tokens="candidates_tokens_details.AUDIO",
    reasoning_apart=True,
)
"""The same as Google's Python library writes it."""

BY_KEY = {
    "prompt_tokens": _CHAT,
    "promptTokenCount": _GOOGLE,
    "prompt_token_count": _GOOGLE_SNAKE,
    "inputTokens": _BEDROCK,
    "cache_read_input_tokens": _ANTHROPIC,
    "cache_creation_input_tokens": _ANTHROPIC,
    "cache_creation": _ANTHROPIC,
    "input_tokens": NEUTRAL,
}
"""The first of these keys that an object has tells its dialect. APIs are copied, so the provider's name does not.

Source: recorded answers in pydantic/genai-prices `tests/dataset/usages.json`; that Bedrock counts what was cached
beside its input: TokenUsage, docs.aws.amazon.com/bedrock/latest/APIReference (both 2026-11).
"""
