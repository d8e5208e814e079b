"""How WhatsApp says that it charges a message: by message (PMP, since July 2025) or by conversation (CBP).

Source: developers.facebook.com, WhatsApp, messages status webhook reference and pricing (2026-03).
"""

from __future__ import annotations

from exporter.sources.ledger_text import LONGEST_NAME, ledger_text


def category_and_type(pricing: object, conversation: object) -> tuple[str | None, str | None]:
    """The category in one spelling, and `type`, else what is known without it.

    A charge by conversation has no type: `conversation` says that it is one for all messages of that conversation.
    """
    stated = pricing if isinstance(pricing, dict) else {}
    category = _word(stated.get("category")) or _origin(conversation)
    return category, _word(stated.get("type")) or _type_left_out(stated)


def _type_left_out(pricing: dict[str, object]) -> str | None:
    billable = pricing.get("billable")
    if billable is False:
        return "free"
    if pricing.get("pricing_model") == "CBP":
        return "conversation"
    return "regular" if billable is True else None


def _origin(conversation: object) -> str | None:
    origin = conversation.get("origin") if isinstance(conversation, dict) else None
    return _word(origin.get("type")) if isinstance(origin, dict) else None


def _word(value: object) -> str | None:
    """In lower case with underscores: Meta writes authentication-international and authentication_international."""
    text = ledger_text(value, LONGEST_NAME)
    return None if text is None else text.lower().replace("-", "_")
