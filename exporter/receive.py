"""Receiving: a request is read, believed, stored, and only then answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from aiohttp import web

from exporter.body import read_body
from exporter.config import Config
from exporter.errors import Reason, Rejected, SignatureFailure, SignatureReason
from exporter.event import DEFAULT_TENANT, Submission
from exporter.ledger.commit import Answer
from exporter.ledger.parking import ParkedEvent
from exporter.selfmetrics import SelfMetrics
from exporter.sources.source import Batch, Parked, Request, Source, Stored

OUTCOMES = ("accepted", "duplicate", "late", "rejected", "parked", "ignored")
_JSON = {"Content-Type": "application/json"}

Fetch = Callable[[str], Awaitable[bytes]]
Heard = Callable[[Sequence[Submission]], Awaitable[None]]


async def _nobody_listens(submissions: Sequence[Submission]) -> None:
    pass


class Store(NamedTuple):
    """The ledger's two doors: for events, and for what cannot be one."""

    append: Callable[[list[Submission]], Awaitable[Answer]]
    park: Callable[[list[ParkedEvent]], Awaitable[None]]


class Receiver:
    """One sender's endpoint.

    Args:
        heard: told of a request's events when they are on disk, and before the sender hears of it: what fails here
            is sent again.

    Attributes:
        source: as the configuration in force makes it.
        last_webhook_at, last_refusal_at: when a request last was believed, and when one was not.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        config: Callable[[], Config],
        metrics: SelfMetrics,
        fetch: Fetch,
        heard: Heard = _nobody_listens,
    ) -> None:
        self.source = source
        self.last_webhook_at: datetime | None = None
        self.last_refusal_at: datetime | None = None
        self._store = store
        self._config = config
        self._fetch = fetch
        self._heard = heard
        self._counts = {word: metrics.events_received.labels(source.name, word) for word in OUTCOMES}
        self._refusals = {
            why: metrics.signature_failures.labels(source.name, why.value) for why in SignatureReason
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer 200 once every event is on disk; see DESIGN for what each kind of bad input gets."""
        limits = self._config().limits
        if self.source.content_types and request.content_type not in self.source.content_types:
            raise web.HTTPUnsupportedMediaType(text=f"send {' or '.join(self.source.content_types)}")
        body = await read_body(
            request,
            limit_bytes=limits.batch_bytes if self.source.strict else limits.body_bytes,
            limit_s=limits.body_seconds,
            compressed=self.source.strict,
        )
        url = self._url(request)
        query = request.query if "?" in url else {}
        asked = Request(url, query, request.headers, body, datetime.now(UTC))
        try:
            if document_url := self.source.document_needed(asked):
                self.source.learn(document_url, await self._fetch(document_url))
            batch = self.source.read(asked)
        except SignatureFailure as failure:
            return self._disbelieve(failure)
        except Rejected as rejected:
            self.last_webhook_at = asked.received_at
            return await self._refuse(rejected, body)
        self.last_webhook_at = asked.received_at
        if batch.visit:
            await self._fetch(batch.visit)
        return await self._keep(asked, batch)

    async def greet(self, request: web.Request) -> web.StreamResponse:
        """Answer a sender that checks whether this address is ours."""
        try:
            return web.Response(text=self.source.handshake(request.query), content_type="text/plain")
        except SignatureFailure as failure:
            return self._disbelieve(failure)

    def _disbelieve(self, failure: SignatureFailure) -> web.Response:
        self._refusals[failure.reason].inc()
        self.last_refusal_at = datetime.now(UTC)
        return problem(401 if self.source.strict else 403, "signature", failure.reason.value)

    def _url(self, request: web.Request) -> str:
        """The URL as the provider called it; without a configured one the Host header has to do."""
        public_url = self._config().public_url or f"{request.scheme}://{request.host}"
        return public_url.rstrip("/") + request.raw_path

    async def _refuse(self, rejected: Rejected, body: bytes) -> web.Response:
        kept = ParkedEvent(DEFAULT_TENANT, self.source.name, rejected.reason, rejected.detail, body)
        await self._store.park([kept])
        self._counts["rejected" if self.source.strict else "parked"].inc()
        return problem(400, rejected.reason.value, rejected.detail)

    async def _keep(self, asked: Request, batch: Batch) -> web.Response:
        answers = await self._store.append(batch.submissions)
        await self._heard(batch.submissions)
        refused = batch.parked
        if Reason.STORAGE in answers:
            refused = refused + _refused_by_storage(batch.submissions, answers)
        await self._store.park(
            [ParkedEvent(p.tenant, self.source.name, p.reason, p.detail, p.raw) for p in refused]
        )
        accepted, duplicate = self._count(answers, len(refused), batch.ignored)
        reply = self.source.answer(asked, Stored(accepted, duplicate, refused))
        return web.Response(
            status=reply.status, body=reply.body, headers={"Content-Type": reply.content_type}
        )

    def _count(self, answers: Answer, refused: int, ignored: int) -> tuple[int, int]:
        """Move the counters; the answer is how many were accepted, late ones included, and how many repeats."""
        accepted = duplicate = late = 0
        for answer in answers:
            if answer is None:
                duplicate += 1
            elif not isinstance(answer, Reason):
                accepted += 1
                late += answer.late
        for word, number in (
            ("accepted", accepted - late),
            ("late", late),
            ("duplicate", duplicate),
            ("rejected" if self.source.strict else "parked", refused),
            ("ignored", ignored),
        ):
            if number:
                self._counts[word].inc(number)
        return accepted, duplicate


def problem(status: int, reason: str, detail: str) -> web.Response:
    """An answer that says what is wrong, in words for machines and for people."""
    return _json(status, {"reason": reason, "detail": detail})


def _json(status: int, data: object) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(data), headers=_JSON)


def _refused_by_storage(submissions: list[Submission], answers: Answer) -> list[Parked]:
    return [
        Parked(index, Reason.STORAGE, "the database refused a value", submission.raw, submission.event.tenant)
        for index, (submission, answer) in enumerate(zip(submissions, answers, strict=True))
        if answer is Reason.STORAGE
    ]
