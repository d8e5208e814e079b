"""News that is no message: each change, or each element of its lists, is one event."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from exporter.event import Account, Engagement
from exporter.sources.moment import from_epoch_s
from exporter.sources.whatsapp_account import AccountNews, account_event, read_account_news
from exporter.sources.whatsapp_account_fields import FIELDS
from exporter.sources.whatsapp_collected import Collected
from exporter.sources.whatsapp_engagement import preference
from exporter.sources.whatsapp_owner import Directory, Owner
from exporter.sources.whatsapp_steps import collect_echo

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_parts = msgspec.json.Decoder(list[msgspec.Raw] | None)
_NOTHING = msgspec.Raw(b"null")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Change(NamedTuple):
    """A change and the entry it stands in."""

    account_id: Any
    time: Any
    field: Any
    raw: msgspec.Raw


def collect_news(out: Collected, change: Change, value: msgspec.Raw, directory: Directory) -> None:
    """Count a change by its elements, or as a whole where it has no lists."""
    news = read_account_news(value)
    owner = directory.owner(change.account_id, news.metadata, news.display_phone_number, news.phone_number)
    elements = _elements(change.field, value)
    if elements:
        collect_elements(out, change, elements, owner)
    else:
        out.expect(1)
        out.submit(_account(out, change, news, owner), bytes(change.raw), _digest(change))


def collect_elements(out: Collected, change: Change, parts: Sequence[msgspec.Raw], owner: Owner) -> None:
    """Count each element; its place in the change makes it recognisable, since few have an id."""
    out.expect(len(parts))
    digest = ""
    for place, part in enumerate(parts):
        news = read_account_news(part)
        if change.field == "smb_message_echoes" and news.type not in ("edit", "revoke"):
            collect_echo(out, part, owner)
        else:
            digest = digest or _digest(change)
            out.submit(_event(out, change, news, owner), bytes(part), f"{digest}:{place}")


def _event(out: Collected, change: Change, news: AccountNews, owner: Owner) -> Account | Engagement:
    wish = preference(news, owner, out.received_at) if change.field == "user_preferences" else None
    return wish or _account(out, change, news, owner)


def _account(out: Collected, change: Change, news: AccountNews, owner: Owner) -> Account:
    timestamp = change.time if news.timestamp is None else news.timestamp
    return account_event(news, change.field, from_epoch_s(timestamp, out.received_at), owner)


def _elements(field: object, value: msgspec.Raw) -> list[msgspec.Raw]:
    known = FIELDS.get(field) if isinstance(field, str) else None
    if known is None or not known.lists:
        return []
    try:
        members = _members.decode(value)
    except _UNREADABLE:
        return []
    return [part for name in known.lists for part in _list(members.get(name, _NOTHING))]


def _list(raw: msgspec.Raw) -> list[msgspec.Raw]:
    """The elements of a list; what is no list is news as it stands, so that nothing is lost."""
    try:
        return _parts.decode(raw) or []
    except _UNREADABLE:
        return [raw]


def _digest(change: Change) -> str:
    """The change's own bytes with its entry's id and time: Meta gives a change no id."""
    owner = f"{change.account_id}:{change.time}:".encode("utf-8", "surrogatepass")
    return hashlib.sha256(owner + bytes(change.raw)).hexdigest()
