"""The categories of what providers of language models bill: kinds of tokens, and what is not charged by tokens.

Applications may state the cost of a call as a whole, and providers bill reasoning as output; so all kinds of tokens are
compared together.
"""

from __future__ import annotations

from exporter.billing.bill_source import Category
from exporter.vocabulary import Channel, Component

OTHER = "other"
"""Searches, code execution, storage: counted, but we estimate nothing of it."""

_ALL_TOKENS = frozenset(
    {
        Component.LLM,
        Component.LLM_INPUT,
        Component.LLM_CACHED_INPUT,
        Component.LLM_CACHE_WRITE,
        Component.LLM_INPUT_AUDIO,
        Component.LLM_OUTPUT,
        Component.LLM_REASONING,
        Component.LLM_OUTPUT_AUDIO,
    }
)


def _tokens(component: Component) -> Category:
    return Category("tokens", Channel.LLM, component, _ALL_TOKENS)


CATEGORIES = {
    "input": _tokens(Component.LLM_INPUT),
    "cached_input": _tokens(Component.LLM_CACHED_INPUT),
    "cache_write": _tokens(Component.LLM_CACHE_WRITE),
    "input_audio": _tokens(Component.LLM_INPUT_AUDIO),
    "output": _tokens(Component.LLM_OUTPUT),
    "output_audio": _tokens(Component.LLM_OUTPUT_AUDIO),
    OTHER: Category("", Channel.LLM, Component.OTHER),
}
