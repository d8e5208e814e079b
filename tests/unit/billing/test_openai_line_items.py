"""What OpenAI writes about a line of its bill; the format is not documented, so what is unclear is `other`."""

from __future__ import annotations

import pytest

from exporter.billing.openai_bill import kind_of
from exporter.billing.token_categories import CATEGORIES


@pytest.mark.parametrize(
    ("line_item", "kind"),
    [
        ("gpt-5.4-2026-03-05, input", "input"),
        ("gpt-5.4-2026-03-05, cached input", "cached_input"),
        ("ft:gpt-4o-2024-08-06, output", "output"),
        ("priority | gpt-5.6-sol, output, long context", "output"),
        ("gpt-audio-mini-2025-12-15 audio, input", "input_audio"),
        ("gpt-audio-mini-2025-12-15 audio, output", "output_audio"),
        ("gpt-audio-mini-2025-12-15 audio, cached input", "cached_input"),
        ("gpt-image-2 text, cached input", "cached_input"),
        ("GPT-4o, Input", "input"),
        ("web search tool calls", "other"),
        ("Image models", "other"),
        ("whisper-1, audio", "other"),
        ("input", "other"),
        ("", "other"),
    ],
)
def test_a_line_item_names_its_kind_of_token(line_item: str, kind: str) -> None:
    assert kind_of(line_item) == kind
    assert kind in CATEGORIES
