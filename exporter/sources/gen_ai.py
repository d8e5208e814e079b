"""LLM calls in the words of OpenTelemetry's conventions for generative AI, which need no rule."""

from __future__ import annotations

from typing import Any

from exporter.sources.log_mapping import Line, at_path, time_of

_INPUT_TOKENS = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
_CALL = "gen_ai.client.inference.operation.details"
_USAGE = {
    "input_tokens": _INPUT_TOKENS,
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "cached_input_tokens": ("gen_ai.usage.cache_read.input_tokens",),
    "cache_write_tokens": (
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
    ),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens",),
}
_FIELDS = {
    "provider": ("gen_ai.provider.name", "gen_ai.system"),
    "model": ("gen_ai.response.model", "gen_ai.request.model"),
    "operation": ("gen_ai.operation.name",),
    "service_tier": ("openai.response.service_tier",),
    "event_id": ("gen_ai.response.id",),
    "conversation_id": ("gen_ai.conversation.id",),
    "latency_seconds": ("gen_ai.client.operation.duration", "gen_ai.client.inference.duration"),
    "tenant": ("tenant",),
}
"""Our fields and the attributes that hold them, newest name first.

Source: open-telemetry/semantic-conventions-genai docs/gen-ai; for the older names semantic-conventions
docs/registry/attributes/gen-ai.md (2026-11). Input includes what was cached, output includes reasoning. The durations
are names of metrics there, in seconds; some write them on the record too. `tenant` is ours.
"""
_PROVIDERS = {
    "aws.bedrock": "aws",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "mistral_ai": "mistral",
    "vertex_ai": "google",
    "x_ai": "x-ai",
    "xai": "x-ai",
}
"""The conventions' names of providers, where price tables and other senders have another."""


class GenAi:
    """Takes the lines that say how many tokens a call read, and failed calls."""

    name = "gen_ai"

    def unmet(self, line: Line) -> str | None:
        """The attribute that is missing, None when the line is an LLM call."""
        is_call = any(pick(line) is not None for pick in _IS_CALL) or line.get("event_name") == _CALL
        return None if is_call else _INPUT_TOKENS[0]

    def event(self, line: Line) -> dict[str, Any]:
        """The event as JSON of our own schema."""
        event: dict[str, Any] = {"kind": "llm", **_found(line, _FIELD_PICKS)}
        if isinstance(provider := event.get("provider"), str):
            event["provider"] = _PROVIDERS.get(provider, provider)
        if usage := _found(line, _USAGE_PICKS):
            event["usage"] = usage
        if failure := _error_type(line):
            event["status"] = _ending(failure)
        at = time_of(line)
        return event if at is None else event | {"at": at}


_IS_CALL = [at_path(name) for name in _INPUT_TOKENS]
_USAGE_PICKS = {field: [at_path(name) for name in names] for field, names in _USAGE.items()}
_FIELD_PICKS = {field: [at_path(name) for name in names] for field, names in _FIELDS.items()}
_error_type = at_path("error.type")


def _found(line: Line, picks: dict[str, Any]) -> dict[str, Any]:
    """The first attribute of each field that is there."""
    found = {}
    for field, alternatives in picks.items():
        value = next((value for pick in alternatives if (value := pick(line)) is not None), None)
        if value is not None:
            found[field] = value
    return found


def _ending(error_type: object) -> str:
    """How a call ended by `error.type`: a status, or an exception's name as its language writes it."""
    word = str(error_type).lower().replace("_", "") if isinstance(error_type, str | int) else ""
    if "timeout" in word or word in ("408", "504"):
        return "timeout"
    return "rate_limited" if "ratelimit" in word or word == "429" else "error"
