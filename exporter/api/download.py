"""An answer sent in pieces, as fast as the caller reads; one who stops reading, or is slow for too long, is cut off."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from enum import StrEnum
from typing import NamedTuple

from aiohttp import web

from exporter.errors import LedgerUnavailable, Refusal, RefusalReason

log = logging.getLogger(__name__)

STALLED_S = 15.0
"""How long one piece may take to leave."""
LONGEST_S = 600.0
"""How long all of them may: the database keeps what they see for as long."""


class Turns:
    """So many at once; the next one is asked to come back.

    Attributes:
        free: how many more may begin.
    """

    def __init__(self, at_once: int) -> None:
        self.free = at_once

    @contextmanager
    def one(self) -> Iterator[None]:
        """A turn while the block lasts.

        Raises:
            Refusal: all are taken.
        """
        if not self.free:
            raise Refusal(RefusalReason.TOO_MANY_REQUESTS, "other reports are being made, ask again later")
        self.free -= 1
        try:
            yield
        finally:
            self.free += 1


class Outcome(StrEnum):
    """How a download ended; the value is the label of comms_downloads_total."""

    COMPLETE = "complete"
    GONE = "gone"
    SLOW = "slow"
    FAILED = "failed"


class Download(NamedTuple):
    """A file.

    Attributes:
        pieces: hold whatever they need until they are closed.
        ended: hears how it went, once something was sent.
    """

    file_name: str
    media_type: str
    pieces: AsyncGenerator[bytes, None]
    ended: Callable[[Outcome], None]

    async def sent(self, request: web.Request) -> web.StreamResponse:
        """The answer, once it is sent.

        Raises:
            Refusal, LedgerUnavailable: before anything was sent; later the connection is cut, so that half a file
                is never taken for the whole.
        """
        async with aclosing(self.pieces) as pieces:
            first = await anext(pieces)
            response = web.StreamResponse(headers=self._headers)
            response.content_type = self.media_type
            outcome = await _outcome(request, response, first, pieces)
            self.ended(outcome)
            if outcome is not Outcome.COMPLETE and request.transport is not None:
                log.warning("a download was cut off", extra={"outcome": outcome.value})
                request.transport.abort()
            return response

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{self.file_name}"',
            "X-Content-Type-Options": "nosniff",
        }


async def _outcome(
    request: web.Request, response: web.StreamResponse, first: bytes, rest: AsyncIterator[bytes]
) -> Outcome:
    try:
        async with asyncio.timeout(LONGEST_S):
            await response.prepare(request)
            await _write(response, first)
            async for piece in rest:
                await _write(response, piece)
            await response.write_eof()
    except ConnectionError:
        return Outcome.GONE
    except TimeoutError:
        return Outcome.SLOW
    except LedgerUnavailable:
        return Outcome.FAILED
    return Outcome.COMPLETE


async def _write(response: web.StreamResponse, piece: bytes) -> None:
    async with asyncio.timeout(STALLED_S):
        await response.write(piece)
