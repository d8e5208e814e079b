"""What may stand in a text column of the ledger."""

from __future__ import annotations

LONGEST_ID = 512
LONGEST_NAME = 128


def ledger_text(value: object, longest: int = LONGEST_ID) -> str | None:
    """The text itself, or None when it is no text, empty, too long, or holds what PostgreSQL cannot store."""
    if not isinstance(value, str) or not 0 < len(value) <= longest or "\0" in value:
        return None
    # Lone surrogates are the only strings that UTF-8 has no bytes for.
    return value if value.isascii() or _is_utf8(value) else None


def _is_utf8(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
