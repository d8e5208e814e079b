"""Tells endpoints what waits for them: at least once, over a day, each at its own pace.

A delivery is claimed before it is sent, so that whichever replica looks next goes on where this one died; its id stays
the same, by which the endpoint knows a repeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from random import uniform
from typing import Protocol
from uuid import UUID

from exporter.config.webhooks import WebhooksConfig
from exporter.errors import LedgerUnavailable
from exporter.event import Delivery as DeliveryEvent
from exporter.event import Submission
from exporter.ledger.notifications import Notice
from exporter.ledger.webhooks import Delivery, Webhooks
from exporter.outbound.attempt import Answer, Caller
from exporter.outbound.signature import signed_headers
from exporter.vocabulary import NotificationOutcome

log = logging.getLogger(__name__)

SOURCE = "webhooks"
WAITS_S = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0)
"""Seconds after each failed attempt: eight attempts in 27 hours and a half. Source: docs.svix.com/retries, 2026-11."""
_JITTER_RATIO = 0.2
_AT_ONCE = 4
_ENDPOINTS_AT_ONCE = 64
_TURNS = 5
_DAY_S = 86_400.0
_GONE = 410

Append = Callable[[list[Submission]], Awaitable[object]]


class Observer(Protocol):
    """Who cares what becomes of messages."""

    def settled(self, one: Delivery, outcome: NotificationOutcome) -> None:
        """An attempt is over, and written down."""

    def paused(self, one: Delivery, *, gone: bool) -> Notice:
        """What to tell where this attempt pauses the endpoint: for days of failures, or because it is gone."""


class WebhookSender:
    """The work of telling; `run` looks for what is due and does not wait for those who answer slowly."""

    def __init__(
        self,
        config: Callable[[], WebhooksConfig],
        webhooks: Webhooks,
        append: Append,
        observer: Observer,
        caller: Caller | None = None,
    ) -> None:
        self._config = config
        self._webhooks = webhooks
        self._append = append
        self._observer = observer
        self._caller = caller or Caller()
        self._telling: dict[tuple[str, UUID], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Begin with every endpoint that is due and has room.

        Raises:
            LedgerUnavailable: the ledger does not answer; the next run goes on.
        """
        for endpoint in await self._webhooks.due(2 * _ENDPOINTS_AT_ONCE):
            if endpoint not in self._telling and len(self._telling) < _ENDPOINTS_AT_ONCE:
                task = self._telling[endpoint] = asyncio.create_task(self._tell(*endpoint))
                task.add_done_callback(partial(self._told, endpoint))

    def _told(self, endpoint: tuple[str, UUID], _: asyncio.Task[None]) -> None:
        del self._telling[endpoint]

    async def finish(self) -> None:
        """Wait for what was begun."""
        await asyncio.gather(*self._telling.values())

    def stop(self) -> None:
        """Cut short what was begun; it is sent again by whoever looks next."""
        for task in self._telling.values():
            task.cancel()
        self._caller.close()

    async def _tell(self, tenant: str, endpoint_id: UUID) -> None:
        """A few at a time; after some turns others come first."""
        try:
            for _ in range(_TURNS):
                claimed = await self._webhooks.claim(tenant, endpoint_id, _AT_ONCE)
                if not claimed:
                    return
                await asyncio.gather(*map(self._attempt, claimed))
        except LedgerUnavailable as error:
            log.warning("webhooks wait for the ledger: %s", error)

    async def _attempt(self, one: Delivery) -> None:
        """Where the ledger does not take what came of it, the same is sent again once the claim is over."""
        answer = await self._call(one)
        try:
            await self._append([_event(one, answer)])
            await self._settle(one, answer)
        except LedgerUnavailable as error:
            log.warning("a webhook was sent, and the ledger does not know: %s", error)

    async def _settle(self, one: Delivery, answer: Answer) -> None:
        outcome = NotificationOutcome.SUCCESS
        if answer.is_success:
            await self._webhooks.delivered(one, answer.detail)
        else:
            outcome = await self._failed(one, answer)
        self._observer.settled(one, outcome)

    async def _failed(self, one: Delivery, answer: Answer) -> NotificationOutcome:
        pause_after_s, gone = self._config().pause_after_days * _DAY_S, answer.status == _GONE
        wait_s, notice = _wait_s(one.tries), self._observer.paused(one, gone=gone)
        if await self._webhooks.failed(
            one, answer.detail, wait_s, pause_after_s, gone=gone, if_paused=notice
        ):
            log.warning("webhook endpoint %s/%s is paused, gone: %s", one.tenant, one.endpoint, gone)
        if gone:
            return NotificationOutcome.REFUSED
        return NotificationOutcome.FAILURE if wait_s is None else NotificationOutcome.RETRY

    async def _call(self, one: Delivery) -> Answer:
        secrets = [one.secret, *([one.previous_secret] if one.previous_secret else [])]
        now_s = int(datetime.now(UTC).timestamp())
        headers = signed_headers(f"msg_{one.delivery_id}", now_s, one.payload, secrets)
        headers |= {"Content-Type": "application/json", "User-Agent": "comms-exporter"}
        return await self._caller.post(one.url, one.payload, headers, self._config())


def _wait_s(tries: int) -> float | None:
    """Seconds to the next attempt; None after the last."""
    if tries > len(WAITS_S):
        return None
    wait_s = WAITS_S[tries - 1]
    return wait_s * uniform(1 - _JITTER_RATIO, 1 + _JITTER_RATIO)  # noqa: S311  # no secret


def _event(one: Delivery, answer: Answer) -> Submission:
    """The attempt, for the ledger; its key is of this attempt only."""
    event = DeliveryEvent(
        at=datetime.now(UTC),
        tenant=one.tenant,
        endpoint=f"{one.tenant}/{one.endpoint}"[:128],
        attempt=one.attempt,
        status_code=answer.status,
        seconds=answer.seconds,
    )
    return Submission(SOURCE, event, b"", f"{one.delivery_id} {one.attempt}")
