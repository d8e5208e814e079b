"""The outbox at work: letters that are due go to their channel, at least once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from exporter.ledger.notifications import Letter, Notifications
from exporter.notifications.carrier import Carrier, NotCarried
from exporter.notifications.quiet_hours import awake_at
from exporter.selfmetrics import SelfMetrics
from exporter.vocabulary import NotificationChannel, NotificationOutcome, NotificationType

log = logging.getLogger(__name__)

WAITS = tuple(timedelta(seconds=s) for s in (30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 28_800))
"""After each try that failed; over 21 hours in all, so that a mail server may be down for a night."""
_AT_ONCE = 8
_CLAIMED_AT_ONCE = 40
_LEASE_S = 300.0
"""More than the letters of one claim can take."""

Carriers = Mapping[NotificationChannel, Carrier]
Clock = Callable[[], datetime]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Delivery:
    """Plans and delivers; what one channel does harms neither another nor what is in-app."""

    def __init__(
        self,
        notifications: Notifications,
        carriers: Callable[[], Carriers],
        metrics: SelfMetrics,
        clock: Clock = _utc_now,
    ) -> None:
        self._notifications = notifications
        self._carriers = carriers
        self._count = metrics.notifications
        self._clock = clock
        self._declare()

    async def plan(self) -> None:
        """Put what is due into the outbox.

        Raises:
            LedgerUnavailable: the ledger does not answer; the next run goes on.
        """
        for planned in await self._notifications.plan(self._carriers().keys()):
            self._counted(planned.type, NotificationChannel.IN_APP, NotificationOutcome.SUCCESS)
            for _ in range(planned.dropped):
                self._counted(planned.type, NotificationChannel.WEBHOOK, NotificationOutcome.FAILURE)

    async def deliver(self, channel: NotificationChannel) -> None:
        """Hand over every letter of a channel that is due; each has its own run, so that a slow one holds up no other.

        Raises:
            LedgerUnavailable: the ledger does not answer; what was claimed is due again after the lease.
        """
        carrier = self._carriers().get(channel)
        if carrier is None:
            return
        at_once = asyncio.Semaphore(_AT_ONCE)
        letters = await self._claimed(channel)
        while letters:
            work = (self._take(letter, carrier, at_once) for letter in letters)
            # All are tried before any trouble ends the run.
            for error in await asyncio.gather(*work, return_exceptions=True):
                if error is not None:
                    raise error
            # Where our clock is behind the ledger's, a letter that was put off may be due at once: no second look.
            letters = await self._claimed(channel) if len(letters) == _CLAIMED_AT_ONCE else []

    async def _claimed(self, channel: NotificationChannel) -> list[Letter]:
        return await self._notifications.claim([channel], _CLAIMED_AT_ONCE, _LEASE_S)

    async def _take(self, letter: Letter, carrier: Carrier, at_once: asyncio.Semaphore) -> None:
        async with at_once:
            if not letter.is_wanted:
                await self._notifications.settle(letter, None)
                return
            now = self._clock()
            if (awake := awake_at(now, letter.quiet)) > now:
                await self._notifications.put_off(letter, awake, tried=False)
                return
            await self._carry(letter, carrier)

    async def _carry(self, letter: Letter, carrier: Carrier) -> None:
        outcome = NotificationOutcome.SUCCESS
        try:
            await carrier.carry(letter)
        except NotCarried as error:
            outcome = _outcome(error, letter)
            log.warning("notification by %s: %s (%s)", letter.channel.value, outcome.value, error)
        if outcome is NotificationOutcome.RETRY:
            await self._notifications.put_off(letter, self._clock() + WAITS[letter.tries - 1], tried=True)
        else:
            await self._notifications.settle(letter, outcome)
        self._counted(letter.type, letter.channel, outcome)

    def _counted(
        self, kind: NotificationType, channel: NotificationChannel, outcome: NotificationOutcome
    ) -> None:
        self._count.labels(kind.value, channel.value, outcome.value).inc()

    def _declare(self) -> None:
        for kind in NotificationType:
            for channel in NotificationChannel:
                in_app = channel is NotificationChannel.IN_APP
                for outcome in (NotificationOutcome.SUCCESS,) if in_app else NotificationOutcome:
                    self._count.labels(kind.value, channel.value, outcome.value)


def _outcome(error: NotCarried, letter: Letter) -> NotificationOutcome:
    if error.for_good:
        return NotificationOutcome.REFUSED
    return NotificationOutcome.RETRY if letter.tries <= len(WAITS) else NotificationOutcome.FAILURE
