"""Price lists that providers gave, with their dates: kept for good, so that old messages keep their prices."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from exporter.ledger.connection import Pool, passing_errors
from exporter.ledger.statement import statement

_LOOK_S = 60.0


class RateCard(NamedTuple):
    """One list as JSON; see the columns of rate_cards."""

    country: str
    valid_from: datetime
    fetched_at: datetime
    body: str


async def rate_cards(pool: Pool, provider: str, account: str) -> list[RateCard]:
    """Every list of an account, by country and from the oldest on.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors():
        rows = await pool.fetch(statement("rate_cards"), provider, account)
    return [RateCard(*row) for row in rows]


async def keep_rate_card(
    pool: Pool, provider: str, account: str, country: str, fetched_at: datetime, body: str
) -> bool:
    """Keep a list that was just fetched; the answer is whether it differs from the one before.

    `body` is JSON, the same text for the same list.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    digest = hashlib.sha256(body.encode()).digest()
    async with passing_errors():
        kept: bool = await pool.fetchval(
            statement("keep_rate_card"), provider, account, country, fetched_at, digest, body
        )
    return kept


async def countries_named(pool: Pool, provider: str, since: datetime) -> frozenset[str]:
    """The countries of a provider's SMS and MMS that began since then; a long time back takes its time.

    Raises:
        LedgerUnavailable: the ledger does not answer.
    """
    async with passing_errors(), pool.acquire() as connection, connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {int(_LOOK_S * 1000)}")
        rows = await connection.fetch(statement("countries_named"), provider, since, timeout=_LOOK_S)
    return frozenset(row["country"] for row in rows)
