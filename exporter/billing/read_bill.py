"""The regular reading of a bill: kept with its history, and counted by what it grows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import msgspec

from exporter.billing.bill_source import USD, BillSource, ledger_source
from exporter.billing.settlement import Increase, increases
from exporter.event import Charge, Submission
from exporter.ledger.bills import BillLine
from exporter.ledger.ledger import Ledger
from exporter.pricing.cost import EXACT, ZERO_USD
from exporter.vocabulary import Channel

log = logging.getLogger(__name__)


class ReadBill:
    """Reads the last days of a bill.

    What a line grows is an event whose key names the account, the day, the category and the amount it has reached.
    Which amounts a line had, and in which order, is written down before; so a crash, another leader or both at once
    repeat the same events, and the ledger counts each once.
    """

    def __init__(
        self,
        source: Callable[[], BillSource],
        ledger: Ledger,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._ledger = ledger
        self._now = now

    async def run(self) -> None:
        """Read all of the window once.

        Raises:
            ExporterError: the bill cannot be read to its end; nothing of it counts yet.
            LedgerUnavailable: the next look finds the same again.
        """
        source, now = self._source(), self._now()
        since = now.date() - timedelta(days=source.window_days)
        lines = await source.charges(since, now.date())
        new = await self._ledger.bills.record(source.of, now, lines)
        history = await self._ledger.bills.history(source.of, since, source.categories)
        await self._ledger.append([_submission(source, each) for each in increases(history)])
        log.info("the bill has %d lines, %d of them are new", len(lines), new, extra=_named(source))
        _compare_with_total(source, lines)


def _submission(source: BillSource, grown: Increase) -> Submission:
    category = source.categories[grown.category]
    event = Charge(
        at=datetime.combine(grown.day, time(), UTC),
        tenant=source.tenant,
        provider=source.of.provider,
        channel=category.channel or Channel.OTHER,
        basis="billed",
        component=category.component,
        category=grown.category,
        account=source.alias,
        amount_usd=grown.amount_usd,
    )
    reached = format(grown.cumulative_usd.normalize(EXACT), "f")
    key = f"bill:{source.of.account}:{grown.day}:{grown.category}:{reached}"
    raw = msgspec.json.encode(grown)
    return Submission(ledger_source(source.of.provider), event, raw, key, across_tenants=True)


def _compare_with_total(source: BillSource, lines: Sequence[BillLine]) -> None:
    """The total is more than our categories where other products are used, and never less."""
    for day, total_usd in sorted((n.day, n.amount) for n in lines if n.is_total and n.currency == USD):
        summed_usd = _summed(source, lines, day)
        if summed_usd > total_usd:
            log.warning(
                "categories of %s add up to %s USD, the bill's total is %s: are they still disjoint?",
                *(day, summed_usd, total_usd),
                extra=_named(source),
            )
    if any(n.currency != USD for n in lines if n.amount):
        log.warning("a bill in another currency than USD is kept and not counted", extra=_named(source))


def _summed(source: BillSource, lines: Sequence[BillLine], day: date) -> Decimal:
    summed_usd = ZERO_USD
    for line in lines:
        if line.day == day and line.category in source.categories and line.currency == USD:
            summed_usd = EXACT.add(summed_usd, line.amount)
    return summed_usd


def _named(source: BillSource) -> dict[str, str]:
    return {"provider": source.of.provider, "account": source.alias}
