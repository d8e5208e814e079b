"""The composition root: every object is built once, opened in order and closed in reverse."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial

from exporter.api.alerts import Alerts
from exporter.api.answer_cache import AnswerCache
from exporter.api.communications import Communications
from exporter.api.endpoints import endpoints
from exporter.api.notification_alerts import NotificationAlerts
from exporter.api.service import ServiceHealth
from exporter.api.sources import Sources
from exporter.api.token import Tokens
from exporter.billing.sms_cards import SmsCards
from exporter.config import Config, ConfigFile
from exporter.config.bigquery_url import is_bigquery
from exporter.event import Submission
from exporter.fetch import fetch
from exporter.field_types import secrets
from exporter.front_page.inbox import inbox_of
from exporter.front_page.look import Parts as PageParts
from exporter.front_page.pace import Pace
from exporter.front_page.site import Site
from exporter.health import Health
from exporter.jobs import Jobs
from exporter.ledger.ledger import Ledger
from exporter.ledger.reader import Reader
from exporter.listen import listening
from exporter.notifications.texts import Texts
from exporter.notifications.webhook_observer import WebhookObserver
from exporter.outbound.sender import WebhookSender
from exporter.paging.pager import Pager
from exporter.paging.replies import replies
from exporter.receive import Fetch, Receiver, Store
from exporter.schedule import Work, schedule
from exporter.sources import routes
from exporter.sources.twilio import Twilio
from exporter.spend.daily_spend import Account
from exporter.spend.month import Month
from exporter.storage import Storage
from exporter.web import Parts, application

log = logging.getLogger(__name__)

_ALERTS_BYTES = 4_194_304


class App:
    """One exporter.

    Attributes:
        port: where it listens, known once it runs (a configured port 0 asks for a free one).
    """

    def __init__(self, config_file: ConfigFile, *, demo: bool = False, fetch: Fetch = fetch) -> None:
        self.port = 0
        self._demo = demo
        self._fetch = fetch
        self._storage = Storage(config_file)
        self._page = self._storage.page
        self._in_force = self._storage.in_force
        self._metrics = self._page.metrics
        self._metrics.demo_mode.set(demo)
        self._receivers: list[Receiver] = []
        self._months: Mapping[Account, Month] = {}
        self._pace = Pace()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Listen, store, follow and scan until the block ends; nothing acknowledged is lost at its end."""
        config = self._config()
        async with AsyncExitStack() as stack:
            ledger, cards = await stack.enter_async_context(self._storage.running())
            pager = Pager(self._config, ledger.pages, self._metrics)
            self._receivers = self._receivers_of(ledger, pager)
            reader = await stack.enter_async_context(Reader(ledger.dsn, size=4, statement_s=5).open())
            reports = await stack.enter_async_context(Reader(ledger.dsn, size=2, statement_s=60).open())
            sources = Sources(self._config, lambda: self._page.totals, self._metrics, ledger, reader, reports)
            answering = application(self._parts(ledger, pager, sources))
            self.port = await stack.enter_async_context(listening(answering, config.listen))
            observer = WebhookObserver(self._texts, self._metrics)
            sender = WebhookSender(lambda: self._config().webhooks, ledger.webhooks, ledger.append, observer)
            stack.callback(sender.stop)
            jobs = self._scheduled(ledger, cards, pager, sender)
            jobs.start()
            stack.callback(jobs.stop)
            log.info("listening on port %d", self.port)
            yield self

    def reload(self) -> None:
        """Load the configuration again.

        Raises:
            ConfigError: the old one stays in force, and the metrics say so.
        """
        self._in_force.reload()
        for receiver, source in zip(self._receivers, self._in_force.sources, strict=False):
            receiver.source = source

    async def roll_up(self) -> None:
        """Bring the rollups to the ledger's end now."""
        await self._storage.roll_up()

    def _config(self) -> Config:
        return self._in_force.config()

    def _receivers_of(self, ledger: Ledger, pager: Pager) -> list[Receiver]:
        async def heard(submissions: Sequence[Submission]) -> None:
            for reply in replies(self._config().oncall, submissions):
                await pager.answered(*reply)

        store = Store(ledger.append, ledger.park)
        parts = (store, self._config, self._metrics, self._fetch)
        return [
            Receiver(source, *parts, heard) if isinstance(source, Twilio) else Receiver(source, *parts)
            for source in self._in_force.sources
        ]

    def _parts(self, ledger: Ledger, pager: Pager, sources: Sources) -> Parts:
        health, caller_of = self._health(), Tokens(lambda: self._config().api, self._fetch).caller
        cache = AnswerCache(self._config, self._metrics)
        return Parts(
            receivers=self._receivers,
            exposition=lambda: self._page.exposition,
            before_scrape=lambda: self._page.count_series(self._config().limits.series_per_metric),
            ready=self._storage.ready,
            reload=self.reload,
            site=Site(self._page_parts(sources, health), caller_of),
            health=health,
            metrics=self._metrics,
            communications=Communications(self._event_tokens, sources.reader),
            service=ServiceHealth(self._storage.ready, self._has_warehouse, self._demo),
            notification_alerts=NotificationAlerts(self._alert_tokens, self._texts, ledger.notifications.add),
            endpoints=[cache.before(one) for one in endpoints(sources)],
            caller_of=caller_of,
            alerts=Alerts(self._alert_tokens, lambda: self._config().limits.body_bytes, pager.take),
        )

    def _has_warehouse(self) -> bool:
        urls = (scan.database_url for scan in self._config().scans)
        return any(url is not None and is_bigquery(url.get_secret_value()) for url in urls)

    def _event_tokens(self) -> tuple[bytes, ...]:
        return secrets(self._config().sources.track.token)

    def _alert_tokens(self) -> tuple[bytes, ...]:
        return secrets(self._config().oncall.token)

    def _texts(self) -> Texts:
        return self._config().notifications.texts

    def _health(self) -> Health:
        return Health(
            receivers=lambda: self._receivers,
            totals=lambda: self._page.totals,
            metrics=self._metrics,
            ready=self._storage.ready,
            clock=lambda: datetime.now(UTC),
        )

    def _page_parts(self, sources: Sources, health: Health) -> PageParts:
        return PageParts(
            sources=sources,
            totals=lambda: self._page.totals,
            metrics=self._metrics,
            health=health,
            months=lambda: self._months,
            pace=self._pace,
            senders=lambda: list(dict.fromkeys(receiver.source.name for receiver in self._receivers)),
            ready=self._storage.ready,
            ask=partial(fetch, most_bytes=_ALERTS_BYTES),
            demo=self._demo,
            inbox=inbox_of(sources.reader),
        )

    def _scheduled(self, ledger: Ledger, cards: SmsCards, pager: Pager, sender: WebhookSender) -> Jobs:
        return schedule(
            Work(
                config=self._config,
                ledger=ledger,
                metrics=self._metrics,
                totals=lambda: self._page.totals,
                cards=cards,
                pager=pager,
                sender=sender,
                llm_prices=lambda: self._in_force.prices.llm,
                routes=lambda: routes(self._in_force.sources),
                senders=sorted({source.name for source in self._in_force.sources}),
                watch=self._watch,
                months=self._take_months,
                pace=self._pace,
            )
        )

    def _take_months(self, months: Mapping[Account, Month]) -> None:
        self._months = months

    async def _watch(self) -> None:
        if self._in_force.changed():
            self.reload()
