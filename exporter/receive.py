"""Receiving: a request is read, believed, stored, and only then answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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
from exporter.sources.source import Batch, Parked, Request, Source

OUTCOMES = ("accepted", "duplicate", "late", "rejected", "parked")
_JSON = {"Content-Type": "application/json"}
_EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Store(NamedTuple):
    """The ledger's two doors: for events, and for what cannot be one."""

    append: Callable[[list[Submission]], Awaitable[Answer]]
    park: Callable[[list[ParkedEvent]], Awaitable[None]]


class Receiver:
    """One sender's endpoint.

    Args:
        strict: the sender can mend its events (our own API), so a request with no good event is a 400; a provider
            cannot, and would only send the same again.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        config: Callable[[], Config],
        metrics: SelfMetrics,
        *,
        strict: bool,
    ) -> None:
        self._source = source
        self._store = store
        self._config = config
        self._strict = strict
        self._counts = {word: metrics.events_received.labels(source.name, word) for word in OUTCOMES}
        self._refusals = {
            why: metrics.signature_failures.labels(source.name, why.value) for why in SignatureReason
        }

    def use(self, source: Source) -> None:
        """Go on with the sender as a new configuration makes it."""
        self._source = source

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer 200 once every event is on disk; see DESIGN for what each kind of bad input gets."""
        limits = self._config().limits
        body = await read_body(
            request,
            limit_bytes=limits.batch_bytes if self._strict else limits.body_bytes,
            limit_s=limits.body_seconds,
            compressed=self._strict,
        )
        url = self._url(request)
        query = request.query if "?" in url else {}
        try:
            batch = self._source.read(Request(url, query, request.headers, body, datetime.now(UTC)))
        except SignatureFailure as failure:
            self._refusals[failure.reason].inc()
            return problem(401 if self._strict else 403, "signature", failure.reason.value)
        except Rejected as rejected:
            return await self._refuse(rejected, body)
        return await self._keep(batch)

    def _url(self, request: web.Request) -> str:
        """The URL as the provider called it; without a configured one the Host header has to do."""
        public_url = self._config().public_url or f"{request.scheme}://{request.host}"
        return public_url.rstrip("/") + request.raw_path

    async def _refuse(self, rejected: Rejected, body: bytes) -> web.Response:
        kept = ParkedEvent(DEFAULT_TENANT, self._source.name, rejected.reason, rejected.detail, body)
        await self._store.park([kept])
        self._counts["rejected" if self._strict else "parked"].inc()
        return problem(400, rejected.reason.value, rejected.detail)

    async def _keep(self, batch: Batch) -> web.Response:
        answers = await self._store.append(batch.submissions)
        refused = batch.parked
        if Reason.STORAGE in answers:
            refused = refused + _refused_by_storage(batch.submissions, answers)
        await self._store.park(
            [ParkedEvent(p.tenant, self._source.name, p.reason, p.detail, p.raw) for p in refused]
        )
        accepted, duplicate = self._count(answers, len(refused))
        if self._source.name == "twilio":
            return web.Response(body=_EMPTY_TWIML, content_type="text/xml")
        status = 400 if self._strict and refused and not accepted + duplicate else 200
        return _json(status, {"accepted": accepted, "duplicate": duplicate, "rejected": _report(refused)})

    def _count(self, answers: Answer, refused: int) -> tuple[int, int]:
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
            ("rejected" if self._strict else "parked", refused),
        ):
            if number:
                self._counts[word].inc(number)
        return accepted, duplicate


def problem(status: int, reason: str, detail: str) -> web.Response:
    """An answer that says what is wrong, in words for machines and for people."""
    return _json(status, {"reason": reason, "detail": detail})


def _json(status: int, data: object) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(data), headers=_JSON)


def _report(refused: list[Parked]) -> list[dict[str, object]]:
    return [{"index": p.index, "reason": p.reason.value, "detail": p.detail} for p in refused]


def _refused_by_storage(submissions: list[Submission], answers: Answer) -> list[Parked]:
    return [
        Parked(index, Reason.STORAGE, "the database refused a value", submission.raw, submission.event.tenant)
        for index, (submission, answer) in enumerate(zip(submissions, answers, strict=True))
        if answer is Reason.STORAGE
    ]
