"""Whether a row meets a condition of a profile."""

from __future__ import annotations

from exporter.config.profile import Condition, Word
from exporter.scans.row import Row, number_in


def meets(row: Row, condition: Condition) -> bool:
    """All of `match`, none of `unless`, and something in each of `present`."""
    return (
        all(_is_any(row[column], words) for column, words in condition.match.items())
        and not any(_is_any(row[column], words) for column, words in condition.unless.items())
        and all(row[column] for column in condition.present)
    )


def _is_any(text: str | None, words: list[Word]) -> bool:
    return any(_is(text, word) for word in words)


def _is(text: str | None, word: Word) -> bool:
    """NULL is null and nothing else; numbers are compared as numbers."""
    if text is None or word is None:
        return text is word
    if isinstance(word, bool):
        return text == ("true" if word else "false")
    return number_in(text) == word if isinstance(word, int) else text == word
