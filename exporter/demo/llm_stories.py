"""Calls to language models, as applications report them: by events, log lines, OpenTelemetry and Loki.

Source: the usage objects of the providers' own answers (2026-11), and OpenTelemetry's gen_ai conventions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

from exporter.demo.app_call import app_call
from exporter.demo.scene import Call, Scene, Sender, Story

LOG_EVENT = "llm_call"
"""What marks the log lines that the demo's log rule takes."""

_NOISE = ({"level": "debug", "message": "cache hit"}, {"level": "info", "message": "job done"})


class _Tokens(NamedTuple):
    """Tokens of one call; `cached` are part of those asked, `thought` of those answered."""

    asked: int
    cached: int
    answered: int
    thought: int


def _openai_chat(tokens: _Tokens) -> dict[str, Any]:
    asked = {"prompt_tokens": tokens.asked, "prompt_tokens_details": {"cached_tokens": tokens.cached}}
    thought = {"reasoning_tokens": tokens.thought}
    return asked | {"completion_tokens": tokens.answered, "completion_tokens_details": thought}


def _openai_responses(tokens: _Tokens) -> dict[str, Any]:
    asked = {"input_tokens": tokens.asked, "input_tokens_details": {"cached_tokens": tokens.cached}}
    thought = {"reasoning_tokens": tokens.thought}
    return asked | {"output_tokens": tokens.answered, "output_tokens_details": thought}


def _anthropic(tokens: _Tokens) -> dict[str, Any]:
    """Cached tokens are no part of the input here."""
    return {
        "input_tokens": tokens.asked - tokens.cached,
        "cache_read_input_tokens": tokens.cached // 2,
        "cache_creation_input_tokens": tokens.cached - tokens.cached // 2,
        "output_tokens": tokens.answered,
    }


def _google(tokens: _Tokens) -> dict[str, Any]:
    return {
        "promptTokenCount": tokens.asked,
        "cachedContentTokenCount": tokens.cached,
        "candidatesTokenCount": tokens.answered - tokens.thought,
        "thoughtsTokenCount": tokens.thought,
    }


def _mistral(tokens: _Tokens) -> dict[str, Any]:
    total = tokens.asked + tokens.answered
    return {"prompt_tokens": tokens.asked, "completion_tokens": tokens.answered, "total_tokens": total}


class _Model(NamedTuple):
    provider: str
    name: str
    usage: Callable[[_Tokens], dict[str, Any]]


_MODELS = (
    _Model("openai", "gpt-4o-mini", _openai_chat),
    _Model("openai", "gpt-4o", _openai_responses),
    _Model("anthropic", "claude-sonnet-4", _anthropic),
    _Model("google", "gemini-2.5-flash", _google),
    _Model("mistral", "mistral-small", _mistral),
)


def llm_call(scene: Scene) -> Story:
    """A call that its application reports as an event."""
    return [app_call(scene, 0.0, llm_event(scene, None))]


def llm_event(scene: Scene, conversation_id: str | None) -> dict[str, Any]:
    """An event about one call, with the usage as its provider states it."""
    model, tokens = scene.random.choice(_MODELS), _tokens(scene)
    return {
        "kind": "llm",
        "provider": model.provider,
        "model": model.name,
        "usage": model.usage(tokens),
        "status": scene.random.choices(("ok", "error", "timeout", "rate_limited"), (94, 3, 2, 1))[0],
        "conversation_id": conversation_id,
        "latency_seconds": scene.seconds(0.3, 4),
        "cost_usd": f"{(tokens.asked + 4 * tokens.answered) * 15e-8:.8f}",
    }


def logged_call(scene: Scene) -> Story:
    """A log of an application: a call between lines that are of no interest."""
    lines = (_NOISE[0], _log_line(scene), _NOISE[1])
    timestamp = scene.at.isoformat()
    body = b"\n".join(orjson.dumps({"timestamp": timestamp, **line}) for line in lines)
    return [Call(0.0, Sender.APP_LOG, body)]


def pushed_call(scene: Scene) -> Story:
    """The same lines as a shipper pushes them to Loki."""
    lines = (_NOISE[0], _log_line(scene), _NOISE[1])
    values = [
        [str(_nanoseconds(scene, place)), orjson.dumps(line).decode()] for place, line in enumerate(lines)
    ]
    stream = {"stream": {"service_name": "assistant"}, "values": values}
    return [Call(0.0, Sender.LOKI, orjson.dumps({"streams": [stream]}))]


def traced_call(scene: Scene) -> Story:
    """The record that OpenTelemetry's conventions for generative AI ask for."""
    model, tokens = scene.random.choice(_MODELS), _tokens(scene)
    texts = {
        "gen_ai.provider.name": model.provider,
        "gen_ai.request.model": model.name,
        "gen_ai.response.model": model.name,
        "gen_ai.response.id": scene.name(),
        "gen_ai.operation.name": "chat",
        "tenant": scene.company.tenant,
    }
    numbers = {
        "gen_ai.usage.input_tokens": tokens.asked,
        "gen_ai.usage.cache_read.input_tokens": tokens.cached,
        "gen_ai.usage.output_tokens": tokens.answered,
        "gen_ai.usage.reasoning.output_tokens": tokens.thought,
    }
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in texts.items()]
    attributes += [{"key": key, "value": {"intValue": str(number)}} for key, number in numbers.items()]
    record = {
        "timeUnixNano": str(_nanoseconds(scene)),
        "severityNumber": 9,
        "eventName": "gen_ai.client.inference.operation.details",
        "attributes": attributes,
    }
    scope = {"scope": {"name": "assistant"}, "logRecords": [record]}
    return [Call(0.0, Sender.OTLP, orjson.dumps({"resourceLogs": [{"resource": {}, "scopeLogs": [scope]}]}))]


def _log_line(scene: Scene) -> dict[str, Any]:
    model = scene.random.choice(_MODELS)
    return {
        "event": LOG_EVENT,
        "id": scene.name(),
        "tenant": scene.company.tenant,
        "provider": model.provider,
        "model": model.name,
        "usage": model.usage(_tokens(scene)),
        "duration_ms": scene.random.randint(200, 4000),
    }


def _tokens(scene: Scene) -> _Tokens:
    asked, answered = scene.random.randint(100, 2000), scene.random.randint(20, 600)
    return _Tokens(asked, asked // 4, answered, answered // 5)


def _nanoseconds(scene: Scene, place: int = 0) -> int:
    return int(scene.at.timestamp() * 1_000_000) * 1_000 + place
