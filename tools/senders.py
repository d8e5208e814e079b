"""What README says of the senders: read off their classes, their configuration and the fold."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import MethodType
from typing import NamedTuple, cast

from exporter.config import Config
from exporter.config.environment import VARIABLES
from exporter.event import KINDS, Tally
from exporter.fold import Fold
from exporter.series import Series
from exporter.sources import SourcesConfig
from exporter.sources.source import Source

_FOLD = "exporter.fold"


class Sender(NamedTuple):
    """One endpoint.

    Attributes:
        takes: what it may send, in its own words.
        calls: the method and path of each address that the sender is given.
        variables: those that set its secrets.
        kinds: of the events that it may become.
    """

    name: str
    takes: str
    calls: tuple[str, ...]
    variables: tuple[str, ...]
    kinds: tuple[str, ...]


def senders() -> Iterator[Sender]:
    """Every source, in the order of SourcesConfig."""
    for section in SourcesConfig.model_fields:
        variables = tuple(v.name for v in VARIABLES if v.path[:2] == ("sources", section) and v.is_secret)
        for source in getattr(Config().sources, section).sources(()):
            kinds = tuple(str(kind.__struct_config__.tag) for kind in source.kinds) or KINDS
            yield Sender(source.name, source.takes, tuple(_calls(source)), variables, kinds)


def metrics_by_kind() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Each kind of event, its meaning, and the metrics that it may move."""
    fold = Fold(1)
    for kind, method in fold.kinds.items():
        if kind is Tally:
            continue  # Nobody sends one: a scan makes it of other kinds.
        moved = {series.family.name for series in _series_in(cast("MethodType", method), set())}
        names = tuple(name for name in fold.by_name if name in moved)
        yield str(kind.__struct_config__.tag), first_sentence(kind), names


def first_sentence(described: type) -> str:
    """The first paragraph of a docstring, in one line."""
    return " ".join((inspect.getdoc(described) or "").partition("\n\n")[0].split())


def _calls(source: Source) -> Iterator[str]:
    path = source.paths[0]
    if source.greets:
        yield f"GET {path}"
    yield f"POST {path}"


def _series_in(method: MethodType, seen: set[MethodType]) -> Iterator[Series]:
    """The series that a method of the fold names, itself and through the methods that it calls."""
    seen.add(method)
    names = method.__code__.co_names
    found = [getattr(method.__self__, name, None) for name in names]
    yield from (value for value in found if isinstance(value, Series))
    parts = [value for value in found if type(value).__module__.startswith(_FOLD)]
    for owner in (method.__self__, *parts):
        called = (getattr(owner, name, None) for name in names)
        for one in called:
            if isinstance(one, MethodType) and one.__self__ is owner and one not in seen:
                yield from _series_in(one, seen)
