"""A request's body within its limits of size and time, whatever the sender does."""

from __future__ import annotations

import asyncio
import zlib

from aiohttp import web

_GZIP_WINDOW_BITS = 31
_MAX_MEMBERS = 64


async def read_body(
    request: web.Request, *, limit_bytes: int, limit_s: float, compressed: bool = False
) -> bytes:
    """The whole body; with `compressed`, gzip is unpacked, else a compressed body is refused.

    Raises:
        HTTPRequestEntityTooLarge, HTTPRequestTimeout, HTTPUnsupportedMediaType, HTTPBadRequest.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    # Loki's protobuf is snappy by itself: some clients say so, and its sender unpacks it.
    if encoding not in ("", "identity", *(("gzip", "snappy") if compressed else ())):
        raise web.HTTPUnsupportedMediaType(text="this content encoding is not accepted here")
    content = request.content
    try:
        if content.is_eof():
            body = await content.read()
        else:
            async with asyncio.timeout(limit_s):
                body = await _read_limited(request, limit_bytes)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text=f"the body did not arrive within {limit_s:g} s") from None
    if len(body) > limit_bytes:
        raise web.HTTPRequestEntityTooLarge(limit_bytes, len(body))
    return gunzip(body, limit_bytes) if encoding == "gzip" else body


def gunzip(body: bytes, limit_bytes: int) -> bytes:
    """Unpack gzip without ever holding more than the limit.

    Raises:
        HTTPRequestEntityTooLarge: more than `limit_bytes` came out.
        HTTPBadRequest: not gzip, cut short, or made of too many members.
    """
    unpacked = bytearray()
    for _ in range(_MAX_MEMBERS):
        member = zlib.decompressobj(_GZIP_WINDOW_BITS)
        try:
            unpacked += member.decompress(body, limit_bytes - len(unpacked) + 1)
        except zlib.error as error:
            raise web.HTTPBadRequest(text="the body is not gzip") from error
        if len(unpacked) > limit_bytes:
            raise web.HTTPRequestEntityTooLarge(limit_bytes, len(unpacked))
        if not member.eof:
            raise web.HTTPBadRequest(text="the gzip body is cut short")
        body = member.unused_data
        if not body:
            return bytes(unpacked)
    raise web.HTTPBadRequest(text=f"the gzip body has more than {_MAX_MEMBERS} members")


async def _read_limited(request: web.Request, limit_bytes: int) -> bytes:
    if (request.content_length or 0) > limit_bytes:
        raise web.HTTPRequestEntityTooLarge(limit_bytes, request.content_length or 0)
    received = bytearray()
    async for chunk in request.content.iter_any():
        received += chunk
        if len(received) > limit_bytes:
            raise web.HTTPRequestEntityTooLarge(limit_bytes, len(received))
    return bytes(received)
