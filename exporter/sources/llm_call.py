"""An LLM call as applications report it: with the usage object of any API, or its whole response."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import NEVER_STATED, Event, Llm, Name, Seconds, Usage
from exporter.sources.llm_usage import check_parts, tier_name, usage_of
from exporter.sources.strict_json import plain
from exporter.vocabulary import LlmStatus

_OWN_NAMES = frozenset(Usage.__struct_fields__)


class _Meta(msgspec.Struct):
    billed_units: dict[str, Any] | None = None


class Response(msgspec.Struct, frozen=True):
    """What an API answered: its model and usage, under the names that OpenAI, Anthropic, Google and Cohere use."""

    model: Name | None = None
    modelVersion: Name | None = None
    model_version: Name | None = None
    usage: dict[str, Any] | None = None
    usageMetadata: dict[str, Any] | None = None
    usage_metadata: dict[str, Any] | None = None
    meta: _Meta | None = None
    service_tier: Any = None

    def named_model(self) -> str | None:
        """The model that answered."""
        return self.model or self.modelVersion or self.model_version

    def stated_usage(self) -> dict[str, Any] | None:
        """The usage object."""
        billed = self.meta.billed_units if self.meta else None
        return self.usage or self.usageMetadata or self.usage_metadata or billed


class LlmCall(Event, frozen=True, kw_only=True, tag="llm"):
    """Llm, before its tokens are counted."""

    provider: Name
    model: Name | None = None
    usage: dict[str, Any] | None = None
    response: Response | None = None
    operation: Name = "chat"
    service_tier: Name | None = None
    status: LlmStatus = LlmStatus.OK
    latency_seconds: Seconds | None = None
    cost_usd: Decimal | None = None


_WORKED_OUT = ("model", "usage", "service_tier")
_AS_STATED = tuple(field for field in Llm.__struct_fields__ if field not in (*_WORKED_OUT, *NEVER_STATED))


def llm_event(call: LlmCall) -> Llm:
    """The event that a call is; without any usage, as of a call that failed, it has no tokens.

    Raises:
        Rejected: no model is named, or its usage cannot be counted.
    """
    model = call.model or (call.response.named_model() if call.response else None)
    if model is None:
        raise Rejected(Reason.MISSING_FIELD, "model: missing")
    stated = {field: getattr(call, field) for field in _AS_STATED}
    reported = _reported(call)
    return Llm(model=model, usage=_usage(call, reported), service_tier=_tier(call, reported), **stated)


def _tier(call: LlmCall, reported: dict[str, Any]) -> str | None:
    """In the first place that names one; Anthropic's usage does."""
    answered = call.response.service_tier if call.response else None
    return call.service_tier or tier_name(answered) or tier_name(reported.get("service_tier"))


def _reported(call: LlmCall) -> dict[str, Any]:
    """The usage object; empty where the call states none."""
    if call.usage is not None or call.response is None:
        return call.usage or {}
    reported = call.response.stated_usage()
    if reported is None:
        raise Rejected(Reason.MISSING_FIELD, "response.usage: missing")
    return reported


def _usage(call: LlmCall, reported: dict[str, Any]) -> Usage:
    if call.usage is None and call.response is None:
        return Usage()
    if "input_tokens" in reported and reported.keys() <= _OWN_NAMES:
        return _in_own_words(reported)
    return usage_of(reported, call.provider, call.operation)


def _in_own_words(reported: dict[str, Any]) -> Usage:
    """The most frequent usage, ten times as fast as one to be translated."""
    try:
        usage = msgspec.convert(reported, Usage)
    except msgspec.ValidationError as error:
        raise Rejected(Reason.BAD_FIELD, f"usage.{plain(error)}") from None
    check_parts(usage)
    return usage
