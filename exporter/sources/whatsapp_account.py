"""What WhatsApp says about an account, a template or a number rather than about a message."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from exporter.error_class import error_class
from exporter.event import Account
from exporter.sources.ledger_text import ledger_text
from exporter.sources.whatsapp_account_fields import FIELDS, Field
from exporter.sources.whatsapp_element import error_code
from exporter.sources.whatsapp_owner import Owner

_OTHER = Field(named_by=("event", "decision"), states=frozenset().union(*(f.states for f in FIELDS.values())))
_QUALITY = frozenset({"flagged", "unflagged"})
_UNLIMITED = frozenset({"-1", "UNLIMITED", "TIER_UNLIMITED"})
_limit = re.compile(r"(?:TIER_)?([0-9]{1,9})(K?)").fullmatch


class AccountNews(msgspec.Struct):
    """What is read of a change or of an element of its lists; nothing of a person."""

    metadata: Any = None
    display_phone_number: Any = None
    phone_number: Any = None
    timestamp: Any = None
    event: Any = None
    decision: Any = None
    status: Any = None
    type: Any = None
    event_name: Any = None
    code: Any = None
    alert_severity: Any = None
    alert_info: Any = None
    message_template_name: Any = None
    new_quality_score: Any = None
    new_category: Any = None
    value: Any = None
    current_limit: Any = None
    max_daily_conversations_per_business: Any = None
    max_daily_conversation_per_phone: Any = None


class _Limit(NamedTuple):
    """Customers a day; neither number nor unlimited where none is stated."""

    customers: float | None = None
    unlimited: bool = False


_decode = msgspec.json.Decoder(AccountNews).decode


def read_account_news(value: msgspec.Raw) -> AccountNews:
    """What can be read of a change's value; news that cannot be read is still news."""
    try:
        return _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return AccountNews()


def account_event(news: AccountNews, field: object, at: datetime, owner: Owner) -> Account:
    """The event of a change, or of one element of it; a field that is not documented is `other`."""
    known = FIELDS.get(field) if isinstance(field, str) else None
    state = _state(news, known or _OTHER)
    limit = _limit_of(news) if known and known.has_limit else _Limit()
    return Account(
        at=at,
        tenant=owner.tenant,
        provider="whatsapp",
        field=str(field) if known else "other",
        subject=ledger_text(news.message_template_name) or owner.sender,
        # A quality is worth more than a limit: only one of them can be the state.
        state="unlimited" if limit.unlimited and state not in _QUALITY else state,
        value=limit.customers,
    )


def _state(news: AccountNews, field: Field) -> str | None:
    """The first word given, in lower case; one that is not documented is `other`."""
    if news.code is not None:
        return error_class(error_code([{"code": news.code}])).value
    given = (getattr(news, name) or _of_alert(news, name) for name in field.named_by)
    word = next((text for text in given if isinstance(text, str) and text), None)
    if word is None:
        return None
    word = word.lower().replace(" ", "_")
    return word if word in field.states else "other"


def _of_alert(news: AccountNews, name: str) -> object:
    return news.alert_info.get(name) if isinstance(news.alert_info, dict) else None


def _limit_of(news: AccountNews) -> _Limit:
    """The newest name first: the others were announced to go in February 2026."""
    stated = (
        news.max_daily_conversations_per_business,
        news.max_daily_conversation_per_phone,
        news.current_limit,
    )
    limits = (_read_limit(str(limit)) for limit in stated if type(limit) in (int, str))
    return next((limit for limit in limits if limit != _Limit()), _Limit())


def _read_limit(text: str) -> _Limit:
    if text in _UNLIMITED:
        return _Limit(unlimited=True)
    number = _limit(text)
    if number is None:
        return _Limit()
    return _Limit(float(number[1]) * (1_000 if number[2] else 1))
