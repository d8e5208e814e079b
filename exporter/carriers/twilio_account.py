"""SMS and calls by Twilio. Twilio's library writes the requests and reads the answers; the connection is ours.

Source: twilio.com/docs/messaging/api/message-resource and twilio.com/docs/voice/api/call-resource. The library's own
connection logs telephone numbers, bounds no answer, and knows no other host for tests. It is loaded by those who send
only: it costs 13 MB and 0.2 s.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    encode_basic_auth,
)
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

from exporter.carriers.hand_over import HandOverFailed, HandOverRefused
from exporter.field_types import secrets
from exporter.sources.twilio import TwilioConfig

_LIMIT = ClientTimeout(total=10)
_MOST_BYTES = 1024 * 1024
_SERVER = "https://api.twilio.com"
_UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500
_CLOCKS = timedelta(minutes=1)
_LOOK_BACK = 20
_RING_S = 30
_UNREADABLE = (TwilioException, ValueError, TypeError, KeyError, AttributeError)
"""How the library takes an answer that is not as documented."""
_NO_ANSWER = (*_UNREADABLE, ClientError, OSError, TimeoutError)
_REACHED, _NOT_REACHED = frozenset({"completed"}), frozenset({"busy", "no-answer", "failed", "canceled"})


class Sms(NamedTuple):
    """What to send; `sender` is a number, or a Messaging Service."""

    sender: str
    to: str
    body: str
    status_callback: str


class TwilioAccount:
    """One account; each method raises HandOverFailed, or HandOverRefused where asking again cannot help."""

    def __init__(self, twilio: TwilioConfig, api_url: str) -> None:
        self._account_sid = twilio.account_sid or ""
        self._tokens = secrets(twilio.auth_token)
        self._api_url = api_url

    async def send(self, sms: Sms, *, perhaps_sent_since: datetime | None = None) -> str:
        """Send an SMS; the answer is the message's id, maybe of one that an earlier try sent after all."""
        # Twilio has no key that makes a message once; what may have been sent is looked for before it is sent again.
        if perhaps_sent_since is not None and (found := await self._find(sms, perhaps_sent_since)):
            return found
        origin = "messaging_service_sid" if sms.sender.startswith("MG") else "from_"
        async with self._client() as client:
            sent = await client.messages.create_async(
                to=sms.to, body=sms.body, status_callback=sms.status_callback, **{origin: sms.sender}
            )
        return str(sent.sid)

    async def _find(self, sms: Sms, since: datetime) -> str | None:
        since -= _CLOCKS
        async with self._client() as client:
            listed = await client.messages.list_async(to=sms.to, date_sent_after=since, limit=_LOOK_BACK)
            same = (one for one in listed if one.body == sms.body)
            # Twilio promises to look at the day only, and the same may have been said this morning.
            return next(
                (str(one.sid) for one in same if (one.date_sent or one.date_created or since) > since), None
            )

    async def call(self, sender: str, to: str, said: str) -> str:
        """Call, and say it twice; the answer is the call's id."""
        spoken = VoiceResponse()
        spoken.say(said, loop=2)
        async with self._client() as client:
            called = await client.calls.create_async(to=to, from_=sender, twiml=str(spoken), timeout=_RING_S)
        return str(called.sid)

    async def call_outcome(self, call_id: str) -> str | None:
        """`delivered` once somebody, or their mailbox, has listened, `failed` when nobody has; None before."""
        async with self._client() as client:
            status = str((await client.calls(call_id).fetch_async()).status)
        if status in _REACHED:
            return "delivered"
        return "failed" if status in _NOT_REACHED else None

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Any]:
        """The library on a connection of ours; its errors become ours, without what it was asked."""
        async with ClientSession(timeout=_LIMIT) as session:
            connection = _Connection(session, self._api_url, self._account_sid, self._tokens)
            try:
                yield Client(self._account_sid, "unused", http_client=connection)
            except TwilioRestException as error:
                raise _refusal(error.status, error.code) from None
            except ClientConnectorError as error:
                raise HandOverFailed(
                    f"Twilio was not reached: {type(error).__name__}", unsure=False
                ) from None
            except _NO_ANSWER as error:
                raise HandOverFailed(f"no answer of Twilio: {type(error).__name__}", unsure=True) from None


class _Connection(AsyncHttpClient):  # type: ignore[misc]  # the library has no types
    """How the library reaches Twilio."""

    def __init__(
        self, session: ClientSession, api_url: str, account_sid: str, tokens: tuple[bytes, ...]
    ) -> None:
        self.is_async = True
        self._session = session
        self._api_url = api_url
        self._proofs = [encode_basic_auth(account_sid, token.decode(), "utf-8") for token in tokens]

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: object = None,
        timeout: float | None = None,  # noqa: ASYNC109  # the library's word
        allow_redirects: bool = False,
    ) -> Response:
        """One request; a second token, given while it is rotated, is tried where the first is refused."""
        answer = Response(_UNAUTHORIZED, "")
        for proof in self._proofs:
            if answer.status_code == _UNAUTHORIZED:
                async with self._session.request(
                    method,
                    url.replace(_SERVER, self._api_url, 1),
                    params=_flat(params),
                    data=_flat(data),
                    headers={**(headers or {}), "Authorization": proof},
                    allow_redirects=False,
                ) as got:
                    answer = Response(got.status, await _text(got), got.headers)
        return answer


def _flat(fields: Mapping[str, object] | None) -> dict[str, str] | None:
    return (
        None if fields is None else {name: str(value) for name, value in fields.items() if value is not None}
    )


async def _text(answer: ClientResponse) -> str:
    body = await answer.content.read(_MOST_BYTES + 1)
    while len(body) <= _MOST_BYTES and (more := await answer.content.read(_MOST_BYTES)):
        body += more
    if len(body) > _MOST_BYTES:
        raise ValueError("an answer without end")
    return body.decode("utf-8", "replace")


def _refusal(status: int, code: object) -> HandOverFailed | HandOverRefused:
    """A 4xx is about this message, but for those about our account and our pace."""
    why = f"Twilio answered {status}, code {code}"
    if status >= _SERVER_ERROR:
        return HandOverFailed(why, unsure=True)
    if status in (_UNAUTHORIZED, 403, 404, 408, _TOO_MANY):
        return HandOverFailed(why, unsure=False)
    return HandOverRefused(why)
