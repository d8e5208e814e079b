"""An exporter that only stores: the ledger with prices and totals, as commands use it beside a running one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from exporter.billing.sms_cards import SmsCards, own_fees
from exporter.config import Config, ConfigFile, ScanConfig
from exporter.errors import LedgerUnavailable
from exporter.in_force import InForce
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.ledger import Ledger
from exporter.metrics_page import MetricsPage
from exporter.pricing.sms_history import SmsPriceHistory
from exporter.scans.progress import Progress
from exporter.scans.scan import Scan
from exporter.sources import routes
from exporter.totals import Totals


class Storage:
    """What events go through between their senders and /metrics.

    Attributes:
        page: what /metrics shows.
        in_force: the configuration, and what is made of it.
    """

    def __init__(self, config_file: ConfigFile) -> None:
        """Build it; raises ConfigError where a file that the configuration names cannot be used."""
        self.page = MetricsPage(config_file.config.limits.series_per_metric)
        self.in_force = InForce(config_file, self.page.metrics, self._sms_history)
        self._ledger: Ledger | None = None
        self._cards: SmsCards | None = None
        # Read for what is wrong with it, which is said before anything starts.
        own_fees(config_file.config.sources.twilio.prices)

    @asynccontextmanager
    async def running(self, dsn: str | None = None) -> AsyncIterator[tuple[Ledger, SmsCards]]:
        """Open the ledger until the block ends; `dsn` names one that runs already."""
        async with AsyncExitStack() as stack:
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            ledger = self._ledger_at(dsn or await _database(stack, tasks, self.in_force.config()))
            await stack.enter_async_context(ledger.running())
            self._ledger = ledger
            cards = self._cards = self._sms_cards(ledger)
            stack.callback(tasks.create_task(cards.run()).cancel)
            yield ledger, cards

    def ready(self) -> bool:
        """Whether events can be taken and priced."""
        is_priced = self._cards is not None and self._cards.ready
        return is_priced and self._ledger is not None and self._ledger.ready

    def scan(self, config: ScanConfig, ledger: Ledger, progress: Progress) -> Scan:
        """A scan that is run by hand."""
        url = config.database_url.get_secret_value() if config.database_url else ledger.dsn
        return Scan(config, url, ledger, self.page.metrics, progress=progress)

    async def roll_up(self) -> None:
        """Bring the rollups to the ledger's end now."""
        if self._ledger is None:
            raise LedgerUnavailable("the exporter does not run")
        await self._ledger.roll_up()

    def _ledger_at(self, dsn: str) -> Ledger:
        return Ledger(
            dsn,
            self.in_force.config,
            self.page.metrics,
            declare=self._declare,
            publish=self.page.publish,
            price=lambda event: self.in_force.pricer.priced(event),
        )

    def _sms_cards(self, ledger: Ledger) -> SmsCards:
        return SmsCards(
            lambda: self.in_force.config().sources.twilio.prices,
            ledger,
            self.page.metrics,
            directory=lambda: self.in_force.config().pricing.twilio_prices,
        )

    def _sms_history(self) -> SmsPriceHistory:
        if self._cards is None:
            raise LedgerUnavailable("the price lists are not read yet")
        return self._cards.history

    def _declare(self, totals: Totals) -> None:
        """Have every known label set at zero before anything counts."""
        totals.declare(self.in_force.config().tenants, routes(self.in_force.sources))


async def _database(stack: AsyncExitStack, tasks: asyncio.TaskGroup, config: Config) -> str:
    if config.database_url is not None:
        return config.database_url.get_secret_value()
    embedded = EmbeddedPostgres(Path(config.data_dir))
    stack.push_async_callback(embedded.stop)
    await embedded.start()
    stack.callback(tasks.create_task(embedded.watch()).cancel)
    return embedded.dsn
