"""BigQuery's REST interface as a scan uses it: a query page by page, with patience, within limits.

Source: cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query and jobs/getQueryResults;
cloud.google.com/bigquery/docs/error-messages for the reasons. Google's library is not used: it is three requests, the
library brings 20 packages and threads.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from exporter.scans.bigquery.account import Account
from exporter.scans.bigquery.error import AskAgain, WarehouseError
from exporter.scans.bigquery.refusal import refusal
from exporter.scans.bigquery.url import BigQueryUrl
from exporter.scans.bigquery.values import FieldSchema, Row, row_reader

Sleep = Callable[[float], Awaitable[object]]
Parameters = Mapping[str, str | int | datetime]

_REQUEST_LIMIT = ClientTimeout(total=60)
_POLL_MS = 10_000
_RETRY_S = (1.0, 2.0, 4.0, 8.0)
_MOST_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 65_536
_OK, _UNAUTHORIZED = 200, 401


class _Schema(msgspec.Struct):
    fields: list[FieldSchema] = []


class _Job(msgspec.Struct, rename="camel"):
    job_id: str
    location: str = ""


class _Results(msgspec.Struct, rename="camel"):
    """What both jobs.query and jobs.getQueryResults answer."""

    job_complete: bool = False
    job_reference: _Job | None = None
    # Named apart, because `schema` of a dry run has no rows.
    schema: _Schema = msgspec.field(default_factory=_Schema)
    rows: list[Row] = []
    page_token: str = ""
    total_bytes_billed: str | None = None
    total_bytes_processed: str = "0"


class _TypeOfPartition(msgspec.Struct):
    field: str = "_PARTITIONTIME"


class _Table(msgspec.Struct, rename="camel"):
    schema: _Schema = msgspec.field(default_factory=_Schema)
    time_partitioning: _TypeOfPartition | None = None


class _QueryStatistics(msgspec.Struct, rename="camel"):
    total_bytes_billed: str = "0"


class _Statistics(msgspec.Struct):
    query: _QueryStatistics = msgspec.field(default_factory=_QueryStatistics)


class _Finished(msgspec.Struct):
    statistics: _Statistics


class Page(NamedTuple):
    """Some rows of an answer; the first page says what the query cost."""

    rows: list[dict[str, Any]]
    billed_bytes: int


class TableShape(NamedTuple):
    """The columns of a table with their types, and the one by whose time it is partitioned."""

    columns: dict[str, str]
    partitioned_by: str | None


_Answer = TypeVar("_Answer")


class BigQuery:
    """Asks on behalf of one account; every question may be asked again, and is, when there is no answer."""

    def __init__(self, url: BigQueryUrl, account: Account, sleep: Sleep = asyncio.sleep) -> None:
        self._url = url
        self._account = account
        self._sleep = sleep
        self._project = f"{url.api_url}/bigquery/v2/projects/{url.project}"

    async def pages(
        self, sql: str, parameters: Parameters, *, page_rows: int, timeout_s: float
    ) -> AsyncGenerator[Page, None]:
        """The rows of a SELECT; tables without a dataset are those of the URL.

        Raises:
            WarehouseError: we are refused, or have asked often enough.
        """
        request = self._request(sql, parameters) | {
            # The same question asked again within a while is the same job, which is billed once.
            "requestId": str(uuid.uuid4()),
            "maximumBytesBilled": str(self._url.maximum_bytes_billed),
            "maxResults": page_rows,
            "timeoutMs": _POLL_MS,
            "jobTimeoutMs": str(int(timeout_s * 1000)),
        }
        async with ClientSession(timeout=_REQUEST_LIMIT) as session:
            results = await self._ask(session, "POST", "/queries", _Results, json=request)
            billed = results.total_bytes_billed
            while not results.job_complete:
                results = await self._next(session, results, page_rows)
            billed_bytes = int(billed) if billed else await self._billed(session, results)
            while True:
                read = row_reader(results.schema.fields)
                yield Page([read(row) for row in results.rows], billed_bytes)
                if not results.page_token:
                    return
                results, billed_bytes = await self._next(session, results, page_rows), 0

    async def estimate(self, sql: str, parameters: Parameters) -> int:
        """The bytes that a query would read; asking costs nothing.

        Raises:
            WarehouseError: the query is wrong, or we are refused.
        """
        request = self._request(sql, parameters) | {"dryRun": True}
        async with ClientSession(timeout=_REQUEST_LIMIT) as session:
            results = await self._ask(session, "POST", "/queries", _Results, json=request)
        return int(results.total_bytes_processed)

    async def table(self, name: str) -> TableShape:
        """The shape of `table` or `dataset.table`.

        Raises:
            WarehouseError: there is no such table, or we are refused.
        """
        dataset, _, table = name.rpartition(".")
        path = f"/datasets/{dataset or self._url.dataset}/tables/{table}"
        async with ClientSession(timeout=_REQUEST_LIMIT) as session:
            found = await self._ask(session, "GET", path, _Table)
        columns = {field.name: field.type for field in found.schema.fields}
        return TableShape(columns, found.time_partitioning.field if found.time_partitioning else None)

    def _request(self, sql: str, parameters: Parameters) -> dict[str, Any]:
        return {
            "query": sql,
            "useLegacySql": False,
            "parameterMode": "NAMED",
            "queryParameters": [_parameter(name, value) for name, value in parameters.items()],
            "defaultDataset": {"projectId": self._url.project, "datasetId": self._url.dataset},
            "formatOptions": {"useInt64Timestamp": True},
            **({"location": self._url.location} if self._url.location else {}),
        }

    async def _next(self, session: ClientSession, results: _Results, page_rows: int) -> _Results:
        """The next page, or the first where the query had not ended."""
        job = _job_of(results)
        asked = {
            "maxResults": str(page_rows),
            "timeoutMs": str(_POLL_MS),
            "formatOptions.useInt64Timestamp": "true",
            **({"location": job.location} if job.location else {}),
            **({"pageToken": results.page_token} if results.page_token else {}),
        }
        return await self._ask(
            session, "GET", f"/queries/{quote(job.job_id, safe='')}", _Results, params=asked
        )

    async def _billed(self, session: ClientSession, results: _Results) -> int:
        """What a query cost that was not ready with the first answer."""
        job = _job_of(results)
        asked = {"location": job.location} if job.location else {}
        path = f"/jobs/{quote(job.job_id, safe='')}"
        finished = await self._ask(session, "GET", path, _Finished, params=asked)
        return int(finished.statistics.query.total_bytes_billed)

    async def _ask(
        self, session: ClientSession, method: str, path: str, kind: type[_Answer], **request: Any
    ) -> _Answer:
        """Ask until there is an answer, waiting longer each time."""
        for wait_s in _RETRY_S:
            try:
                return await self._once(session, method, path, kind, request)
            except AskAgain:
                await self._sleep(wait_s)
        return await self._once(session, method, path, kind, request)

    async def _once(
        self, session: ClientSession, method: str, path: str, kind: type[_Answer], request: dict[str, Any]
    ) -> _Answer:
        headers = {"Authorization": f"Bearer {await self._account.token(session)}"}
        try:
            async with session.request(
                method, self._project + path, headers=headers, allow_redirects=False, **request
            ) as answer:
                status, body = answer.status, bytearray()
                async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise WarehouseError("too_many_rows", f"a page of more than {_MOST_BYTES} bytes")
        except (ClientError, TimeoutError) as error:
            raise AskAgain("unreachable", f"no answer: {type(error).__name__}") from error
        if status == _UNAUTHORIZED:
            self._account.forget()
        if status != _OK:
            raise refusal(status, bytes(body))
        return _decoded(bytes(body), kind)


def _decoded(body: bytes, kind: type[_Answer]) -> _Answer:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError:
        pass
    raise AskAgain("unreachable", "the answer cannot be read")


def _job_of(results: _Results) -> _Job:
    if results.job_reference is None:
        raise WarehouseError("unreachable", "the answer names no job to go on with")
    return results.job_reference


def _parameter(name: str, value: str | int | datetime) -> dict[str, Any]:
    if isinstance(value, datetime):
        kind, text = "TIMESTAMP", value.isoformat()
    else:
        kind, text = "INT64" if isinstance(value, int) else "STRING", str(value)
    return {"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": text}}
