"""BigQuery's REST interface as documented, and Google's token endpoint beside it.

The answers have the fields and the text of numbers that cloud.google.com/bigquery/docs/reference/rest/v2/jobs shows.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROJECT = "our-project"
DATASET = "crm_analytics"
ACCOUNT = "reader@our-project.iam.gserviceaccount.com"
_KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PEM = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()

Rows = list[list[Any]]


class Asked(NamedTuple):
    """A query as it came, its parameters by name."""

    sql: str
    parameters: dict[str, str | list[str]]
    kinds: dict[str, str]
    request: dict[str, Any]


class Answer(NamedTuple):
    """Names and types of the columns, and the cells of the rows."""

    schema: list[tuple[str, str]]
    rows: Rows


class Failure(NamedTuple):
    """An answer that is no result."""

    status: int
    reason: str = ""
    message: str = "Not for logs: +12025550101"

    def answer(self) -> web.Response:
        if not self.reason:
            return web.Response(status=self.status, text="<html>no JSON at all</html>")
        error = {"message": self.message, "domain": "global", "reason": self.reason}
        body = {"error": {"code": self.status, "message": error["message"], "errors": [error]}}
        return web.json_response(body, status=self.status)


def _value(stated: dict[str, Any]) -> str | list[str]:
    if "arrayValues" in stated:
        return [one["value"] for one in stated["arrayValues"]]
    return str(stated["value"])


class FakeBigQuery:
    """Answers queries, its failures first.

    Attributes:
        schema: name and type of each column of an answer.
        select: the rows that a query finds.
        answer: what a query comes to; else that is `schema` and `select`.
        tables: schemas by name, for the lookup of a table.
        failures: each is given once; None answers as if nothing were.
        slow: how many looks at a job find it running.
        asked: every query that was run, dry runs in `estimated`.
        paths: every path that was asked for, token requests too.
    """

    def __init__(
        self, schema: Sequence[tuple[str, str]] = (), select: Callable[[Asked], Rows] = lambda asked: []
    ) -> None:
        self.schema = list(schema)
        self.select = select
        self.answer = self._answer
        self.tables: dict[str, dict[str, Any]] = {}
        self.failures: list[Failure | None] = []
        self.refuse_key: Callable[[], web.Response] | None = None
        self.slow = 0
        self.billed_bytes = 10_485_760
        self.estimated_bytes = 123_456
        self.asked: list[Asked] = []
        self.estimated: list[Asked] = []
        self.paths: list[str] = []
        self.tokens = 0
        self.url = ""
        self._jobs: dict[str, tuple[Answer, int]] = {}

    async def token(self, request: web.Request) -> web.Response:
        self.paths.append(request.path)
        if self.refuse_key:
            return self.refuse_key()
        form = await request.post()
        assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
        claims = jwt.decode(
            str(form["assertion"]),
            _KEY.public_key(),
            ["RS256"],
            audience=f"{self.url}/token",
            options={"verify_iat": False, "verify_exp": False},  # the tests have a clock of their own
        )
        assert claims["iss"] == ACCOUNT
        assert claims["exp"] - claims["iat"] <= 3_600
        self.tokens += 1
        body = {"access_token": f"token-{self.tokens}", "expires_in": 3_599, "token_type": "Bearer"}
        return web.json_response(body)

    async def query(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        asked = Asked(
            body["query"],
            {each["name"]: _value(each["parameterValue"]) for each in body["queryParameters"]},
            {each["name"]: each["parameterType"]["type"] for each in body["queryParameters"]},
            body,
        )
        if body.get("dryRun"):
            self.estimated.append(asked)
            return web.json_response({"jobComplete": True, "totalBytesProcessed": str(self.estimated_bytes)})
        if body["requestId"] not in self._jobs:
            self.asked.append(asked)
            try:
                self._jobs[body["requestId"]] = (await self.answer(asked), body["maxResults"])
            except LookupError:
                return Failure(404, "notFound").answer()
        return self._results(body["requestId"], 0, with_bill=True)

    async def results(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        assert request.query["location"] == "EU"
        return self._results(request.match_info["job"], int(request.query.get("pageToken", "0")))

    async def job(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        return web.json_response({"statistics": {"query": {"totalBytesBilled": str(self.billed_bytes)}}})

    async def table(self, request: web.Request) -> web.Response:
        if refused := self._refused(request):
            return refused
        found = self.tables.get(request.match_info["table"])
        return web.json_response(found) if found is not None else Failure(404, "notFound").answer()

    async def _answer(self, asked: Asked) -> Answer:
        return Answer(self.schema, self.select(asked))

    def _refused(self, request: web.Request) -> web.Response | None:
        self.paths.append(request.path)
        if request.headers.get("Authorization") != f"Bearer token-{self.tokens}":
            return Failure(401, "authError").answer()
        failure = self.failures.pop(0) if self.failures else None
        return failure.answer() if failure else None

    def _results(self, job: str, start: int, *, with_bill: bool = False) -> web.Response:
        reference = {"projectId": PROJECT, "jobId": job, "location": "EU"}
        if self.slow:
            self.slow -= 1
            return web.json_response({"jobReference": reference, "jobComplete": False})
        (schema, rows), page_rows = self._jobs[job]
        body: dict[str, Any] = {
            "jobReference": reference,
            "jobComplete": True,
            "schema": {"fields": [{"name": name, "type": kind} for name, kind in schema]},
            "totalRows": str(len(rows)),
            "totalBytesProcessed": "99",
            "cacheHit": False,
        }
        page = rows[start : start + page_rows]
        if page:
            body["rows"] = [{"f": [{"v": value} for value in row]} for row in page]
        if start + page_rows < len(rows):
            body["pageToken"] = str(start + page_rows)
        if with_bill:
            body["totalBytesBilled"] = str(self.billed_bytes)
        return web.json_response(body)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeBigQuery]:
        app = web.Application()
        project = f"/bigquery/v2/projects/{PROJECT}"
        app.router.add_post("/token", self.token)
        app.router.add_post(f"{project}/queries", self.query)
        app.router.add_get(f"{project}/queries/{{job}}", self.results)
        app.router.add_get(f"{project}/jobs/{{job}}", self.job)
        app.router.add_get(f"{project}/datasets/{DATASET}/tables/{{table}}", self.table)
        async with TestServer(app) as server:
            self.url = str(server.make_url("")).rstrip("/")
            yield self

    def key_file(self, folder: Path, **other: object) -> Path:
        """The file that Google gives out for a service account, its token endpoint being ours."""
        path = folder / "key.json"
        key = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "0123456789abcdef",
            "private_key": PEM,
            "client_email": ACCOUNT,
            "token_uri": f"{self.url}/token",
        }
        path.write_text(json.dumps({**key, **other}))
        return path
