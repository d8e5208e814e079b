"""Tokens of an LLM call as its provider reports them, in one vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exporter.errors import Reason, Rejected
from exporter.event import Usage
from exporter.sources.llm_dialects import BY_KEY, NEUTRAL, Dialect, Path, Place

_MOST_TOKENS = 1_000_000_000_000
_LONGEST_TIER = 128
_WITHOUT_OUTPUT = ("embeddings", "embedding")
_REASONING_APART = frozenset({"xai", "x-ai", "x_ai"})
_TOTAL_WITHOUT_REASONING = "perplexity"
_LISTED_BY = ("modality", "ttl")
_LISTED_COUNTS = ("tokenCount", "token_count", "inputTokens")


def usage_of(reported: Mapping[str, Any], provider: str = "", operation: str = "chat") -> Usage:
    """The tokens of a usage object of any API, or in our own words.

    Raises:
        Rejected: it says nothing of its input, a count is none, or a part is larger than its whole.
    """
    counts = reported.get("billed_units") or reported
    if not isinstance(counts, Mapping):
        raise Rejected(Reason.BAD_FIELD, "usage.billed_units: not an object")
    dialect = next((BY_KEY[key] for key in BY_KEY if key in counts), NEUTRAL)
    if counts.get(dialect.input_name) is None:
        raise Rejected(Reason.MISSING_FIELD, f"usage.{dialect.input_name}: missing")
    if operation in _WITHOUT_OUTPUT:
        return Usage(input_tokens=_count(counts, dialect.places["input_tokens"]))
    tokens = {field: _count(counts, place) for field, place in dialect.places.items()}
    if cached_audio := tokens.get("cached_audio_tokens"):
        tokens["input_audio_tokens"] = max(0, tokens["input_audio_tokens"] - cached_audio)
    if dialect.cache_apart:
        tokens["input_tokens"] += tokens["cached_input_tokens"] + tokens["cache_write_tokens"]
    if _reasons_apart(dialect, tokens, counts, provider):
        tokens["output_tokens"] += tokens["reasoning_tokens"]
    if max(tokens.values()) > _MOST_TOKENS:
        raise Rejected(Reason.BAD_FIELD, "usage: more than 1e12 tokens")
    usage = Usage(**tokens)
    check_parts(usage)
    return usage


def tier_name(value: object) -> str | None:
    """The value, where it can be the name of a tier."""
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_TIER else None


def check_parts(usage: Usage) -> None:
    """Refuse a part that is larger than its whole.

    Raises:
        Rejected: naming the part.
    """
    from_cache = usage.cached_input_tokens + usage.cache_write_tokens
    for part, tokens, whole in (
        ("cached_input_tokens", from_cache, usage.input_tokens),
        ("cache_write_1h_tokens", usage.cache_write_1h_tokens, usage.cache_write_tokens),
        ("input_audio_tokens", usage.input_audio_tokens, usage.input_tokens),
        ("cached_audio_tokens", usage.cached_audio_tokens, usage.cached_input_tokens),
        ("reasoning_tokens", usage.reasoning_tokens, usage.output_tokens),
        ("output_audio_tokens", usage.output_audio_tokens, usage.output_tokens),
    ):
        if tokens > whole:
            raise Rejected(Reason.BAD_FIELD, f"usage.{part}: more than the tokens they are part of")


def _reasons_apart(
    dialect: Dialect, tokens: Mapping[str, int], counts: Mapping[str, Any], provider: str
) -> bool:
    """Whether the output leaves out reasoning: the total tells, and without one the provider's name.

    Perplexity leaves it out of the total too.
    """
    if dialect.reasoning_apart is not None:
        return dialect.reasoning_apart
    if provider.lower() == _TOTAL_WITHOUT_REASONING:
        return True
    total = counts.get("total_tokens")
    if total is None:
        return provider.lower() in _REASONING_APART
    parts = tokens["input_tokens"] + tokens["output_tokens"] + tokens["reasoning_tokens"]
    return bool(total == parts)


def _count(counts: Mapping[str, Any], place: Place) -> int:
    """The first alternative that is there; 0 where none is."""
    for alternative in place:
        found = [count for path in alternative if (count := _at(counts, path)) is not None]
        if found:
            return sum(found)
    return 0


def _at(counts: Mapping[str, Any], path: Path) -> int | None:
    value: Any = counts
    for name in path:
        value = _inside(value, name)
    if value is None:
        return None
    if type(value) is float and value.is_integer():
        value = int(value)  # Cohere's library writes its counts so.
    if type(value) is not int or not 0 <= value <= _MOST_TOKENS:
        raise Rejected(Reason.BAD_FIELD, f"usage.{'.'.join(path)}: no whole number up to 1e12")
    return value


def _inside(details: object, name: str) -> Any:
    """A member of an object, or the tokens of one modality or lifetime in a list of `{modality, tokenCount}`."""
    if isinstance(details, Mapping):
        return details.get(name)
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping) and name in map(detail.get, _LISTED_BY):
            return next((detail[count] for count in _LISTED_COUNTS if count in detail), None)
    return None
