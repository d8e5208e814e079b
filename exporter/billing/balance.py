"""What is left of Twilio's prepaid money, and for how long.

Source: twilio.com/docs/usage/api/account-balance: a decimal string, negative when overdrawn; every field may be null.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from exporter.billing.money_text import amount_in, currency_in
from exporter.errors import Rejected
from exporter.ledger.bills import BilledAccount
from exporter.ledger.ledger import Ledger
from exporter.pricing.cost import EXACT, ZERO_USD
from exporter.reconcile.twilio_api import TwilioApi
from exporter.rest_api import ApiError, Sleep
from exporter.sources.twilio import Twilio, TwilioConfig

_DAY_S = 86_400


class _Balance(msgspec.Struct):
    balance: str | None = None
    currency: str | None = None


_BALANCE = msgspec.json.Decoder(_Balance)


class ReadBalance:
    """Reads the balance of the configured account."""

    def __init__(
        self, config: Callable[[], TwilioConfig], ledger: Ledger, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._sleep = sleep

    async def run(self) -> None:
        """Look once; what Twilio does not say is kept as unknown.

        Raises:
            ApiError: there is no balance that can be read; the old one stands.
            LedgerUnavailable: the next look finds it again.
        """
        config = self._config()
        api = TwilioApi(config, config.bills.api_url, self._sleep)
        stated = await api.document(api.uri("Balance.json"), _BALANCE)
        try:
            balance = amount_in("balance", stated.balance)
            currency = currency_in("currency", stated.currency)
        except Rejected as rejected:
            raise ApiError(f"the balance cannot be read: {rejected.detail}") from rejected
        account = BilledAccount(Twilio.name, config.account_sid or "")
        await self._ledger.bills.set_balance(account, balance, currency or None)


def runway_s(balance_usd: Decimal, daily_spend_usd: Sequence[Decimal]) -> float | None:
    """For how long the balance lasts at the mean of these days; None where nothing was spent."""
    spent_usd = ZERO_USD
    for amount_usd in daily_spend_usd:
        spent_usd = EXACT.add(spent_usd, amount_usd)
    if spent_usd <= 0:
        return None
    days = EXACT.divide(max(balance_usd, ZERO_USD) * len(daily_spend_usd), spent_usd)
    return float(days * _DAY_S)
