"""A WhatsApp notification: entries hold changes, changes hold statuses, messages or account news.

Every level is decoded on its own, so that an odd part is parked and never stops the parts beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, AnyEvent, Submission
from exporter.sources.moment import from_epoch_s
from exporter.sources.source import Parked
from exporter.sources.strict_json import plain
from exporter.sources.whatsapp_account import (
    account_event,
    error_event,
    phone_number_id,
    read_account_news,
)
from exporter.sources.whatsapp_message import (
    MessageElement,
    StatusElement,
    received_message,
    status_step,
)

Part = TypeVar("Part")


class _Entry(msgspec.Struct):
    id: Any = None
    time: Any = None
    changes: list[msgspec.Raw] | None = None


class _Change(msgspec.Struct):
    field: Any = None
    value: msgspec.Raw = msgspec.Raw(b"null")


class _MessagesValue(msgspec.Struct):
    metadata: Any = None
    statuses: msgspec.Raw = msgspec.Raw(b"null")
    messages: msgspec.Raw = msgspec.Raw(b"null")
    errors: msgspec.Raw = msgspec.Raw(b"null")


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
    time: Any = None


_statuses_only = msgspec.json.Decoder(list[_StatusesEntry])
_parts = msgspec.json.Decoder(list[msgspec.Raw] | None)
_entry = msgspec.json.Decoder(_Entry)
_change = msgspec.json.Decoder(_Change)
_messages_value = msgspec.json.Decoder(_MessagesValue)
_status_element = msgspec.json.Decoder(StatusElement)
_message_element = msgspec.json.Decoder(MessageElement)
_error_element = msgspec.json.Decoder(dict[str, Any])


class Notification:
    """Collects what one notification comes to.

    Attributes:
        submissions, parked: filled in the order of the notification.
    """

    def __init__(self, tenants: Mapping[str, str], received_at: datetime) -> None:
        self.submissions: list[Submission] = []
        self.parked: list[Parked] = []
        self._tenants = tenants
        self._received_at = received_at

    def read_entries(self, raw: msgspec.Raw) -> None:
        """Read the `entry` list: at once where it holds nothing but statuses, as most do, else level by level."""
        try:
            entries = _statuses_only.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._read_each_entry(raw)
            return
        for entry in entries:
            for change in entry.changes:
                self._read_statuses(change.value.statuses, self._tenant(entry, change.value.metadata))

    def _read_each_entry(self, raw: msgspec.Raw) -> None:
        for part in self._decoded(_parts, raw, "entry") or ():
            entry = self._decoded(_entry, part, "entry")
            for change_part in (entry and entry.changes) or ():
                change = self._decoded(_change, change_part, "change")
                if entry and change:
                    self._read_change(entry, change, change_part)

    def park(self, reason: Reason, detail: str, raw: bytes, tenant: str = DEFAULT_TENANT) -> None:
        """Keep a part that cannot be counted."""
        index = len(self.submissions) + len(self.parked)
        self.parked.append(Parked(index, reason, detail, raw, tenant))

    def _read_change(self, entry: _Entry, change: _Change, raw: msgspec.Raw) -> None:
        if change.field == "messages":
            value = self._decoded(_messages_value, change.value, "value")
            if value:
                self._read_messages(entry, value, raw)
        else:
            self._read_account_news(entry, change, raw)

    def _read_messages(self, entry: _Entry, value: _MessagesValue, raw: msgspec.Raw) -> None:
        tenant = self._tenant(entry, value.metadata)
        before = len(self.submissions) + len(self.parked)
        self._read_statuses(self._decoded(_parts, value.statuses, "statuses") or (), tenant)
        for part in self._decoded(_parts, value.messages, "messages") or ():
            if message := self._decoded(_message_element, part, "message", tenant):
                self._submit_step(part, tenant, message)
        for place, part in enumerate(self._decoded(_parts, value.errors, "errors") or ()):
            error = self._decoded(_error_element, part, "error", tenant)
            if error is not None:
                at = from_epoch_s(entry.time, self._received_at)
                self._submit(error_event(error, at, tenant), bytes(part), _key(entry, raw, place))
        if len(self.submissions) + len(self.parked) == before:
            self.park(Reason.MISSING_FIELD, "neither statuses nor messages nor errors", bytes(raw), tenant)

    def _read_statuses(self, parts: Iterable[msgspec.Raw], tenant: str) -> None:
        for part in parts:
            if status := self._decoded(_status_element, part, "status", tenant):
                self._submit_step(part, tenant, status)

    def _submit_step(self, part: msgspec.Raw, tenant: str, element: StatusElement | MessageElement) -> None:
        raw = bytes(part)
        try:
            if isinstance(element, StatusElement):
                event = status_step(element, tenant, self._received_at)
            else:
                event = received_message(element, tenant, self._received_at)
        except Rejected as unusable:
            self.park(unusable.reason, unusable.detail, raw, tenant)
        else:
            self._submit(event, raw, None)

    def _read_account_news(self, entry: _Entry, change: _Change, raw: msgspec.Raw) -> None:
        news = read_account_news(change.value)
        tenant = self._tenant(entry, news.metadata)
        at = from_epoch_s(entry.time, self._received_at)
        self._submit(account_event(news, change.field, at, tenant), bytes(raw), _key(entry, raw))

    def _submit(self, event: AnyEvent, raw: bytes, key: str | None) -> None:
        self.submissions.append(Submission("whatsapp", event, raw, key))

    def _tenant(self, entry: _Entry | _StatusesEntry, metadata: object) -> str:
        for name in (phone_number_id(metadata), entry.id):
            if isinstance(name, str) and name in self._tenants:
                return self._tenants[name]
        return DEFAULT_TENANT

    def _decoded(
        self, decoder: msgspec.json.Decoder[Part], raw: msgspec.Raw, what: str, tenant: str = DEFAULT_TENANT
    ) -> Part | None:
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError as error:
            self.park(Reason.BAD_FIELD, f"{what}: {plain(error)}", bytes(raw), tenant)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.park(Reason.MALFORMED_EVENT, f"{what}: cannot be read", bytes(raw), tenant)
        return None


def _key(entry: _Entry, raw: msgspec.Raw, place: int = 0) -> str:
    """The change's own bytes with its entry's id and time: Meta gives a change no id."""
    owner = f"{entry.id}:{entry.time}:{place}:".encode("utf-8", "surrogatepass")
    return hashlib.sha256(owner + bytes(raw)).hexdigest()
