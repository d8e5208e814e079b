"""What providers bill, as the ledger keeps it: every line with its history, balances, and money not settled yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement


class BilledAccount(NamedTuple):
    """An account at a provider, by the provider's own id."""

    provider: str
    account: str


class BillLine(NamedTuple):
    """What a provider billed for a day under one of its categories.

    Attributes:
        day: by the provider's calendar; Twilio's is UTC.
        amount: in units of `currency`, never in cents; a credit is negative.
        currency: three letters, upper case.
        units: what was charged for, such as segments; None where the provider does not say.
        is_total: the provider's own sum of the day.
    """

    day: date
    category: str
    amount: Decimal
    currency: str
    units: Decimal | None = None
    is_total: bool = False


class BilledAmount(NamedTuple):
    """An amount in US dollars that stood on a bill at some time."""

    day: date
    category: str
    amount_usd: Decimal


class AccountState(NamedTuple):
    """When a bill was last read to the end, and what is left of the account's prepaid money; None is unknown."""

    fetched_at: datetime | None = None
    balance: Decimal | None = None
    balance_currency: str | None = None


class Unsettled(NamedTuple):
    """Estimated money of messages without a price of the provider, between two bounds."""

    tenant: str
    channel: str
    low_usd: Decimal
    high_usd: Decimal


class Bills:
    """The bills in the ledger's PostgreSQL; each method raises LedgerUnavailable when it does not answer."""

    def __init__(self, connected: Callable[[], Pool]) -> None:
        self._connected = connected

    async def record(self, of: BilledAccount, fetched_at: datetime, lines: Sequence[BillLine]) -> int:
        """Keep what is new of a whole bill, and that it was read; the answer is how many lines were new."""
        rows = [(n.day, n.category, n.amount, n.currency, n.units, n.is_total) for n in lines]
        columns = list(map(list, zip(*rows, strict=True))) or [[] for _ in range(6)]
        async with passing_errors():
            new: int = await self._connected().fetchval(statement("record_bill"), *of, fetched_at, *columns)
        return new

    async def history(self, of: BilledAccount, since: date, categories: Iterable[str]) -> list[BilledAmount]:
        """Every amount that these categories ever had in dollars, oldest first.

        Later answers only have more at their end: lines become visible in the order of their ids.
        """
        async with passing_errors():
            rows = await self._connected().fetch(statement("bill_history"), *of, since, list(categories))
        return [BilledAmount(*row) for row in rows]

    async def newest(self, of: BilledAccount, since: date) -> list[BillLine]:
        """The lines that stand."""
        async with passing_errors():
            rows = await self._connected().fetch(statement("newest_bills"), *of, since)
        return [BillLine(*row) for row in rows]

    async def state(self, of: BilledAccount) -> AccountState:
        """What is known of an account."""
        async with passing_errors():
            row = await self._connected().fetchrow(statement("bill_account"), *of)
        return AccountState() if row is None else AccountState(*row)

    async def set_balance(self, of: BilledAccount, balance: Decimal | None, currency: str | None) -> None:
        """Keep the newest balance."""
        async with passing_errors():
            await self._connected().execute(statement("set_account_balance"), *of, balance, currency)

    async def replace_unsettled(self, of: BilledAccount, unsettled: Sequence[Unsettled]) -> None:
        """Put these in the place of what stood."""
        columns = list(map(list, zip(*unsettled, strict=True))) or [[] for _ in range(4)]
        async with passing_errors():
            await self._connected().execute(statement("replace_unsettled"), *of, *columns)

    async def unsettled(self, of: BilledAccount) -> list[Unsettled]:
        """What is not settled as of the last look."""
        async with passing_errors():
            rows = await self._connected().fetch(statement("unsettled"), *of)
        return [Unsettled(*row) for row in rows]
