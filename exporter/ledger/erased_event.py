"""An event without the person that it is about, which counts as it did before; pure."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from msgspec.structs import asdict, replace

from exporter.event import AnyEvent, Tally
from exporter.label import REDACTED, label
from exporter.ledger.person import Person

_NAMES = ("user", "peer", "conversation_id", "message_id")
"""Fields that say whose an event is."""
_NOBODYS_NUMBER = "+0000000"
"""As a label it is redacted, as the number was that stood there."""


class Eraser:
    """Takes one person out of texts and events."""

    def __init__(self, whom: Person) -> None:
        self._whom = whom
        self._find = re.compile(whom.pattern, re.IGNORECASE)

    def names(self, text: str | None) -> bool:
        """Whether a text holds something of the person."""
        return text is not None and self._find.search(text) is not None

    def identity(self, text: str | None) -> str | None:
        """An id, under another name where it holds something of the person; as erased_id of the ledger."""
        if text is None or not self.names(text):
            return text
        return "erased:" + sha256((self._whom.salt + text).encode()).hexdigest()

    def event(self, event: AnyEvent, *, is_theirs: bool) -> AnyEvent:
        """The event with nothing of the person; `is_theirs` where its message is known to be."""
        if isinstance(event, Tally):
            return replace(event, event=self.event(event.event, is_theirs=is_theirs), **self._changed(event))
        fields = self._changed(event)
        if is_theirs or self._is_about(event):
            theirs = ("user", "peer", "conversation_id")
            fields |= dict.fromkeys(name for name in theirs if hasattr(event, name))
        return replace(event, **fields)

    def _is_about(self, event: AnyEvent) -> bool:
        is_user = event.user is not None and event.user == self._whom.user
        return is_user or any(self.names(getattr(event, name, None)) for name in _NAMES)

    def _changed(self, event: AnyEvent) -> dict[str, Any]:
        # Words of ours, as a channel, are no plain texts.
        texts = {name: value for name, value in asdict(event).items() if type(value) is str}
        return {
            name: self._instead(name, value)
            for name, value in texts.items()
            if name != "tenant" and self._find.search(value)
        }

    def _instead(self, name: str, value: str) -> str | None:
        if name == "message_id":
            return self.identity(value)
        if name in ("user", "peer", "conversation_id", "outlet", "payment_id", "own_number"):
            return None
        if name == "event_id":
            return ""
        # Everything else is a label: what shows there has been counted under it.
        return _NOBODYS_NUMBER if label(value) == REDACTED else value
