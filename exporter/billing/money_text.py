"""Amounts as providers write them: decimal strings, often null, or numbers, with a currency in either case."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from exporter.errors import Reason, Rejected
from exporter.measure import EXACT

_LONGEST = 40
_LIMIT = Decimal("1e12")
_EXPONENTS = range(-18, 13)
_FINEST = Decimal("1E-18")


def amount_in(field: str, value: object) -> Decimal | None:
    """The number in a text; None where there is none.

    Raises:
        Rejected: the value is no text, or the text no decimal below 1e12 with at most 18 decimals.
    """
    if value is None or value == "":
        return None
    amount = _decimal(value) if isinstance(value, str) and len(value) <= _LONGEST else None
    if amount is None or amount.as_tuple().exponent not in _EXPONENTS or abs(amount) >= _LIMIT:
        raise Rejected(Reason.BAD_FIELD, f"{field}: not a decimal number below 1e12")
    return amount


def rounded(field: str, amount: Decimal, power: int = 0) -> Decimal:
    """An amount times ten to that power, at the finest that totals keep: OpenAI writes `0E-6176` for nothing.

    Raises:
        Rejected: it is no number below 1e12.
    """
    if not amount.is_finite() or amount.copy_abs() >= _LIMIT:
        raise Rejected(Reason.BAD_FIELD, f"{field}: not a decimal number below 1e12")
    return amount.scaleb(power, EXACT).quantize(_FINEST, context=EXACT)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def currency_in(field: str, value: object) -> str:
    """The currency in upper case, empty where there is none.

    Raises:
        Rejected: the value is no currency.
    """
    if value is None or value == "":
        return ""
    if not (isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha()):
        raise Rejected(Reason.BAD_FIELD, f"{field}: not a currency of three letters")
    return value.upper()
