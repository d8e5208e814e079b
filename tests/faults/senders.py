"""Senders as providers are: they sign, repeat, shuffle, and come again until they are told 200."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from time import monotonic, time
from typing import NamedTuple
from urllib.parse import urlencode

import aiohttp

from tests.faults.exporter_process import PUBLIC_URL
from tests.unit.sources.sent import twilio_signature, whatsapp_request

Identity = tuple[str, ...]
"""What makes an event one: (message id, status) of a message, (event id,) of the rest."""

_STATUSES = ("queued", "sent", "delivered", "read")
_META_STATUSES = ("sent", "delivered", "read", "failed")
_AGAIN = frozenset({502, 503, 504})
_RECENT = 200


class Post(NamedTuple):
    """A request that may be sent any number of times, and the events in it."""

    path: str
    body: bytes
    headers: dict[str, str]
    events: tuple[Identity, ...]


def twilio_posts(luck: random.Random) -> Iterator[Post]:
    """Status callbacks, one a request, each message's in random order."""
    number = 0
    while True:
        number += 1
        sid = f"SM{number:032x}"
        for status in luck.sample(_STATUSES, len(_STATUSES)):
            fields = {
                "MessageSid": sid,
                "MessageStatus": status,
                "From": "+15005550006",
                "To": "+15005550007",
            }
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": twilio_signature(fields.items(), f"{PUBLIC_URL}/webhooks/twilio"),
            }
            yield Post("/webhooks/twilio", urlencode(fields).encode(), headers, ((sid, status),))


def whatsapp_posts(luck: random.Random) -> Iterator[Post]:
    """Notifications of one to four statuses, of several messages and in random order."""
    number = 0
    while True:
        number += 1
        steps = [(f"wamid.{number}.{message}", status) for message in "ab" for status in _META_STATUSES]
        luck.shuffle(steps)
        while steps:
            size = luck.randint(1, 4)
            taken, steps = steps[:size], steps[size:]
            request = whatsapp_request(_notification(taken))
            yield Post("/webhooks/whatsapp", request.body, dict(request.headers), tuple(taken))


def _notification(steps: list[tuple[str, str]]) -> dict[str, object]:
    statuses = [
        {"id": message, "status": status, "timestamp": str(int(time())), "recipient_id": "15005550007"}
        for message, status in steps
    ]
    metadata = {"display_phone_number": "15005550006", "phone_number_id": "100000000000001"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, "statuses": statuses}
    entry = {"id": "200000000000001", "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def track_posts(luck: random.Random) -> Iterator[Post]:
    """Batches of one to five events of our own schema, each with an id, some within one batch repeated."""
    number = 0
    while True:
        names = [f"outcome-{number + n}" for n in range(luck.randint(1, 5))]
        number += len(names)
        lines = [
            {"kind": "outcome", "event_id": name, "action": "bill_paid_on_time", "amount_usd": "0.01"}
            for name in names
        ]
        body = "\n".join(map(json.dumps, [*lines, luck.choice(lines)])).encode()
        yield Post("/events", body, {}, tuple((name,) for name in names))


class Senders:
    """Everybody who posts to one exporter, and what they were told.

    Attributes:
        acknowledged: every event that was answered 200.
        refusals: answers that are neither 200 nor an invitation to come again; there should be none.
    """

    def __init__(self, url: str, seed: int, *, rate_per_sender: float = 60) -> None:
        self.acknowledged: set[Identity] = set()
        self.refusals: Counter[int] = Counter()
        self.answers = 0
        self._url = url
        self._luck = random.Random(seed)
        self._pause_s = 1 / rate_per_sender
        self._recent: list[Post] = []
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Let each sender finish the request it is at."""
        self._stop.set()

    async def run(self) -> None:
        """Four senders at once: three providers, and the network that repeats any of them."""
        timeout = aiohttp.ClientTimeout(10)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as tasks:
            for source in (twilio_posts, whatsapp_posts, track_posts):
                tasks.create_task(self._send(session, source(self._luck).__next__))
            tasks.create_task(self._send(session, self._repeat))

    def _repeat(self) -> Post | None:
        return self._luck.choice(self._recent) if self._recent else None

    async def _send(self, session: aiohttp.ClientSession, next_post: Callable[[], Post | None]) -> None:
        due = monotonic()
        while not self._stop.is_set():
            if post := next_post():
                await self._until_answered(session, post)
                self._recent = [*self._recent[-_RECENT:], post]
            due += self._pause_s
            await asyncio.sleep(max(0.0, due - monotonic()))

    async def _until_answered(self, session: aiohttp.ClientSession, post: Post) -> None:
        while True:
            status = await self._status(session, post)
            if status == 200:
                self.acknowledged.update(post.events)
                self.answers += 1
                return
            if status not in (*_AGAIN, 0):
                self.refusals[status] += 1
                return
            await asyncio.sleep(0.02)

    async def _status(self, session: aiohttp.ClientSession, post: Post) -> int:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with session.post(self._url + post.path, data=post.body, headers=post.headers) as answer:
                await answer.read()
                return answer.status
        return 0
