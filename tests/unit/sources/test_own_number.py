"""Our own number is known of every message, in one spelling whoever carried it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from exporter.sources.twilio_message import MessageReader
from exporter.sources.whatsapp_owner import Directory

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS, THEIRS = "+447700900100", "+447700900999"


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ({"From": OURS, "To": THEIRS, "MessageStatus": "sent"}, OURS),
        ({"From": THEIRS, "To": OURS, "SmsStatus": "received"}, OURS),
        ({"From": f"whatsapp:{OURS}", "To": f"whatsapp:{THEIRS}", "MessageStatus": "read"}, OURS),
        ({"From": THEIRS, "To": OURS, "MessageStatus": "delivered", "Direction": "inbound"}, OURS),
        ({"From": "72345", "To": THEIRS, "MessageStatus": "sent"}, "72345"),
        ({"From": "Acme", "To": THEIRS, "MessageStatus": "sent"}, "Acme"),
        ({"To": THEIRS, "MessageStatus": "sent"}, None),
        ({"From": "A\0", "To": THEIRS, "MessageStatus": "sent"}, None),
    ],
)
def test_twilio_names_it(fields: dict[str, str], number: str | None) -> None:
    assert MessageReader({}, {}).message({"MessageSid": "SM1", **fields}, AT).own_number == number


@pytest.mark.parametrize(
    ("metadata", "number"),
    [
        ({"display_phone_number": "447700900100", "phone_number_id": "77"}, OURS),
        ({"display_phone_number": "+44 7700 900-100", "phone_number_id": "77"}, OURS),
        ({"display_phone_number": "our shop", "phone_number_id": "77"}, "77"),
        ({"phone_number_id": "77"}, "77"),
        ({"display_phone_number": 5}, None),
        ({}, None),
        (None, None),
    ],
)
def test_meta_names_it(metadata: Any, number: str | None) -> None:
    assert Directory({}, {}).owner("1", metadata).number == number
