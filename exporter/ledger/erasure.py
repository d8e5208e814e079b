"""Erasing a person: out of every table, with totals and sums as they were.

The order is written down first and searched for in small transactions, each with how far it is, so that whoever looks
next goes on where this one died.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import msgspec
import orjson

from exporter.errors import LedgerUnavailable
from exporter.event import AnyEvent
from exporter.ledger.connection import Connection, Pool, PoolConnection, connect, passing_errors
from exporter.ledger.erased_event import Eraser
from exporter.ledger.person import Person, PersonKind, person
from exporter.ledger.statement import statement

log = logging.getLogger(__name__)

_WINDOW_EVENTS = 2_000
_COMMAND_S = 600.0
_ROLL_UPS = 5
_PAUSE_S = 0.3
_ONE_AT_A_TIME = 4702394921427289933
_decode = msgspec.json.Decoder(AnyEvent).decode
_encode = msgspec.json.Encoder().encode


class _Place(NamedTuple):
    """A table beside the events, and what of the person its statement asks for."""

    table: str
    statement: str
    asks: tuple[str, ...]


_PLACES = (
    # Threads before messages, by which their providers are known.
    _Place("threads", "erase_threads", ("tenant", "customers")),
    _Place("messages", "erase_messages", ("tenant", "pattern", "salt", "user", "customers")),
    _Place("event_keys", "erase_event_keys", ("tenant", "pattern", "salt")),
    _Place("credit_balances", "erase_credit_balances", ("tenant", "pattern", "salt", "user")),
    _Place("parked_events", "erase_parked", ("tenant", "pattern")),
    _Place("rollup_day", "erase_rollup_day", ("tenant", "pattern", "user")),
    _Place("scan_open_rows", "erase_open_rows", ("pattern",)),
    _Place("pages", "erase_pages", ("pattern",)),
    # Notifications before webhooks, of which they become messages.
    _Place("notification_users", "erase_notification_users", ("tenant", "pattern", "user")),
    _Place("notifications", "erase_notifications", ("tenant", "pattern", "salt")),
    _Place("webhook_deliveries", "erase_webhooks", ("tenant", "pattern", "user")),
    _Place("conversation_states", "erase_conversations", ("tenant", "pattern", "salt")),
    _Place("erasures", "erase_erasures", ("tenant", "pattern", "user")),
)
"""Every table that may hold something of a person; a test searches all columns of all tables."""


class Erasure(NamedTuple):
    """An erasure without whom it is about.

    Attributes:
        finished_at: None while it waits or runs.
        counts: rows changed or deleted, by table.
    """

    erasure_id: str
    kind: str
    requested_by: str
    requested_at: datetime
    finished_at: datetime | None
    counts: dict[str, int]


class Erasures:
    """The erasures in the ledger's PostgreSQL; each method raises LedgerUnavailable when it does not answer.

    Args:
        roll_up: brings the sums to the ledger's end, so that none of a user is added after they were deleted.
    """

    def __init__(
        self, dsn: str, connected: Callable[[], Pool], roll_up: Callable[[], Awaitable[object]]
    ) -> None:
        self._dsn = dsn
        self._connected = connected
        self._roll_up = roll_up

    async def request(self, tenant: str, kind: PersonKind, subject: str, requested_by: str) -> UUID:
        """Write an order down; it is done by `run` or `run_all`."""
        async with passing_errors():
            found: UUID = await self._connected().fetchval(
                statement("request_erasure"), tenant, kind.value, subject, requested_by
            )
        return found

    async def of(self, tenant: str, erasure_id: UUID | None = None) -> list[Erasure]:
        """See erasures_of."""
        async with passing_errors(), self._connected().acquire() as connection:
            return await erasures_of(connection, tenant, erasure_id)

    async def run_all(self) -> None:
        """Do every erasure that waits."""
        while True:
            async with passing_errors():
                row = await self._connected().fetchrow(statement("next_erasure"))
            if row is None:
                return
            await self.run(row["tenant"], row["erasure_id"])

    async def run(self, tenant: str, erasure_id: UUID) -> None:
        """Do one erasure, from where it was left; one that is done stays as it is."""
        async with self._alone() as connection, passing_errors():
            row = await connection.fetchrow(statement("read_erasure"), erasure_id, tenant)
            if row is None:
                return
            whom = await _whom(connection, erasure_id, row)
            await _erase_events(connection, erasure_id, whom, row["done_seq"])
            await self._rolled_up()
            for place in _PLACES:
                await _erase_place(connection, erasure_id, whom, place)
            counts = await connection.fetchval(statement("finish_erasure"), erasure_id)
        log.info("erasure %s of a %s in tenant %s: %s", erasure_id, row["kind"], tenant, counts)

    async def _rolled_up(self) -> None:
        """Roll up, again where another replica was faster."""
        for _ in range(_ROLL_UPS):
            with suppress(LedgerUnavailable):
                await self._roll_up()
                return
            await asyncio.sleep(_PAUSE_S)
        await self._roll_up()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Connection]:
        """A connection of its own: the search takes longer than others should wait for one."""
        connection = await connect(self._dsn, application="erase", command_s=_COMMAND_S)
        try:
            async with passing_errors():
                await connection.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME)
            yield connection
        finally:
            connection.terminate()


async def erasures_of(
    connection: PoolConnection, tenant: str, erasure_id: UUID | None = None
) -> list[Erasure]:
    """The newest erasures of a tenant, or that one."""
    rows = await connection.fetch(statement("erasures"), tenant, erasure_id)
    return [Erasure(**{**row, "counts": orjson.loads(row["counts"])}) for row in rows]


async def _whom(connection: Connection, erasure_id: UUID, row: asyncpg.Record) -> Person:
    kind, addresses = PersonKind(row["kind"]), row["addresses"]
    if addresses is None and kind is PersonKind.USER:
        addresses = await connection.fetchval(
            statement("addresses_of_user"), row["tenant"], row["subject"], erasure_id
        )
    return person(row["tenant"], kind, row["subject"], addresses or (), row["salt"])


async def _erase_events(connection: Connection, erasure_id: UUID, whom: Person, done_seq: int) -> None:
    first, last = await connection.fetchrow(statement("seqs_to_erase")) or (1, 0)
    eraser = Eraser(whom)
    for after in range(max(done_seq, first - 1), last, _WINDOW_EVENTS):
        upto = min(after + _WINDOW_EVENTS, last)
        async with connection.transaction():
            found = await connection.fetch(
                statement("events_of_person"), after, upto, whom.tenant, whom.user, whom.pattern
            )
            if found:
                rows = [_without_person(eraser, row) for row in found]
                await connection.execute(statement("erase_events"), *map(list, zip(*rows, strict=True)))
            await connection.execute(statement("erased_up_to"), erasure_id, upto, len(found))


def _without_person(eraser: Eraser, row: asyncpg.Record) -> tuple[Any, ...]:
    event = eraser.event(_decode(row["data"]), is_theirs=bool(row["theirs"]))
    key, message_id = eraser.identity(row["key"]), eraser.identity(row["message_id"])
    outlet = None if eraser.names(row["outlet"]) else row["outlet"]
    return (row["seq"], key, message_id, outlet, event.user, event.conversation_id, _encode(event))


async def _erase_place(connection: Connection, erasure_id: UUID, whom: Person, place: _Place) -> None:
    async with connection.transaction():
        done = await connection.execute(
            statement(place.statement), *(getattr(whom, name) for name in place.asks)
        )
        await connection.execute(
            statement("erased_place"), erasure_id, place.table, int(done.rpartition(" ")[2])
        )
