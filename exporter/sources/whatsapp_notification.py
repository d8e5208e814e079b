"""The levels of a WhatsApp notification: entries hold changes, changes hold statuses, messages or other news.

Every level is decoded on its own, so that an odd part is parked and never stops the parts beside it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from exporter.errors import Reason
from exporter.sources.whatsapp_collected import Collected
from exporter.sources.whatsapp_news import Change, collect_elements, collect_news
from exporter.sources.whatsapp_owner import Directory
from exporter.sources.whatsapp_steps import collect_messages, collect_statuses

_NOTHING = msgspec.Raw(b"null")


class _Entry(msgspec.Struct):
    id: Any = None
    time: Any = None
    changes: list[msgspec.Raw] | None = None


class _ChangePart(msgspec.Struct):
    field: Any = None
    value: msgspec.Raw = _NOTHING


class _MessagesValue(msgspec.Struct):
    metadata: Any = None
    statuses: msgspec.Raw = _NOTHING
    messages: msgspec.Raw = _NOTHING
    errors: msgspec.Raw = _NOTHING


class _StatusesValue(msgspec.Struct):
    statuses: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1)]
    metadata: Any = None
    messages: None = None
    errors: None = None


class _StatusesChange(msgspec.Struct):
    field: Literal["messages"]
    value: _StatusesValue


class _StatusesEntry(msgspec.Struct):
    changes: list[_StatusesChange]
    id: Any = None


_statuses_only = msgspec.json.Decoder(list[_StatusesEntry])
_parts = msgspec.json.Decoder(list[msgspec.Raw] | None)
_entry = msgspec.json.Decoder(_Entry)
_change = msgspec.json.Decoder(_ChangePart)
_messages_value = msgspec.json.Decoder(_MessagesValue)


class Notification:
    """Walks through one notification.

    Attributes:
        collected: filled in the order of the notification.
    """

    def __init__(self, directory: Directory, collected: Collected) -> None:
        self.collected = collected
        self._directory = directory

    def read_entries(self, raw: msgspec.Raw) -> None:
        """Read the `entry` list: at once where it holds nothing but statuses, as most do, else level by level."""
        try:
            entries = _statuses_only.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._read_each_entry(raw)
            return
        for entry in entries:
            for change in entry.changes:
                owner = self._directory.owner(entry.id, change.value.metadata)
                collect_statuses(self.collected, change.value.statuses, owner)

    def _read_each_entry(self, raw: msgspec.Raw) -> None:
        decoded = self.collected.decoded
        for part in decoded(_parts, raw, "entry") or ():
            entry = decoded(_entry, part, "entry")
            for change_part in (entry and entry.changes) or ():
                change = decoded(_change, change_part, "change")
                if entry and change:
                    self._read_change(entry, change, change_part)

    def _read_change(self, entry: _Entry, change: _ChangePart, raw: msgspec.Raw) -> None:
        if change.field == "messages":
            value = self.collected.decoded(_messages_value, change.value, "value")
            if value:
                self._read_messages(entry, value, raw)
        else:
            whole = Change(entry.id, entry.time, change.field, raw)
            collect_news(self.collected, whole, change.value, self._directory)

    def _read_messages(self, entry: _Entry, value: _MessagesValue, raw: msgspec.Raw) -> None:
        owner = self._directory.owner(entry.id, value.metadata)
        out, before = self.collected, len(self.collected)
        collect_statuses(out, out.decoded(_parts, value.statuses, "statuses") or (), owner)
        collect_messages(out, out.decoded(_parts, value.messages, "messages") or (), owner)
        errors = out.decoded(_parts, value.errors, "errors") or ()
        collect_elements(out, Change(entry.id, entry.time, "errors", raw), errors, owner)
        if len(out) == before:
            out.park(
                Reason.MISSING_FIELD, "neither statuses nor messages nor errors", bytes(raw), owner.tenant
            )
