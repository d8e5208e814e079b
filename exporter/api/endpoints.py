"""Every endpoint of the API, and what they ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from exporter.api.answer import Answer
from exporter.api.caller import Role
from exporter.api.endpoint import Asked, Endpoint
from exporter.api.erasure import erasure_endpoints
from exporter.api.webhooks import webhook_endpoints
from exporter.config import Config
from exporter.ledger.ledger import Ledger
from exporter.ledger.reader import Reader


class Sources(NamedTuple):
    """What endpoints ask.

    Attributes:
        reader: for answers at once; `reports` for those that may take longer, so that neither waits for the other.
    """

    config: Callable[[], Config]
    ledger: Ledger
    reader: Reader
    reports: Reader


def endpoints(sources: Sources) -> list[Endpoint]:
    """All of them."""
    return [
        Endpoint("GET", "/api/v1/me", "Who the token says you are.", Role.USER, _me, Me),
        *erasure_endpoints(sources),
        *webhook_endpoints(sources),
    ]


class Me(Answer):
    """The caller, as the token describes it."""

    user: str
    role: Role
    tenant: str | None


async def _me(asked: Asked) -> Me:
    return Me(user=asked.caller.user, role=asked.caller.role, tenant=asked.tenant)
