"""What statuses and messages of WhatsApp have in common: ids, addresses and errors of any type."""

from __future__ import annotations

from exporter.country import country_of
from exporter.errors import Reason, Rejected
from exporter.sources.ledger_text import ledger_text

_LONGEST_ERROR_CODE = 64


def message_id_of(value: object) -> str:
    """The id of a message.

    Raises:
        Rejected: there is none, or none that the ledger can hold.
    """
    if value is None:
        raise Rejected(Reason.MISSING_FIELD, "id: no message id")
    text = ledger_text(value)
    if text is None:
        raise Rejected(Reason.BAD_FIELD, "id: not text that can be stored")
    return text


def first_text(*values: object) -> str | None:
    """The first that is text, such as a number, else a user id."""
    for value in values:
        if value is not None and (text := ledger_text(value)):
            return text
    return None


def country_of_address(address: str | None) -> str | None:
    """Of a telephone number, or of a business-scoped user id, which begins with it: `US.13491208655302741918`."""
    if address is None:
        return None
    if address[2:3] == "." and address[:2].isascii() and address[:2].isupper():
        return address[:2] if address[:2].isalpha() else None
    return country_of(address)


def error_code(errors: object) -> str | None:
    """The code of the first error; Meta writes it as a number."""
    code = member(errors[0], "code") if isinstance(errors, list) and errors else None
    return ledger_text(str(code) if type(code) is int else code, _LONGEST_ERROR_CODE)


def member(value: object, name: str) -> object:
    """A member of what may be no object."""
    return value.get(name) if isinstance(value, dict) else None
