"""Twilio's list of messages.

Source: twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from exporter.reconcile.twilio_api import Page, TwilioApi


class _MessagesPage(Page, kw_only=True):
    messages: list[msgspec.Raw]


_PAGE = msgspec.json.Decoder(_MessagesPage)


async def message_pages(
    api: TwilioApi, since: datetime, until: datetime, page_messages: int
) -> AsyncGenerator[list[bytes], None]:
    """The messages sent between two moments, each as its JSON, `page_messages` at a time.

    Raises:
        ApiError: we are refused, or have asked often enough.
    """
    query = {
        "DateSent>": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "DateSent<": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "PageSize": page_messages,
    }
    async with aclosing(api.pages(f"{api.uri('Messages.json')}?{urlencode(query)}", _PAGE)) as pages:
        async for page in pages:
            yield [bytes(message) for message in page.messages]
