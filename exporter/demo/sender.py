"""Sends calls when they are due, over real HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import ClientError, ClientSession, ClientTimeout

from exporter.demo.scene import Call
from exporter.demo.signing import Signer

_AT_ONCE = 32
_ATTEMPTS = 5
_RETRY_S = 1.0
_READY_POLL_S = 0.05
_UNAVAILABLE = 503
_LIMIT = ClientTimeout(total=15)


class HttpSender:
    """The simulated senders' way to the exporter.

    Attributes:
        answers: how many calls got which status; 0 stands for none.
    """

    def __init__(self, origin: str, signer: Signer) -> None:
        self.answers: Counter[int] = Counter()
        self._origin = origin
        self._signer = signer

    async def until_ready(self) -> None:
        """Wait until the exporter takes events."""
        async with ClientSession(self._origin, timeout=_LIMIT) as session:
            while True:
                async with session.get("/-/ready") as answer:
                    if answer.status != _UNAVAILABLE:
                        return
                await asyncio.sleep(_READY_POLL_S)

    async def send(self, calls: Iterable[Call]) -> None:
        """Send each call at its time, or as soon after as the exporter keeps up."""
        places = asyncio.Semaphore(_AT_ONCE)
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        async with ClientSession(self._origin, timeout=_LIMIT) as session, asyncio.TaskGroup() as tasks:
            for call in calls:
                await asyncio.sleep(max(0.0, began_s + call.at_s - loop.time()))
                await places.acquire()
                task = tasks.create_task(self._deliver(session, call))
                task.add_done_callback(lambda _: places.release())

    async def _deliver(self, session: ClientSession, call: Call) -> None:
        """Try again while the exporter has trouble of its own, as providers do."""
        for attempt in range(_ATTEMPTS):
            await asyncio.sleep(attempt * _RETRY_S)
            status = await self._post(session, call)
            self.answers[status] += 1
            if status not in (0, _UNAVAILABLE):
                return

    async def _post(self, session: ClientSession, call: Call) -> int:
        headers, body = self._signer.signed(call, datetime.now(UTC))
        try:
            async with session.post(call.sender, data=body, headers=headers) as answer:
                return answer.status
        except (ClientError, TimeoutError):
            return 0
