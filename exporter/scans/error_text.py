"""What a free-text error of an application's table means, in the closed words of ErrorClass."""

from __future__ import annotations

import re

from exporter.error_class import error_class as class_of_code
from exporter.vocabulary import ErrorClass

_CODE = re.compile(r"(?<!\d)(13\d{4}|[1-6]\d{4})(?!\d)")
_WORDS = (
    ("timed out", ErrorClass.TIMEOUT),
    ("timeout", ErrorClass.TIMEOUT),
    ("rate limit", ErrorClass.RATE_LIMITED),
    ("too many requests", ErrorClass.RATE_LIMITED),
    ("unsubscribed", ErrorClass.OPTED_OUT),
    ("opted out", ErrorClass.OPTED_OUT),
    ("invalid number", ErrorClass.INVALID_NUMBER),
    ("not a valid phone", ErrorClass.INVALID_NUMBER),
    ("unreachable", ErrorClass.UNREACHABLE),
    ("blocked", ErrorClass.BLOCKED),
    ("authenticat", ErrorClass.AUTH),
)


def meaning_of(text: str | None) -> ErrorClass:
    """What a free-text error means: by a provider's code in it, else by its words, else `other`."""
    if not text:
        return ErrorClass.UNKNOWN
    code = _CODE.search(text)
    if code:
        return class_of_code(code.group(1))
    lowered = text.lower()
    return next((meaning for words, meaning in _WORDS if words in lowered), ErrorClass.OTHER)
