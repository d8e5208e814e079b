"""Which actions have names of their own in metrics."""

from __future__ import annotations

from msgspec.structs import replace

from exporter.event import AnyEvent, Engagement, Outcome

_ALWAYS_LISTED = frozenset({"open", "click", "reply"})
_UNLISTED = "other"


class ActionList:
    """The operator's list of actions; an empty one lists every action, up to the limit of series."""

    def __init__(self, names: list[str]) -> None:
        self._names = frozenset(names) and _ALWAYS_LISTED | frozenset(names)

    def named(self, event: AnyEvent) -> AnyEvent:
        """The event itself, or the same with the action `other` where its own is not in the list."""
        if not self._names or not isinstance(event, Engagement | Outcome) or event.action in self._names:
            return event
        return replace(event, action=_UNLISTED)


NO_LIST = ActionList([])
