"""Connections to PostgreSQL: finite waits, and one kind of error for everything that may pass."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

from exporter.errors import ExporterError, LedgerUnavailable
from exporter.ledger.statement import migrations, statement

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
PoolConnection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"

_CONNECT_LIMIT_S = 3.0
_MIGRATE_LIMIT_S = 60.0
POISON = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
    ValueError,
    OverflowError,
)
"""What the database says of a value it cannot hold; asking again does not help."""


@asynccontextmanager
async def passing_errors() -> AsyncIterator[None]:
    """Turn whatever may be over at the next try into LedgerUnavailable, without the connection string.

    A server that is starting, stopping, full, read-only, gone or refuses our password is not our end.
    """
    try:
        yield
    except POISON:
        raise
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        OSError,
        TimeoutError,
    ) as error:
        raise LedgerUnavailable(f"{type(error).__name__}: {error}".rstrip(": ")) from error


async def connect(dsn: str, *, application: str, command_s: float, **settings: str) -> Connection:
    """A connection of its own, for work that must not wait for a pool.

    Raises:
        LedgerUnavailable: the server does not take the connection now.
    """
    async with passing_errors():
        return await asyncpg.connect(
            dsn,
            timeout=_CONNECT_LIMIT_S,
            command_timeout=command_s,
            server_settings={"application_name": f"comms-exporter {application}", "jit": "off", **settings},
        )


async def open_pool(dsn: str, *, size: int, command_s: float) -> Pool:
    """A pool that connects when it is first needed."""
    settings = {"application_name": "comms-exporter", "jit": "off"}
    settings["statement_timeout"] = str(int(command_s * 1000))
    async with passing_errors():
        pool = asyncpg.create_pool(
            dsn,
            min_size=0,
            max_size=size,
            timeout=_CONNECT_LIMIT_S,
            command_timeout=command_s,
            server_settings=settings,
            reset=keep_session,
        )
        return await pool


async def keep_session(connection: Connection) -> None:
    """Nothing to undo: what runs on the pool leaves no session state, and the usual reset is one more round trip."""


async def check_durability(connection: Connection) -> None:
    """Refuse a server that may forget what it acknowledged.

    Raises:
        ExporterError: `fsync` or `synchronous_commit` is off.
    """
    async with passing_errors():
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            if await connection.fetchval("SELECT current_setting($1)", name) == "off":
                raise ExporterError(
                    f"the database runs with {name}=off and may lose acknowledged events; "
                    "turn it on, or set ledger.allow_unsafe_durability"
                )


async def migrate(connection: Connection) -> None:
    """Bring the schema up to date; one replica at a time, each file in full or not at all.

    Raises:
        ExporterError: the database was made by a newer version.
    """
    async with passing_errors(), asyncio.timeout(_MIGRATE_LIMIT_S), connection.transaction():
        await connection.execute(statement("lock_migrations"))
        await connection.execute(statement("migrations_table"))
        applied = await connection.fetchval("SELECT coalesce(max(version), 0) FROM schema_migrations")
        known = migrations()
        if applied > known[-1][0]:
            raise ExporterError(f"the database has schema {applied}, this version knows {known[-1][0]}")
        for number, name, text in known:
            if number > applied:
                await connection.execute(text)
                await connection.execute(statement("record_migration"), number, name)
