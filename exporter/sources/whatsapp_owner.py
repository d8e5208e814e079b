"""Whose a WhatsApp notification is: the tenant, and our number under a name that may be published."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from exporter.event import DEFAULT_TENANT
from exporter.sources.ledger_text import ledger_text

_LONGEST_NUMBER = 64
_PUNCTUATION = str.maketrans("", "", "+-.() ")


class Owner(NamedTuple):
    """Our side of a change.

    Attributes:
        sender: our number's alias, else `phone_number_id:<id>`, else `waba:<business account id>`; never a
            telephone number. A bare id would be taken for one and redacted.
        number: our number, which only the ledger needs: its digits behind a plus, else its id.
    """

    tenant: str
    sender: str | None
    number: str | None = None


class Directory:
    """Which tenant and which alias our numbers and accounts have.

    Args:
        tenants: by phone-number id or business account id.
        senders: aliases by phone-number id, display phone number in any spelling, or business account id.
    """

    def __init__(self, tenants: Mapping[str, str], senders: Mapping[str, str]) -> None:
        self._tenants = tenants
        self._senders = {number.translate(_PUNCTUATION): alias for number, alias in senders.items()}

    def owner(self, account_id: object, metadata: object, *display_numbers: object) -> Owner:
        """Whose a change is; values of any type pass, since samples disagree about them."""
        ours = metadata if isinstance(metadata, dict) else {}
        account = ledger_text(account_id, _LONGEST_NUMBER)
        number = ledger_text(ours.get("phone_number_id"), _LONGEST_NUMBER)
        tenant = self._tenants.get(number or "") or self._tenants.get(account or "") or DEFAULT_TENANT
        alias = self._alias(number, ours.get("display_phone_number"), *display_numbers)
        if alias is None and number is not None:
            alias = f"phone_number_id:{number}"
        if alias is None and account is not None:
            alias = self._alias(account) or f"waba:{account}"
        return Owner(tenant, alias, _telephone(ours.get("display_phone_number")) or number)

    def _alias(self, *numbers: object) -> str | None:
        known = self._senders
        if not known:
            return None
        named = (known.get(n.translate(_PUNCTUATION)) for n in numbers if isinstance(n, str))
        return next(filter(None, named), None)


def _telephone(display_number: object) -> str | None:
    """As Twilio writes a number, which may be one of its own."""
    number = ledger_text(display_number, _LONGEST_NUMBER)
    digits = number.translate(_PUNCTUATION) if number else ""
    return f"+{digits}" if digits.isascii() and digits.isdigit() else None
