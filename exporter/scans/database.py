"""The database that is scanned: one read-only connection, finite waits, and failures from a closed list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol, TypeVar

import asyncpg

from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.statements import probe

_Answer = TypeVar("_Answer")

_CONNECT_LIMIT_S = 5.0
_GRACE_S = 1.0
_STATUS = (
    (asyncpg.UndefinedTableError, ScanStatus.MISSING_TABLE),
    (asyncpg.InvalidSchemaNameError, ScanStatus.MISSING_TABLE),
    (asyncpg.InvalidCatalogNameError, ScanStatus.MISSING_TABLE),
    (asyncpg.UndefinedColumnError, ScanStatus.MISSING_COLUMN),
    (asyncpg.InsufficientPrivilegeError, ScanStatus.PERMISSION),
    (asyncpg.ReadOnlySQLTransactionError, ScanStatus.PERMISSION),
    (asyncpg.InvalidAuthorizationSpecificationError, ScanStatus.AUTHENTICATION),
    (asyncpg.QueryCanceledError, ScanStatus.TIMEOUT),
    (asyncpg.LockNotAvailableError, ScanStatus.TIMEOUT),
    (asyncpg.DataError, ScanStatus.WRONG_TYPE),
    (asyncpg.DatatypeMismatchError, ScanStatus.WRONG_TYPE),
    (asyncpg.UndefinedFunctionError, ScanStatus.WRONG_TYPE),
    (asyncpg.CannotCoerceError, ScanStatus.WRONG_TYPE),
    (asyncpg.IndeterminateDatatypeError, ScanStatus.WRONG_TYPE),
    (asyncpg.SyntaxOrAccessError, ScanStatus.BAD_QUERY),
    (asyncpg.PostgresConnectionError, ScanStatus.UNREACHABLE),
    (asyncpg.PostgresError, ScanStatus.ERROR),
    (TimeoutError, ScanStatus.TIMEOUT),
    (OSError, ScanStatus.UNREACHABLE),
    (asyncpg.InterfaceError, ScanStatus.UNREACHABLE),
    (asyncpg.InternalClientError, ScanStatus.UNREACHABLE),
    (ValueError, ScanStatus.WRONG_TYPE),
)


class Record(Protocol):
    """One row of an answer, by the names that its statement gives."""

    def __getitem__(self, name: str, /) -> Any: ...


class Database:
    """A connection to a scanned database."""

    def __init__(self, connection: asyncpg.Connection[asyncpg.Record], timeout_s: float) -> None:
        self._connection = connection
        self._timeout_s = timeout_s

    async def fetch(self, statement: str, *arguments: object) -> Sequence[Record]:
        """The rows of a statement.

        Raises:
            ScanFailed: it cannot be answered, or not in time.
        """
        return await self._in_time(self._connection.fetch(statement, *arguments))

    async def types(self, source: str, columns: Iterable[str]) -> dict[str, str]:
        """The type of each column, as pg_type names it.

        Raises:
            ScanFailed: the table or a column is not there, or may not be read.
        """
        columns = list(columns)
        prepared = await self._in_time(self._connection.prepare(probe(source, columns)))
        kinds = (attribute.type.name for attribute in prepared.get_attributes())
        return dict(zip(columns, kinds, strict=True))

    async def _in_time(self, answer: Coroutine[Any, Any, _Answer]) -> _Answer:
        # Not asyncpg's own timeout: to cancel, it waits for the server that does not answer.
        asking = asyncio.create_task(answer)
        try:
            done, _ = await asyncio.wait({asking}, timeout=self._timeout_s + _GRACE_S)
        finally:
            if not asking.done():
                self._connection.terminate()
                asking.cancel()
        with failures():
            if not done:
                raise TimeoutError
            return asking.result()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """Statements that see the same rows."""
        await self.fetch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
        await self.fetch("COMMIT")


@asynccontextmanager
async def connected(url: str, timeout_s: float) -> AsyncIterator[Database]:
    """A connection that can only read.

    Raises:
        ScanFailed: the database does not take it.
    """
    with failures():
        connection = await asyncpg.connect(
            url,
            timeout=_CONNECT_LIMIT_S,
            server_settings={
                "application_name": "comms-exporter scan",
                "default_transaction_read_only": "on",
                "statement_timeout": str(int(timeout_s * 1000)),
                "TimeZone": "UTC",
                "jit": "off",
                # A generic plan may read a whole table from the sixth execution on.
                "plan_cache_mode": "force_custom_plan",
            },
        )
    try:
        yield Database(connection, timeout_s)
    finally:
        connection.terminate()


@contextmanager
def failures() -> Iterator[None]:
    """Turn what a database says into one of a closed list, without the connection string."""
    try:
        yield
    except tuple(kind for kind, _ in _STATUS) as error:
        status = next(status for kind, status in _STATUS if isinstance(error, kind))
        raise ScanFailed(status, _detail(error)) from None


def _detail(error: Exception) -> str:
    """What PostgreSQL says of names; of values it says too much."""
    if isinstance(error, asyncpg.SyntaxOrAccessError | asyncpg.InvalidAuthorizationSpecificationError):
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return type(error).__name__
