"""How a person is found in texts: a pattern that PostgreSQL and Python read alike, ignoring case; pure."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

_LEAST_DIGITS = 8
_LEAST_TEXT = 8
"""What is shorter stands in too many ids of others."""
_GAP = r"[ ().-]{0,2}"
_PREFIX = re.compile(r"^(whatsapp|messenger|sms|tel|mailto):", re.IGNORECASE)


class PersonKind(StrEnum):
    """By what a person is named."""

    USER = "user"
    NUMBER = "number"
    EMAIL = "email"


class Person(NamedTuple):
    """Whom an erasure is about, in one tenant.

    Attributes:
        user: the application's name of the person; None where only an address is known.
        pattern: finds them in any text.
        customers: their addresses as events may write them.
        salt: of the names that ids get which hold an address.
    """

    tenant: str
    user: str | None
    pattern: str
    customers: list[str]
    salt: str


def person(tenant: str, kind: PersonKind, subject: str, addresses: Iterable[str], salt: str) -> Person:
    """Somebody by their name, with the addresses that are known of them."""
    user = subject if kind is PersonKind.USER else None
    told = [one for one in (_PREFIX.sub("", one) for one in addresses) if _tells(one)]
    known = list(dict.fromkeys(told if user else [*told, subject]))
    patterns = [_address_pattern(one) for one in known]
    if user is not None:
        patterns.append(_user_pattern(user))
    customers = [form for one in known for form in _written(one)]
    return Person(tenant, user, "|".join(patterns), customers, salt)


def _tells(address: str) -> bool:
    """Whether it is long enough to be nobody else's."""
    return len(_digits(address)) >= _LEAST_DIGITS or len(address) >= _LEAST_TEXT


def _written(address: str) -> tuple[str, ...]:
    if _is_number(address):
        digits = _digits(address)
        return tuple(f"{before}{digits}" for before in ("", "+", "whatsapp:", "whatsapp:+"))
    return (address, address.lower())


def _address_pattern(address: str) -> str:
    if _is_number(address):
        digits = _digits(address)
        return "|".join((_GAP.join(digits), *_base64_patterns(digits)))
    return "|".join((_text_pattern(address), *_base64_patterns(address), *_base64_patterns(address.lower())))


def _user_pattern(user: str) -> str:
    """A short name is looked for where a user stands; a long one everywhere."""
    if len(user) >= _LEAST_TEXT:
        return "|".join((_text_pattern(user), *_base64_patterns(user)))
    return rf'"user(_?id)?"\s*:\s*"?{_text_pattern(user)}"?\s*[,}}]'


def _text_pattern(text: str) -> str:
    """The text as it is, URL-encoded or escaped by JSON."""
    return "".join(one if one.isascii() and one.isalnum() else _any_form(one) for one in text)


def _any_form(one: str) -> str:
    percent = "".join(f"%{byte:02x}" for byte in one.encode())
    # A search through bytes shows what is no ASCII as octal numbers.
    octal = "".join(rf"\\{byte:03o}" for byte in one.encode()) if not one.isascii() else ""
    units = one.encode("utf-16-be")
    escaped = "".join(rf"\\+u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
    return f"({'|'.join(filter(None, (re.escape(one), percent, octal, escaped)))})"


def _base64_patterns(text: str) -> list[str]:
    """What of its base64 is the same whatever stands before and after, for each of the three ways it may lie."""
    size = len(text.encode())
    found = []
    for shift in range(3):
        encoded = b64encode(b"\0" * shift + text.encode() + b"\0\0").decode()
        core = encoded[-(-shift * 8 // 6) : (shift + size) * 8 // 6]
        found.append(core.replace("+", "[+-]").replace("/", "[/_]"))
    return found


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _is_number(address: str) -> bool:
    return re.fullmatch(r"\+?[0-9 ().-]+", address) is not None and len(_digits(address)) >= _LEAST_DIGITS
