"""BigQuery's REST interface as a scan uses it: a query page by page, with patience, within limits.

Source: cloud.google.com/bigquery/docs/reference/rest/v2/jobs (query, getQueryResults, get) and tables/get. Google has a
library; it is not used, because these are four requests and it brings another HTTP client and threads.
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

from exporter.config.bigquery_url import BigQueryUrl
from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.bigquery.account import Account
from exporter.scans.bigquery.answers import Finished, Job, Results, Table, bounded
from exporter.scans.bigquery.error import AskAgain
from exporter.scans.bigquery.refusal import refusal
from exporter.scans.bigquery.values import rows_of
from exporter.scans.row import Row

Sleep = Callable[[float], Awaitable[object]]
Parameters = Mapping[str, str | int | datetime | list[str]]

_REQUEST_LIMIT = ClientTimeout(total=60)
_POLL_MS = 10_000
_MORE_POLLS = 6
_RETRY_S = (1.0, 2.0, 4.0, 8.0)
_MOST_BYTES = 64 * 1024 * 1024
_OK, _UNAUTHORIZED = 200, 401


class Page(NamedTuple):
    """Some rows of an answer, and the types of its columns; the first page says what the query cost."""

    rows: list[Row]
    types: dict[str, str]
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
            ScanFailed: we are refused, or have asked often enough.
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
            results = await self._ask(session, "POST", "/queries", Results, json=request)
            billed_bytes = results.total_bytes_billed
            polls = int(timeout_s * 1000 / _POLL_MS) + _MORE_POLLS
            while not results.job_complete and polls:
                results, polls = await self._next(session, results, page_rows), polls - 1
            if not results.job_complete:
                raise ScanFailed(ScanStatus.TIMEOUT, "the query goes on behind its time limit")
            if billed_bytes is None:
                billed_bytes = await self._billed_bytes(session, results)
            while True:
                types = {field.name: field.type for field in results.schema.fields}
                yield Page(rows_of(list(types), results.rows), types, billed_bytes)
                if not results.page_token:
                    return
                results, billed_bytes = await self._next(session, results, page_rows), 0

    async def estimate(self, sql: str, parameters: Parameters) -> int:
        """The bytes that a query would read; asking costs nothing.

        Raises:
            ScanFailed: the query is wrong, or we are refused.
        """
        request = self._request(sql, parameters) | {"dryRun": True}
        async with ClientSession(timeout=_REQUEST_LIMIT) as session:
            results = await self._ask(session, "POST", "/queries", Results, json=request)
        return results.total_bytes_processed

    async def table(self, name: str) -> TableShape:
        """The shape of `table` or `dataset.table`.

        Raises:
            ScanFailed: there is no such table, or we are refused.
        """
        dataset, _, table = name.rpartition(".")
        path = f"/datasets/{dataset or self._url.dataset}/tables/{table}"
        async with ClientSession(timeout=_REQUEST_LIMIT) as session:
            found = await self._ask(session, "GET", path, Table)
        columns = {field.name: field.type for field in found.schema.fields}
        return TableShape(columns, found.time_partitioning.field if found.time_partitioning else None)

    def _request(self, sql: str, parameters: Parameters) -> dict[str, Any]:
        return {
            "query": sql,
            "useLegacySql": False,
            "parameterMode": "NAMED",
            "queryParameters": [_parameter(name, value) for name, value in parameters.items()],
            "defaultDataset": {"projectId": self._url.project, "datasetId": self._url.dataset},
            **({"location": self._url.location} if self._url.location else {}),
        }

    async def _next(self, session: ClientSession, results: Results, page_rows: int) -> Results:
        """The next page, or the first where the query had not ended."""
        job = _job_of(results)
        asked = {"maxResults": str(page_rows), "timeoutMs": str(_POLL_MS), **_place_of(job)}
        if results.page_token:
            asked["pageToken"] = results.page_token
        return await self._ask(session, "GET", f"/queries/{_written(job)}", Results, params=asked)

    async def _billed_bytes(self, session: ClientSession, results: Results) -> int:
        """What a query cost that was not ready with the first answer."""
        job = _job_of(results)
        path = f"/jobs/{_written(job)}"
        finished = await self._ask(session, "GET", path, Finished, params=_place_of(job))
        return finished.statistics.query.total_bytes_billed

    async def _ask(
        self, session: ClientSession, method: str, path: str, kind: type[_Answer], **request: Any
    ) -> _Answer:
        """Ask until there is an answer, waiting longer each time."""
        for wait_s in _RETRY_S:
            try:
                return await self._asked_once(session, method, path, kind, request)
            except AskAgain:
                await self._sleep(wait_s)
        return await self._asked_once(session, method, path, kind, request)

    async def _asked_once(
        self, session: ClientSession, method: str, path: str, kind: type[_Answer], request: dict[str, Any]
    ) -> _Answer:
        headers = {"Authorization": f"Bearer {await self._account.token(session)}"}
        url = self._project + path
        try:
            async with session.request(
                method, url, headers=headers, allow_redirects=False, **request
            ) as answer:
                status, body = answer.status, await bounded(answer, _MOST_BYTES)
        except (ClientError, TimeoutError) as error:
            raise AskAgain(ScanStatus.UNREACHABLE, f"no answer: {type(error).__name__}") from error
        if status == _UNAUTHORIZED:
            self._account.forget()
        if status != _OK:
            raise refusal(status, body)
        return _decoded(body, kind)


def _decoded(body: bytes, kind: type[_Answer]) -> _Answer:
    try:
        # Not strict: 64-bit numbers come as text.
        return msgspec.json.decode(body, type=kind, strict=False)
    except msgspec.MsgspecError:
        pass
    raise AskAgain(ScanStatus.UNREACHABLE, "the answer cannot be read")


def _job_of(results: Results) -> Job:
    if results.job_reference is None:
        raise ScanFailed(ScanStatus.UNREACHABLE, "the answer names no job to go on with")
    return results.job_reference


def _written(job: Job) -> str:
    return quote(job.job_id, safe="")


def _place_of(job: Job) -> dict[str, str]:
    return {"location": job.location} if job.location else {}


def _parameter(name: str, value: str | int | datetime | list[str]) -> dict[str, Any]:
    if isinstance(value, list):
        kind: dict[str, Any] = {"type": "ARRAY", "arrayType": {"type": "STRING"}}
        return {
            "name": name,
            "parameterType": kind,
            "parameterValue": {"arrayValues": [{"value": one} for one in value]},
        }
    if isinstance(value, datetime):
        word, text = "TIMESTAMP", value.isoformat()
    else:
        word, text = "INT64" if isinstance(value, int) else "STRING", str(value)
    return {"name": name, "parameterType": {"type": word}, "parameterValue": {"value": text}}
