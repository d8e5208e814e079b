"""What every sender's file offers, and what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from exporter.errors import Reason
from exporter.event import DEFAULT_TENANT, Submission


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
    """What one request came to."""

    submissions: list[Submission]
    parked: list[Parked]


class Source(Protocol):
    """A sender.

    Attributes:
        name: the label value and the ledger's `source`.
    """

    name: str

    def read(self, request: Request) -> Batch:
        """Verify a request and turn it into events.

        Raises:
            SignatureFailure: the sender could not prove who it is; nothing was parsed.
            Rejected: the whole body cannot be read.
        """
        ...
