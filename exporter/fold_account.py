"""What news about WhatsApp accounts, templates and numbers does to the gauges; the newest by its own time stands."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from exporter.event import Account
from exporter.known import QUALITIES, TEMPLATE_STATES, Key
from exporter.label import label
from exporter.measure import Gauges

_SAME_STATE = {"reinstated": "approved"}
_QUALITY_OF_NUMBER = {"flagged": "red", "unflagged": "green"}


class AccountGauges:
    """The three gauges of WhatsApp accounts."""

    def __init__(self, template_state: Gauges, quality: Gauges, messaging_limit: Gauges) -> None:
        self._template_state = template_state
        self._quality = quality
        self._messaging_limit = messaging_limit

    def read(self, event: Account, at_us: int) -> None:
        """Take what the news states, by its field in Meta's words."""
        tenant, subject, word = label(event.tenant), label(event.subject or ""), (event.state or "").lower()
        if event.field == "message_template_status_update":
            state = _SAME_STATE.get(word, word)
            _one_of(self._template_state, (tenant, subject), TEMPLATE_STATES, state, at_us)
        elif event.field == "message_template_quality_update":
            _one_of(self._quality, (tenant, "template", subject), QUALITIES, word, at_us)
        elif event.field in ("phone_number_quality_update", "business_capability_update"):
            self._number(event, (tenant, subject), word, at_us)

    def _number(self, event: Account, sender: Key, word: str, at_us: int) -> None:
        tenant, name = sender
        quality = _QUALITY_OF_NUMBER.get(word)
        if quality and event.field == "phone_number_quality_update":
            _one_of(self._quality, (tenant, "number", name), QUALITIES, quality, at_us)
        limit = inf if word == "unlimited" else event.value
        if limit is not None:
            self._messaging_limit.read(sender, limit, at_us)


def _one_of(gauges: Gauges, key: Key, words: Sequence[str], word: str, at_us: int) -> None:
    """1 for the word, 0 for the others; one that is not among them is `other` or `unknown`.

    Meta's times are whole seconds. The place of the word, in microseconds, lets one win of two in the same second,
    whichever comes first.
    """
    if word not in words:
        word = "other" if "other" in words else "unknown"
    for one in words:
        gauges.read((*key, one), float(one == word), at_us + words.index(word))
