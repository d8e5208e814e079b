"""GET of small public documents that a sender refers to, such as the certificate it signs with."""

from __future__ import annotations

from aiohttp import ClientError, ClientSession, ClientTimeout

from exporter.errors import DocumentUnavailable

_LIMIT = ClientTimeout(total=5)
_MOST_BYTES = 65_536


async def fetch(url: str, most_bytes: int = _MOST_BYTES) -> bytes:
    """The document at a URL that its sender's file has found good; redirects are not followed.

    Raises:
        DocumentUnavailable: no answer in time, not a 200, or more than `most_bytes`.
    """
    try:
        async with (
            ClientSession(timeout=_LIMIT) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            document = await answer.content.read(most_bytes + 1)
            while len(document) <= most_bytes and (more := await answer.content.read(most_bytes)):
                document += more
    except (ClientError, TimeoutError) as error:
        raise DocumentUnavailable(f"no answer: {type(error).__name__}") from error
    if answer.status != 200 or len(document) > most_bytes:
        raise DocumentUnavailable(f"status {answer.status}, {len(document)} bytes")
    return document
