"""Twilio's messages against the ledger: a step that Twilio reports and never told us is appended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from exporter.errors import Reason, Rejected
from exporter.event import DEFAULT_TENANT, Entry, Message, Submission
from exporter.ledger.ledger import Ledger
from exporter.ledger.parking import ParkedEvent
from exporter.reconcile.messages_api import message_pages
from exporter.reconcile.twilio_api import TwilioApi
from exporter.rest_api import Sleep
from exporter.selfmetrics import SelfMetrics
from exporter.sources.strict_json import decode_body
from exporter.sources.twilio import Twilio, TwilioConfig
from exporter.sources.twilio_json import resource_report, rfc_2822
from exporter.sources.twilio_message import MessageReader
from exporter.vocabulary import Status

log = logging.getLogger(__name__)

_ROW = msgspec.json.Decoder(dict[str, Any])


class _Found(NamedTuple):
    """A row of the list as the step that it reports."""

    message: Message
    message_id: str
    raw: bytes


class TwilioMessages:
    """The sweep.

    A step that it appends has the pair (message, status) for its key, as one told by a callback has: it is safe to
    repeat, and a callback that comes after it counts nothing more. Only the status that Twilio reports now is
    appended: the steps before it are not in the list, and are not made up.
    """

    def __init__(
        self,
        config: Callable[[], TwilioConfig],
        ledger: Ledger,
        metrics: SelfMetrics,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._now = now
        self._sleep = sleep
        self._counts = {status: metrics.reconciled_messages.labels(Twilio.name, status) for status in Status}

    async def run(self) -> None:
        """Look once at all of the window.

        Raises:
            ApiError: the list cannot be read to its end; what was read before counts.
            LedgerUnavailable: the next look finds the same again.
        """
        config, now = self._config(), self._now()
        settled = now - timedelta(seconds=config.reconcile.settle_s)
        reader = MessageReader(config.tenants, config.senders)
        since = now - timedelta(days=config.reconcile.window_days)
        rows = appended = 0
        api = TwilioApi(config, config.reconcile.api_url, self._sleep)
        listed = message_pages(api, since, settled, config.reconcile.page_messages)
        async with aclosing(listed) as pages:
            async for page in pages:
                rows += len(page)
                appended += await self._take(page, reader, settled, now)
        log.info("twilio has %d messages, %d steps of them were missing", rows, appended)

    async def _take(self, page: list[bytes], reader: MessageReader, settled: datetime, now: datetime) -> int:
        found: list[_Found] = []
        unusable: list[ParkedEvent] = []
        for raw in page:
            try:
                row = decode_body(_ROW, raw)
                if _changed_at(row, settled) <= settled:
                    found.append(_read(row, raw, reader, now))
            except Rejected as rejected:
                unusable.append(_parked(DEFAULT_TENANT, rejected.reason, rejected.detail, raw))
        await self._ledger.park(unusable)
        return await self._append(await self._missing(found))

    async def _missing(self, found: list[_Found]) -> list[Submission]:
        """The steps that the ledger has not counted, each for the tenant that its message has there."""
        known = await self._ledger.steps_seen(Twilio.name, [row.message_id for row in found])
        missing: list[Submission] = []
        for message, message_id, raw in found:
            steps = known.get(message_id)
            if steps is None:
                missing.append(Submission(Twilio.name, message, raw))
            elif not steps.has(message.status):
                event = msgspec.structs.replace(message, tenant=steps.tenant)
                missing.append(Submission(Twilio.name, event, raw))
        return missing

    async def _append(self, missing: list[Submission]) -> int:
        refused: list[ParkedEvent] = []
        appended = 0
        for answer, (_, event, raw, *_) in zip(await self._ledger.append(missing), missing, strict=True):
            if isinstance(answer, Entry) and isinstance(event, Message):
                self._counts[event.status].inc()
                appended += 1
            elif isinstance(answer, Reason):
                refused.append(_parked(event.tenant, answer, "the ledger refused a value", raw))
        await self._ledger.park(refused)
        return appended


def _read(row: dict[str, Any], raw: bytes, reader: MessageReader, now: datetime) -> _Found:
    report = resource_report(row, now)
    message = reader.message(report.fields, report.at or now)
    return _Found(message, report.fields["MessageSid"], raw)


def _changed_at(row: dict[str, Any], otherwise: datetime) -> datetime:
    return rfc_2822(row.get("date_updated")) or rfc_2822(row.get("date_created")) or otherwise


def _parked(tenant: str, reason: Reason, detail: str, raw: bytes) -> ParkedEvent:
    return ParkedEvent(tenant, Twilio.name, reason, detail, raw)
