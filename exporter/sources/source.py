"""What every sender's file offers, and what it is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NamedTuple

import orjson

from exporter.errors import Reason, SignatureFailure, SignatureReason
from exporter.event import DEFAULT_TENANT, Event, Submission
from exporter.field_types import Section
from exporter.sources.log_rule import LogRule


class Request(NamedTuple):
    """One request as a sender made it.

    Attributes:
        url: the URL the provider called: the configured public URL plus the raw path and query.
        query: the decoded query; of a repeated name the first value.
        headers: case-insensitive.
        body: raw bytes, decompressed where compression is allowed.
        received_at: aware UTC.
    """

    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Parked:
    """A part of a request that cannot be counted: kept with its raw bytes, never lost.

    Attributes:
        index: its place in the request, from 0.
        detail: fit for the sender to read: names fields, holds no values of people.
    """

    index: int
    reason: Reason
    detail: str
    raw: bytes
    tenant: str = DEFAULT_TENANT


class Batch(NamedTuple):
    """What one request came to.

    Attributes:
        ignored: how many parts were read and are nothing to count, such as log lines that no rule takes.
        visit: a URL to GET once, to confirm a subscription; the sender has proved that it is its own.
    """

    submissions: list[Submission]
    parked: list[Parked]
    ignored: int = 0
    visit: str | None = None


class Stored(NamedTuple):
    """What became of a request's events: numbers of new ones and repeats, and those that were refused."""

    accepted: int
    duplicate: int
    refused: list[Parked]


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: int
    body: bytes
    content_type: str = "application/json"


class Source(ABC):
    """A sender: pure, it opens nothing.

    Attributes:
        name: the label value and the ledger's `source`.
        paths: where it calls us.
        routes: the (channel, provider) pairs whose metrics exist at zero from the start.
        strict: the sender can mend its events (our own API), so a request with no good event is a 400; a provider
            cannot, and would only send the same again. Such a sender may also compress, and send more at once.
        greets: the sender checks the address with a GET, which `handshake` answers.
        content_types: the only ones it may send, or none to take any.
        url_fragment: what to register behind the address; the sender keeps it to itself.
        takes: what it may send, in its own words; README lists it.
        kinds: of the events that it becomes; empty where it may be any.
    """

    name: ClassVar[str]
    paths: ClassVar[tuple[str, ...]]
    routes: ClassVar[tuple[tuple[str, str], ...]] = ()
    strict: ClassVar[bool] = False
    greets: ClassVar[bool] = False
    content_types: ClassVar[tuple[str, ...]] = ()
    url_fragment: ClassVar[str] = ""
    takes: ClassVar[str] = ""
    kinds: ClassVar[tuple[type[Event], ...]] = ()

    @abstractmethod
    def read(self, request: Request) -> Batch:
        """Verify a request and turn it into events.

        Raises:
            SignatureFailure: the sender could not prove who it is; nothing was parsed.
            Rejected: the whole body cannot be read.
        """

    def answer(self, request: Request, stored: Stored) -> Reply:
        """What the sender wants to hear once its events are on disk."""
        status = 400 if self.strict and stored.refused and not stored.accepted + stored.duplicate else 200
        refused = [{"index": p.index, "reason": p.reason.value, "detail": p.detail} for p in stored.refused]
        body = {"accepted": stored.accepted, "duplicate": stored.duplicate, "rejected": refused}
        return Reply(status, orjson.dumps(body))

    def handshake(self, query: Mapping[str, str]) -> str:
        """The plain text that answers the sender's check of this address.

        Raises:
            SignatureFailure: the question is not the sender's.
        """
        raise SignatureFailure(SignatureReason.MALFORMED)

    def document_needed(self, request: Request) -> str | None:
        """The URL of a document, such as a certificate, without which `read` cannot verify this request."""
        return None

    def learn(self, url: str, document: bytes) -> None:
        """Take a document that `document_needed` asked for."""
        raise NotImplementedError


class SenderConfig(Section):
    """A sender's part of the configuration, which makes the sender."""

    def sources(self, log_rules: tuple[LogRule, ...]) -> tuple[Source, ...]:
        """What these keys turn on: one source an endpoint."""
        raise NotImplementedError
