"""The Python client: track communication from an application, and ask what became of it.

The functions here share one client, made at the first call from COMMS_URL, COMMS_EVENT_TOKEN and COMMS_SPOOL_DIR.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from exporter.client.answer import Communication, Stats
from exporter.client.asynchronous import AsyncClient
from exporter.client.client import DEFAULT_URL, Client, MessageId

__all__ = [
    "AsyncClient",
    "Client",
    "Communication",
    "MessageId",
    "Stats",
    "default_client",
    "flush",
    "get_communication_stats",
    "get_user_communication_history",
    "track_financial_outcome",
    "track_message_delivered",
    "track_message_opened",
    "track_message_sent",
    "track_user_action",
]

P = ParamSpec("P")
T = TypeVar("T")

_shared: dict[str, Client] = {}


def default_client() -> Client:
    """The client that the functions below share."""
    # Of two threads that come first at once, setdefault lets one win.
    return _shared.get("default") or _shared.setdefault("default", _from_environment())


def _from_environment() -> Client:
    # While it is rotated the exporter's variable holds two tokens; either opens.
    token = os.environ.get("COMMS_EVENT_TOKEN", "").split(",")[0].strip()
    url = os.environ.get("COMMS_URL") or DEFAULT_URL
    return Client(url, token or None, os.environ.get("COMMS_SPOOL_DIR") or None)


def _of_default(method: Callable[Concatenate[Client, P], T]) -> Callable[P, T]:
    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return method(default_client(), *args, **kwargs)

    return call


track_message_sent = _of_default(Client.track_message_sent)
track_message_delivered = _of_default(Client.track_message_delivered)
track_message_opened = _of_default(Client.track_message_opened)
track_user_action = _of_default(Client.track_user_action)
track_financial_outcome = _of_default(Client.track_financial_outcome)
get_user_communication_history = _of_default(Client.get_user_communication_history)
get_communication_stats = _of_default(Client.get_communication_stats)
flush = _of_default(Client.flush)
