"""Text of callers that is kept: what PostgreSQL can hold, and what a line or a mail may show."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from exporter.sources.ledger_text import ledger_text


def storable(value: str) -> str:
    """The text, if the ledger can hold it.

    Raises:
        ValueError: it cannot.
    """
    if ledger_text(value) is None:
        raise ValueError("must not be empty or hold NUL")
    return value


def _line(value: str) -> str:
    if not value.isprintable() or not value.strip():
        raise ValueError("must be one line of characters that print")
    return value


def _prose(value: str) -> str:
    if not value.replace("\n", "").replace("\t", "").isprintable() or not value.strip():
        raise ValueError("must be lines of characters that print")
    return value


Line = Annotated[str, AfterValidator(_line)]
Prose = Annotated[str, AfterValidator(_prose)]
StoredId = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_line)]
