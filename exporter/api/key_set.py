"""The public keys of RS256 and ES256 tokens, from a file or an address, by key id."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import monotonic

import jwt

from exporter.errors import DocumentUnavailable, Refusal, RefusalReason

_FRESH_S = 600.0
_RETRY_S = 30.0
"""At most so often is the address asked because of a key id that is not known: anybody may send one."""
Fetch = Callable[[str], Awaitable[bytes]]


class KeySet:
    """A JSON Web Key Set that is read again when it is old, or when a token names a key that it lacks."""

    def __init__(self, file: str | None, url: str | None, fetch: Fetch) -> None:
        self._file = file
        self._url = url
        self._fetch = fetch
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at_s = float("-inf")
        self._reading = asyncio.Lock()

    async def key(self, key_id: str, algorithm: str) -> jwt.PyJWK:
        """The key of this id, if it is one of this algorithm.

        Raises:
            Refusal: there is none.
            DocumentUnavailable: the set cannot be read now.
        """
        if self._file is None and self._url is None:
            raise Refusal(RefusalReason.UNBELIEVED, f"no keys of {algorithm} are configured")
        await self._refresh(_FRESH_S if key_id in self._keys else _RETRY_S)
        found = self._keys.get(key_id)
        if found is None or found.algorithm_name != algorithm:
            raise Refusal(RefusalReason.UNBELIEVED, "signed with a key that is not known")
        return found

    async def _refresh(self, after_s: float) -> None:
        async with self._reading:
            if monotonic() - self._read_at_s > after_s:
                try:
                    self._keys = _parsed(await self._document())
                except DocumentUnavailable:
                    if not self._keys:
                        raise
                self._read_at_s = monotonic()

    async def _document(self) -> bytes:
        if self._url is not None:
            return await self._fetch(self._url)
        try:
            return await asyncio.to_thread(Path(self._file or "").read_bytes)
        except OSError as error:
            raise DocumentUnavailable(f"the key set cannot be read: {error.strerror}") from error


def _parsed(document: bytes) -> dict[str, jwt.PyJWK]:
    """Keys for signatures by id; what is no such key is left out."""
    try:
        keys = jwt.PyJWKSet.from_json(document.decode()).keys
    except (ValueError, jwt.PyJWTError, AttributeError, TypeError) as error:
        raise DocumentUnavailable("the key set is no JSON Web Key Set") from error
    return {key.key_id: key for key in keys if key.key_id and key.algorithm_name in ("RS256", "ES256")}
