"""Failures of the client: never raised, said in the log at most once a minute each."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("exporter.client")

_REPEAT_S = 60.0
_REMEMBERED = 256
_said_at_s: dict[str, float] = {}


class Unusable(ValueError):
    """Something that cannot be sent or read; the text names it and holds no value of people."""


def report(what: str) -> None:
    """Warn, unless the same was said within the last minute."""
    now_s = monotonic()
    if now_s - _said_at_s.get(what, -_REPEAT_S) < _REPEAT_S:
        return
    if len(_said_at_s) >= _REMEMBERED:
        _said_at_s.clear()
    _said_at_s[what] = now_s
    # A handler or filter of the application may fail; tracking must not.
    with contextlib.suppress(Exception):
        log.warning("%s; the same is not logged again for %d s", what, _REPEAT_S)


def quietly(**also: str) -> Callable[[Callable[P, T]], Callable[P, T | None]]:
    """Have a method answer None where it would raise; `also` are other names of its keywords."""

    def decorate(method: Callable[P, T]) -> Callable[P, T | None]:
        @wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> T | None:
            try:
                return method(*args, **{also.get(name, name): value for name, value in kwargs.items()})  # type: ignore[arg-type]
            except Unusable as error:
                report(f"{method.__name__}: {error}")
            except Exception as error:
                # Its text may hold what was passed.
                report(f"{method.__name__}: {type(error).__name__}")
            return None

        return call

    return decorate
