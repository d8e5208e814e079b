"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_LIMIT_S = 90
_POLL_S = 0.02


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Come back once the condition holds."""
    async with asyncio.timeout(_LIMIT_S):
        while not await condition():
            await asyncio.sleep(_POLL_S)
