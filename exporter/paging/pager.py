"""Paging: notifications become pages, pages become steps, and steps are handed over until somebody is reached.

Every step is committed before anybody is called, so that whichever replica looks next goes on where this one died.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from exporter.carriers.hand_over import HandOverFailed, HandOverRefused
from exporter.carriers.receipts import tenant_of
from exporter.config import Config
from exporter.errors import ExporterError
from exporter.ledger.pages import Acknowledged, Claim, Group, OpenPage, Pages, Settled, Way
from exporter.paging.carriers import Carriers
from exporter.paging.escalation import Patience, next_ways
from exporter.paging.notification import Notification, group_key, identities
from exporter.paging.people import CHANNELS, SMS, first_ways, levels
from exporter.paging.silences import SilenceFailed, silence
from exporter.paging.text import page_text, title
from exporter.selfmetrics import SelfMetrics

log = logging.getLogger(__name__)

OUTCOMES = ("sent", "delivered", "failed", "timed_out", "unsure", "acknowledged")
_EXPIRE_S = 86_400.0
_MOST_CLAIMS = 100


class NotPaged(ExporterError):
    """Nobody could be told now; the same notification may work later."""


class Pager:
    """Wakes people."""

    def __init__(
        self,
        config: Callable[[], Config],
        pages: Pages,
        metrics: SelfMetrics,
        carriers: Carriers | None = None,
    ) -> None:
        self._config = config
        self._pages = pages
        self._carriers = carriers or Carriers(config)
        self._metrics = metrics
        # One round at a time: what comes during a round goes together in the next, and each caller learns the truth.
        self._round = asyncio.Lock()
        for channel in CHANNELS:
            metrics.page_seconds.labels(channel)
            for outcome in OUTCOMES:
                metrics.pages.labels(channel, outcome)

    async def take(self, notification: Notification) -> bool:
        """Page for a notification; True where it was new.

        Raises:
            NotPaged: nobody is configured, or nobody who carries pages takes it now.
            LedgerUnavailable: it is not kept.
        """
        oncall = self._config().oncall
        if not oncall.people:
            raise NotPaged("nobody is on call: `oncall.people` is empty")
        group = Group(
            group_key(notification),
            identities(notification),
            notification.groupLabels,
            title(notification),
            page_text(notification),
        )
        if notification.status == "resolved":
            page_id = await self._pages.close(group, tell=oncall.tell_resolved)
            return page_id is not None and await self._tell_now(page_id)
        first = first_ways(levels(oncall, _now()))
        page_id, is_new = await self._pages.open(group, first, timedelta(seconds=oncall.repeat_s))
        await self._tell_now(page_id)
        return is_new

    async def _tell_now(self, page_id: int) -> bool:
        """Hand over what waits; a way that is refused for good leads to the next at once.

        Raises:
            NotPaged: a carrier took nothing.
        """
        failed = await self._hand_over_all()
        while any([await self._plan(page) for page in await self._pages.open_pages(page_id)]):
            failed |= await self._hand_over_all()
        if page_id in failed:
            raise NotPaged("who carries pages does not answer")
        return True

    async def run(self) -> None:
        """One look: receipts, escalation, what waits to be handed over, and silences.

        Raises:
            NotPaged: a carrier took nothing; the next look tries again.
            LedgerUnavailable: the same.
        """
        if not self._config().oncall.people:
            return
        await self._settle()
        for channel in await self._pages.time_out(self._config().oncall.patience_s):
            self._count(channel, "timed_out")
        for page in await self._pages.open_pages():
            await self._plan(page)
        failed = await self._hand_over_all()
        await self._pages.expire(_EXPIRE_S)
        await self._silence()
        if failed:
            raise NotPaged(f"{len(failed)} pages were taken by nobody")

    async def refresh(self) -> None:
        """Publish how long a page has reached nobody."""
        self._metrics.page_undelivered.set(await self._pages.undelivered_s())

    async def answered(self, person: str, tenant: str, message_id: str) -> None:
        """Somebody sent ACK; the message is in the ledger.

        Raises:
            LedgerUnavailable: not kept; the same message may come again.
        """
        silence_s = self._config().oncall.silence_s
        number = await self._pages.acknowledge(person, tenant, message_id, silence_s)
        self._count(SMS, "acknowledged", number)
        log.info("%s answered %d pages", person, number)

    async def _plan(self, page: OpenPage) -> list[Way]:
        oncall, now = self._config().oncall, _now()
        answer = None if oncall.answer_s is None else timedelta(seconds=oncall.answer_s)
        patience = Patience(timedelta(seconds=oncall.patience_s), answer)
        ways = next_ways(levels(oncall, now), page.steps, now, patience)
        if ways:
            log.info("page %d: next %s", page.page_id, ", ".join(f"{w.person}/{w.channel}" for w in ways))
            await self._pages.plan(page.page_id, ways)
        return ways

    async def _hand_over_all(self) -> set[int]:
        """Hand over whatever waits, each way once; the answer is the pages that were not taken."""
        async with self._round:
            return await self._one_round()

    async def _one_round(self) -> set[int]:
        failed: set[int] = set()
        tried: list[Way] = []
        oncall = self._config().oncall
        while len(tried) < _MOST_CLAIMS:
            claim = await self._pages.claim(oncall.storm_s, oncall.storm_sms, tried)
            if claim is None:
                break
            tried.append(claim.way)
            if not await self._hand_over(claim):
                failed.update(page.page_id for page in claim.pages)
        return failed

    async def _hand_over(self, claim: Claim) -> bool:
        channel, person = claim.way.channel, claim.way.person
        if claim.unsure:
            self._count(channel, "unsure")
        try:
            message_id = await self._carriers.hand_over(claim)
        except HandOverRefused as refused:
            log.warning("%s to %s is refused: %s", channel, person, refused)
            self._count(channel, "failed")
            await self._pages.refused(claim)
            return True
        except HandOverFailed as failed:
            log.warning("%s to %s failed: %s", channel, person, failed)
            await self._pages.release(claim, unsure=failed.unsure)
            return False
        self._count(channel, "sent")
        await self._pages.sent(claim, message_id)
        return True

    async def _settle(self) -> None:
        config = self._config()
        tenant = tenant_of(config, config.oncall.sender or "")
        self._settled(await self._pages.settle_messages(tenant))
        for call_id in await self._pages.calls():
            try:
                outcome = await self._carriers.twilio().call_outcome(call_id)
            except (HandOverFailed, HandOverRefused) as error:
                log.warning("the end of a call is not known: %s", error)
                continue
            if outcome is not None:
                self._settled(await self._pages.settle_call(call_id, outcome))

    def _settled(self, steps: list[Settled]) -> None:
        for channel, outcome, seconds in steps:
            self._count(channel, outcome)
            if outcome == "delivered":
                self._metrics.page_seconds.labels(channel).observe(seconds)

    async def _silence(self) -> None:
        url = self._config().alertmanager.url
        if url is None:
            return
        for page in await self._pages.to_silence():
            try:
                await self._silence_one(url, page)
            except SilenceFailed as error:
                log.warning("page %d cannot be silenced yet: %s", page.page_id, error)

    async def _silence_one(self, url: str, page: Acknowledged) -> None:
        if page.labels:
            await silence(url, page)
        else:
            log.warning("page %d has no labels by which it could be silenced", page.page_id)
        await self._pages.silenced(page.page_id)

    def _count(self, channel: str, outcome: str, number: int = 1) -> None:
        self._metrics.pages.labels(channel, outcome).inc(number)


def _now() -> datetime:
    return datetime.now(UTC)
