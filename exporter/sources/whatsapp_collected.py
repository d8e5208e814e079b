"""What one WhatsApp notification comes to."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, AnyEvent, Submission
from exporter.sources.source import Parked
from exporter.sources.strict_json import plain

Part = TypeVar("Part")

_MOST_PARTS = 20_000  # Meta sends at most 1,000 updates at once; more than this takes longer than a second


class Collected:
    """Events and parked parts, in the order of the notification."""

    def __init__(self, received_at: datetime) -> None:
        self.submissions: list[Submission] = []
        self.parked: list[Parked] = []
        self.received_at = received_at

    def submit(self, event: AnyEvent, raw: bytes, key: str | None = None) -> None:
        """Take an event."""
        self.submissions.append(Submission("whatsapp", event, raw, key))

    def park(self, reason: Reason, detail: str, raw: bytes, tenant: str = DEFAULT_TENANT) -> None:
        """Keep a part that cannot be counted."""
        self.expect(1)
        self.parked.append(Parked(len(self), reason, detail, raw, tenant))

    def decoded(
        self, decoder: msgspec.json.Decoder[Part], raw: msgspec.Raw, what: str, tenant: str = DEFAULT_TENANT
    ) -> Part | None:
        """The part, or None once it is parked."""
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError as error:
            self.park(Reason.BAD_FIELD, f"{what}: {plain(error)}", bytes(raw), tenant)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.park(Reason.MALFORMED_EVENT, f"{what}: cannot be read", bytes(raw), tenant)
        return None

    def __len__(self) -> int:
        return len(self.submissions) + len(self.parked)

    def expect(self, parts: int) -> None:
        """Have room for so many more.

        Raises:
            Rejected: the whole notification has too many.
        """
        if len(self) + parts > _MOST_PARTS:
            raise Rejected(Reason.TOO_LARGE, f"more than {_MOST_PARTS} updates")
