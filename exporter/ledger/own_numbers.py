"""The numbers that we rent, as the ledger knows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from exporter.ledger.bills import BilledAccount
from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement


class OwnNumber(NamedTuple):
    """A number of ours and its rent.

    Attributes:
        number: as Message.own_number has it.
        alias: the operator's name for it.
    """

    number: str
    tenant: str
    alias: str | None
    monthly_rent_usd: Decimal


async def replace_own_numbers(
    pool: Pool, of: BilledAccount, listed_at: datetime, numbers: Sequence[OwnNumber]
) -> None:
    """Put a whole list, without repeats, in the place of the one before.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    columns = list(map(list, zip(*numbers, strict=True))) or [[] for _ in OwnNumber._fields]
    async with passing_errors():
        await pool.execute(statement("replace_own_numbers"), *of, listed_at, *columns)
