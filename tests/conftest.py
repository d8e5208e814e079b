"""Fixtures of every test: a real PostgreSQL for the session, a fresh database cloned for each test."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest
from prometheus_client import CollectorRegistry

from exporter.config import Config, LedgerConfig
from exporter.event import Message, Submission
from exporter.ledger.append import Price, unpriced
from exporter.ledger.connection import migrate
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.ledger import Ledger
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals
from exporter.vocabulary import Channel, Direction, Status

# A busy machine may stall for longer than an exporter would wait; what waiting in vain does has tests of its own.
PATIENT = LedgerConfig(append_timeout_s=20)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_numbers = itertools.count()


class Server(Protocol):
    """The session's PostgreSQL."""

    def dsn(self, database: str) -> str: ...


class _Server:
    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self._postgres = postgres

    def dsn(self, database: str) -> str:
        return self._postgres.dsn.replace("/postgres?", f"/{database}?")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Server]:
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("pg"))

    async def begin() -> None:
        await postgres.start()
        connection = await asyncpg.connect(postgres.dsn)
        await connection.execute("CREATE DATABASE template_ledger")
        await connection.close()
        connection = await asyncpg.connect(postgres.dsn.replace("/postgres?", "/template_ledger?"))
        await migrate(connection)
        await connection.execute("SELECT ensure_partitions((now() AT TIME ZONE 'UTC')::date - 1, 3)")
        await connection.close()

    asyncio.run(begin())
    yield _Server(postgres)
    asyncio.run(postgres.stop())


@pytest.fixture
async def dsn(server: _Server) -> AsyncIterator[str]:
    """A database with the schema and no rows."""
    name = f"test_{next(_numbers)}"
    connection = await asyncpg.connect(server.dsn("postgres"))
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE template_ledger STRATEGY file_copy")
    yield server.dsn(name)
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


class RunningLedger(Protocol):
    """Opens a ledger on the test's database; each call is another replica."""

    def __call__(
        self, config: Config | None = None, price: Price = unpriced
    ) -> AbstractAsyncContextManager[Replica]: ...


class Replica:
    """A ledger with the totals and metrics of one process."""

    def __init__(self, dsn: str, config: Config, price: Price = unpriced) -> None:
        self.registry = CollectorRegistry()
        self.metrics = SelfMetrics(self.registry, lambda: 0.0)
        self.loaded: list[Totals] = []
        self.ledger = Ledger(
            dsn,
            lambda: config,
            self.metrics,
            declare=lambda totals: None,
            publish=self.loaded.append,
            price=price,
        )

    @property
    def totals(self) -> Totals:
        return self.loaded[0]

    async def until_ready(self) -> None:
        async with asyncio.timeout(60):
            while not self.ledger.ready:
                await asyncio.sleep(0.01)


@pytest.fixture
def replica(dsn: str) -> RunningLedger:
    @asynccontextmanager
    async def run(config: Config | None = None, price: Price = unpriced) -> AsyncIterator[Replica]:
        one = Replica(dsn, config or Config(ledger=PATIENT), price)
        async with one.ledger.running():
            await one.until_ready()
            yield one

    return run


def step(
    message_id: str | None = "SM1", status: str = "sent", key: str | None = None, **fields: object
) -> Submission:
    """One step of an outbound SMS."""
    values: dict[str, object] = {
        "at": NOON,
        "channel": Channel.SMS,
        "provider": "twilio",
        "direction": Direction.OUTBOUND,
        "status": Status(status),
        "message_id": message_id,
    }
    return Submission("twilio", Message(**{**values, **fields}), b"raw", key)  # type: ignore[arg-type]


@pytest.fixture
def data_dir() -> Path:
    return Path(__file__).parent / "data"
