"""Payment providers write money as whole numbers of a currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal

_NO_DECIMALS = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THREE_DECIMALS = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


def in_units(minor: int, currency: str) -> Decimal:
    """Money in units of its currency, as Stripe counts its smallest ones.

    ISK and UGX have no smaller unit any more, and Stripe still writes them with two decimals.

    Source: docs.stripe.com/currencies, zero-decimal and three-decimal currencies.
    """
    if currency in _NO_DECIMALS:
        return Decimal(minor)
    return Decimal(minor).scaleb(-3 if currency in _THREE_DECIMALS else -2)
