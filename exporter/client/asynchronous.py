"""The same calls as coroutines: tracking never waits, and what waits does so in a thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from exporter.client.client import Client

P = ParamSpec("P")
T = TypeVar("T")

_Method = Callable[Concatenate[Client, P], T]
_Coroutine = Callable[Concatenate["AsyncClient", P], Coroutine[Any, Any, T]]


def _at_once(method: _Method[P, T]) -> _Coroutine[P, T]:
    @wraps(method)
    async def call(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return method(self.client, *args, **kwargs)

    return call


def _in_thread(method: _Method[P, T]) -> _Coroutine[P, T]:
    @wraps(method)
    async def call(self: AsyncClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        # Whoever awaits this has loaded asyncio; importing it above would slow the synchronous client's start.
        from asyncio import to_thread

        return await to_thread(method, self.client, *args, **kwargs)

    return call


class AsyncClient:
    """Client for coroutines; takes the same arguments.

    Attributes:
        client: the client that does the work, with the counts.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.client = Client(*args, **kwargs)

    track_message_sent = _at_once(Client.track_message_sent)
    track_message_delivered = _at_once(Client.track_message_delivered)
    track_message_opened = _at_once(Client.track_message_opened)
    track_user_action = _at_once(Client.track_user_action)
    track_financial_outcome = _at_once(Client.track_financial_outcome)
    get_user_communication_history = _in_thread(Client.get_user_communication_history)
    get_communication_stats = _in_thread(Client.get_communication_stats)
    flush = _in_thread(Client.flush)
    close = _in_thread(Client.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
