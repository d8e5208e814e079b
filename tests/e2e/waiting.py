"""Waiting for a condition, never for a time; a wait in vain says what it waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_LIMIT_S = 90
_POLL_S = 0.1


async def until(condition: Callable[[], Awaitable[object]], what: str) -> None:
    """Come back once the condition holds.

    Raises:
        AssertionError: it never did.
    """
    try:
        async with asyncio.timeout(_LIMIT_S):
            while not await condition():
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise AssertionError(f"waited {_LIMIT_S} s in vain until {what}") from None
