"""Label values from outside: no personal data, no garbage, no name of ours."""

from __future__ import annotations

import re
from functools import lru_cache

from exporter.catalogue import OVERFLOW

NONE = "_none"
REDACTED = "_redacted"

_LONGEST = 128
_REMEMBERED = 16_384
_PLUS_NUMBER = re.compile(r"(?:[+\uff0b]|%2b|&#43;)(?:[\W_]{0,3}\d){7}", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"(?:(?:tel|sms|whatsapp|messenger):)?[\d\W_]+", re.IGNORECASE)
_BARE_DIGITS = 10
_DIGIT = re.compile(r"\d")
_UUID = re.compile(r"\d{8}-(?:\d{4}-){3}\d{12}")
_EMAIL = re.compile(r"[^\s@\uff20]+(?:[@\uff20]|%40)[^\s@\uff20]+\.[^\s@\uff20]")


@lru_cache(_REMEMBERED)
def label(value: str) -> str:
    """The value as it may be published.

    A phone number or an e-mail address becomes `_redacted`, what is too long `_other`, nothing `_none`;
    characters that do not print are dropped. A value that begins with `_` gets a second one, so that
    nobody outside can write under a name of ours and two values never become one by it.
    """
    shown = value if value.isprintable() else "".join(filter(str.isprintable, value))
    shown = shown.strip()
    if not shown:
        return NONE
    if len(shown) > _LONGEST:
        return OVERFLOW
    if _is_personal(shown):
        return REDACTED
    return f"_{shown}" if shown.startswith("_") else shown


def _is_personal(value: str) -> bool:
    return bool(_PLUS_NUMBER.search(value) or _EMAIL.search(value)) or _is_bare_number(value)


def _is_bare_number(value: str) -> bool:
    if not _BARE_NUMBER.fullmatch(value) or _UUID.fullmatch(value):
        return False
    return len(_DIGIT.findall(value)) >= _BARE_DIGITS
