"""The scheduled work of notifications: find what to tell, plan whom to tell how, and deliver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from exporter.config import Config
from exporter.ledger.ledger import Ledger
from exporter.notifications.budget_notices import budget_notices
from exporter.notifications.carrier import Carrier
from exporter.notifications.delivery import Delivery
from exporter.notifications.news import news
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals
from exporter.vocabulary import NotificationChannel


class Notifier:
    """Tells users by the configuration in force."""

    def __init__(
        self, config: Callable[[], Config], ledger: Ledger, totals: Callable[[], Totals], metrics: SelfMetrics
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._totals = totals
        self._feed = ledger.notification_feed(
            lambda entries, marks: news(entries, marks, config().notifications)
        )
        self._delivery = Delivery(ledger.notifications, self._carriers, metrics)

    async def find(self) -> None:
        """Make notifications of what is new, and plan those that are due.

        Raises:
            LedgerUnavailable: the ledger does not answer; the next run goes on.
        """
        await self._feed.run()
        await self._delivery.plan()

    async def tell_of_budgets(self) -> None:
        """Make notifications of budgets that are used; beside the event loop, because days of cost are many.

        Raises:
            LedgerUnavailable: the ledger does not answer; the next run goes on.
        """
        cost_days, now = self._totals().cost_days(), datetime.now(UTC)
        notices = await asyncio.to_thread(budget_notices, self._config(), cost_days, now)
        if notices:
            await self._ledger.notifications.add(notices)

    async def deliver(self, channel: NotificationChannel) -> None:
        """See Delivery.deliver."""
        await self._delivery.deliver(channel)

    def _carriers(self) -> dict[NotificationChannel, Carrier]:
        """The channels that the configuration has; the libraries are loaded by those who send something."""
        config, carriers = self._config(), dict[NotificationChannel, Carrier]()
        if config.notifications.smtp.host is not None:
            from exporter.notifications.mail import Mail

            carriers[NotificationChannel.EMAIL] = Mail(config.notifications.smtp)
        if config.notifications.sms.sender is not None:
            from exporter.notifications.sms import TextMessages

            carriers[NotificationChannel.SMS] = TextMessages(config)
        return carriers
