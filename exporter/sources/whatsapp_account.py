"""What WhatsApp says about an account, a template or a number rather than about a message."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from exporter.event import Account
from exporter.sources.ledger_text import LONGEST_NAME, ledger_text
from exporter.sources.whatsapp_message import error_code

_KNOWN_FIELDS = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_settings_update",
        "account_update",
        "automatic_events",
        "business_capability_update",
        "calls",
        "flows",
        "group_lifecycle_update",
        "group_participants_update",
        "group_settings_update",
        "group_status_update",
        "history",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "partner_solutions",
        "payment_configuration_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "smb_message_echoes",
        "template_category_update",
        "tracking_events",
        "user_preferences",
    }
)


class AccountNews(msgspec.Struct):
    """What is read of such a change; nothing of a person."""

    metadata: Any = None
    event: Any = None
    decision: Any = None
    message_template_name: Any = None
    new_quality_score: Any = None
    new_category: Any = None


_decode = msgspec.json.Decoder(AccountNews).decode


def read_account_news(value: msgspec.Raw) -> AccountNews:
    """What can be read of a change's value; news that cannot be read is still news."""
    try:
        return _decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return AccountNews()


def account_event(news: AccountNews, field: object, at: datetime, tenant: str) -> Account:
    """The event of a change; a field that is not documented is `other`."""
    states = (news.event, news.decision, news.new_quality_score, news.new_category)
    return Account(
        at=at,
        tenant=tenant,
        provider="whatsapp",
        field=field if isinstance(field, str) and field in _KNOWN_FIELDS else "other",
        subject=ledger_text(news.message_template_name) or ledger_text(phone_number_id(news.metadata)),
        state=next((text for state in states if (text := ledger_text(state, LONGEST_NAME))), None),
    )


def error_event(error: dict[str, Any], at: datetime, tenant: str) -> Account:
    """The event of an error that belongs to no message."""
    return Account(at=at, tenant=tenant, provider="whatsapp", field="errors", state=error_code([error]))


def phone_number_id(metadata: object) -> object:
    """The company's own number, by its id."""
    return metadata.get("phone_number_id") if isinstance(metadata, dict) else None
