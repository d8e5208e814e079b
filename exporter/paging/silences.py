"""Alertmanager's silences, by its API v2.

Source: github.com/prometheus/alertmanager, api/v2/openapi.yaml (2026-11).
"""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout

from exporter.errors import ExporterError, Rejected
from exporter.ledger.pages import Acknowledged
from exporter.sources.strict_json import decode_body

_LIMIT = ClientTimeout(total=5)
_MOST_BYTES = 8 * 1024 * 1024
_CREATED_BY = "comms-exporter"


class SilenceFailed(ExporterError):
    """Alertmanager did not take a silence; the same may work later."""


class _Status(msgspec.Struct):
    state: str = ""


class _Silence(msgspec.Struct):
    comment: str = ""
    createdBy: str = ""  # Alertmanager's word
    status: _Status = msgspec.field(default_factory=_Status)


_SILENCES = msgspec.json.Decoder(list[_Silence])


async def silence(url: str, page: Acknowledged) -> None:
    """Have the alerts of a page silent until its time is over; asking twice makes one silence.

    Raises:
        SilenceFailed: no answer, or a refusal.
    """
    address = f"{url}/api/v2/silences"
    comment = f"page {page.page_id} answered by {page.person}"
    try:
        async with ClientSession(timeout=_LIMIT) as session:
            # Alertmanager gives each silence an id of its own, so a try before may be known by its comment only.
            if not await _stands(session, address, comment):
                await _create(session, address, comment, page)
    except (ClientError, TimeoutError) as error:
        raise SilenceFailed(f"no answer of Alertmanager: {type(error).__name__}") from None


async def _stands(session: ClientSession, address: str, comment: str) -> bool:
    async with session.get(address, allow_redirects=False) as answer:
        _check(answer.status)
        body = await answer.content.read(_MOST_BYTES)
        while len(body) < _MOST_BYTES and (more := await answer.content.read(_MOST_BYTES)):
            body += more
    try:
        silences = decode_body(_SILENCES, body)
    except Rejected as rejected:
        raise SilenceFailed(f"the silences cannot be read: {rejected.detail}") from None
    wanted = (comment, _CREATED_BY)
    return any((s.comment, s.createdBy) == wanted and s.status.state != "expired" for s in silences)


async def _create(session: ClientSession, address: str, comment: str, page: Acknowledged) -> None:
    matchers = [
        {"name": name, "value": value, "isRegex": False, "isEqual": True}
        for name, value in sorted(page.labels.items())
    ]
    asked = {
        "matchers": matchers,
        "startsAt": datetime.now(UTC).isoformat(),
        "endsAt": page.until.isoformat(),
        "createdBy": _CREATED_BY,
        "comment": comment,
    }
    async with session.post(address, json=asked, allow_redirects=False) as answer:
        _check(answer.status)


def _check(status: int) -> None:
    if status != HTTPStatus.OK:
        raise SilenceFailed(f"Alertmanager answered {status}")
