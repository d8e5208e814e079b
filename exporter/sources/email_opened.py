"""POST /webhook/email-opened: an application's tracking pixel saw a mail being opened."""

from __future__ import annotations

from datetime import datetime

import msgspec

from exporter.event import Engagement, Submission
from exporter.sources.app_call import AppCall, once_key, written
from exporter.sources.bearer import check_bearer
from exporter.sources.mail_actor import actor_of
from exporter.sources.source import Batch, Request, Source
from exporter.sources.strict_json import decode_body
from exporter.vocabulary import Channel


class _Opened(AppCall, frozen=True, kw_only=True):
    message_id: str | int
    user_agent: str | None = None


_opened = msgspec.json.Decoder(_Opened)


class EmailOpened(Source):
    """Openings of mails, those by machines apart.

    Openings that the caller tells apart, by `event_id` or by time, all count; others once a message, because nothing
    tells a second opening from a request that is sent again.
    """

    name = "track"
    paths = ("/webhook/email-opened",)
    takes = "an opened mail by its message id"
    kinds = (Engagement,)
    strict = True

    def __init__(self, tokens: tuple[bytes, ...]) -> None:
        self._tokens = tokens

    def read(self, request: Request) -> Batch:
        """Check the token and take one opening."""
        check_bearer(self._tokens, request)
        call = decode_body(_opened, request.body)
        event = call.event(
            request,
            kind="engagement",
            action="open",
            actor=actor_of(call.user_agent),
            channel=Channel.EMAIL,
            message_id=written(call.message_id),
        )
        return Batch([Submission(self.name, event, request.body, _key(call, event.at))], [])


def _key(call: _Opened, at: datetime) -> str:
    if event_id := written(call.event_id):
        return event_id
    times = [at.isoformat()] if call.moment else []
    return once_key("open", str(call.message_id), *times)
