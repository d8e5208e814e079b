"""The composition root: every object is built once, opened in order and closed in reverse."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import time

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

from exporter.api.alerts import Alerts
from exporter.api.answer_cache import AnswerCache
from exporter.api.communications import Communications
from exporter.api.endpoints import endpoints
from exporter.api.notification_alerts import NotificationAlerts
from exporter.api.service import ServiceHealth
from exporter.api.sources import Sources
from exporter.api.token import Tokens
from exporter.billing.sms_cards import SmsCards, own_fees
from exporter.config import Config, ConfigFile, ScanConfig, restart_needed, thresholds
from exporter.config.bigquery_url import is_bigquery
from exporter.errors import ConfigError, LedgerUnavailable
from exporter.event import Submission
from exporter.exposition import Exposition
from exporter.fetch import fetch
from exporter.field_types import secrets
from exporter.front_page.inbox import inbox_of
from exporter.front_page.look import Parts as PageParts
from exporter.front_page.pace import Pace
from exporter.front_page.site import Site
from exporter.health import Health
from exporter.jobs import Jobs
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.ledger import Ledger
from exporter.ledger.reader import Reader
from exporter.outbound.sender import WebhookSender
from exporter.paging.pager import Pager
from exporter.paging.replies import replies
from exporter.pricing.price_lists import read_lists
from exporter.pricing.pricer import Pricer
from exporter.pricing.sms_history import SmsPriceHistory
from exporter.receive import Fetch, Receiver, Store
from exporter.scans.progress import Progress
from exporter.scans.scan import Scan
from exporter.schedule import Work, schedule
from exporter.selfmetrics import SelfMetrics
from exporter.sources import build, routes
from exporter.sources.source import Source
from exporter.sources.twilio import Twilio
from exporter.spend.daily_spend import Account
from exporter.spend.month import Month
from exporter.totals import Totals
from exporter.web import Parts, application

log = logging.getLogger(__name__)

_KEEPALIVE_S = 15.0  # also how long request headers may take
_LINGER_S = 1.0
_SHUTDOWN_S = 10.0
_ALERTS_BYTES = 4_194_304


class App:
    """One exporter.

    Attributes:
        port: where it listens, known once it runs (a configured port 0 asks for a free one).
    """

    def __init__(self, config_file: ConfigFile, *, demo: bool = False, fetch: Fetch = fetch) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter
        self.port = 0
        self._demo = demo
        self._fetch = fetch
        self._config_file = config_file
        self._registry = _registry()
        self._metrics = SelfMetrics(self._registry, time)
        self._metrics.demo_mode.set(demo)
        self._totals = Totals(self._config().limits.series_per_metric)
        self._exposition = Exposition(self._totals, self._registry)
        self._cards: SmsCards | None = None
        self._ledger: Ledger | None = None
        self._pricer = self._pricer_of(self._config())
        self._sources = self._built()
        # Read for what is wrong with it, which is said before anything starts.
        own_fees(self._config().sources.twilio.prices)
        self._advanced: dict[tuple[Counter, str], int] = {}
        self._receivers: list[Receiver] = []
        self._months: Mapping[Account, Month] = {}
        self._pace = Pace()
        self._loaded_now(successful=True)
        self._publish_thresholds()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[App]:
        """Listen, store, follow and scan until the block ends; nothing acknowledged is lost at its end."""
        config = self._config()
        async with AsyncExitStack() as stack:
            ledger, cards = await stack.enter_async_context(self.storing())
            pager = Pager(self._config, ledger.pages, self._metrics)
            self._receivers = self._receivers_of(ledger, pager)
            reader = await stack.enter_async_context(Reader(ledger.dsn, size=4, statement_s=5).open())
            reports = await stack.enter_async_context(Reader(ledger.dsn, size=2, statement_s=60).open())
            sources = Sources(self._config, lambda: self._totals, self._metrics, ledger, reader, reports)
            await self._listen(stack, ledger, pager, sources, config)
            sender = WebhookSender(lambda: self._config().webhooks, ledger.webhooks, ledger.append)
            stack.callback(sender.stop)
            jobs = self._scheduled(ledger, cards, pager, sender)
            jobs.start()
            stack.callback(jobs.stop)
            log.info("listening on %s", config.listen if self.port == 0 else f"port {self.port}")
            yield self

    @asynccontextmanager
    async def storing(self, dsn: str | None = None) -> AsyncIterator[tuple[Ledger, SmsCards]]:
        """Only the ledger with its prices until the block ends; `dsn` names one that runs already."""
        async with AsyncExitStack() as stack:
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            ledger = Ledger(
                dsn or await self._database(stack, tasks, self._config()),
                self._config,
                self._metrics,
                declare=self._declare,
                publish=self._publish,
                price=lambda event: self._pricer.priced(event),
            )
            await stack.enter_async_context(ledger.running())
            self._ledger = ledger
            cards = self._cards = self._sms_cards(ledger)
            stack.callback(tasks.create_task(cards.run()).cancel)
            yield ledger, cards

    def ready(self, ledger: Ledger) -> bool:
        """Whether events can be taken and priced."""
        return self._ready(ledger)

    def scan(self, config: ScanConfig, ledger: Ledger, progress: Progress) -> Scan:
        """A scan that is run by hand."""
        url = config.database_url.get_secret_value() if config.database_url else ledger.dsn
        return Scan(config, url, ledger, self._metrics, progress=progress)

    def reload(self) -> None:
        """Load the configuration again.

        Raises:
            ConfigError: the old one stays in force, and the metrics say so.
        """
        old = self._config()
        try:
            self._config_file.reload(datetime.now(UTC), self._take_prices)
        except ConfigError as error:
            self._loaded_now(successful=False)
            log.error("configuration refused, the old one stays: %s", error)
            raise
        self._loaded_now(successful=True)
        needed = restart_needed(old, self._config())
        if needed:
            log.warning("changed but only used after a restart: %s", ", ".join(needed))
        self._sources = self._built()
        for receiver, source in zip(self._receivers, self._sources, strict=False):
            receiver.source = source
        self._publish_thresholds()
        log.info("configuration loaded")

    async def roll_up(self) -> None:
        """Bring the rollups to the ledger's end now."""
        if self._ledger is None:
            raise LedgerUnavailable("the exporter does not run")
        await self._ledger.roll_up()

    def _take_prices(self, config: Config) -> None:
        self._pricer = self._pricer_of(config)

    def _config(self) -> Config:
        return self._config_file.config

    def _built(self) -> tuple[Source, ...]:
        return build(self._config().sources, self._config().logs)

    async def _database(self, stack: AsyncExitStack, tasks: asyncio.TaskGroup, config: Config) -> str:
        if config.database_url is not None:
            return config.database_url.get_secret_value()
        embedded = EmbeddedPostgres(Path(config.data_dir))
        stack.push_async_callback(embedded.stop)
        await embedded.start()
        stack.callback(tasks.create_task(embedded.watch()).cancel)
        return embedded.dsn

    def _receivers_of(self, ledger: Ledger, pager: Pager) -> list[Receiver]:
        async def heard(submissions: Sequence[Submission]) -> None:
            for reply in replies(self._config().oncall, submissions):
                await pager.answered(*reply)

        store = Store(ledger.append, ledger.park)
        parts = (store, self._config, self._metrics, self._fetch)
        return [
            Receiver(source, *parts, heard) if isinstance(source, Twilio) else Receiver(source, *parts)
            for source in self._sources
        ]

    async def _listen(
        self, stack: AsyncExitStack, ledger: Ledger, pager: Pager, sources: Sources, config: Config
    ) -> None:
        health, caller_of = self._health(ledger), Tokens(lambda: self._config().api, self._fetch).caller
        cache = AnswerCache(self._config, self._metrics)
        parts = Parts(
            receivers=self._receivers,
            exposition=lambda: self._exposition,
            before_scrape=self._count_series,
            ready=lambda: self._ready(ledger),
            reload=self.reload,
            site=Site(self._page_parts(ledger, sources, health), caller_of),
            health=health,
            metrics=self._metrics,
            communications=Communications(self._event_tokens, sources.reader),
            service=ServiceHealth(lambda: self._ready(ledger), self._has_warehouse, self._demo),
            notification_alerts=NotificationAlerts(self._alert_tokens, ledger.notifications.add),
            endpoints=[cache.before(one) for one in endpoints(sources)],
            caller_of=caller_of,
            alerts=Alerts(self._alert_tokens, lambda: self._config().limits.body_bytes, pager.take),
        )
        runner = web.AppRunner(
            application(parts),
            access_log=None,
            # We unpack bodies ourselves, where the size is known and allowed.
            auto_decompress=False,
            keepalive_timeout=_KEEPALIVE_S,
            lingering_time=_LINGER_S,
            shutdown_timeout=_SHUTDOWN_S,
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        host, _, port = config.listen.rpartition(":")
        site = web.TCPSite(runner, host.strip("[]"), int(port), backlog=1024)
        await site.start()
        self.port = runner.addresses[0][1]

    def _has_warehouse(self) -> bool:
        urls = (scan.database_url for scan in self._config().scans)
        return any(url is not None and is_bigquery(url.get_secret_value()) for url in urls)

    def _event_tokens(self) -> tuple[bytes, ...]:
        return secrets(self._config().sources.track.token)

    def _alert_tokens(self) -> tuple[bytes, ...]:
        return secrets(self._config().oncall.token)

    def _health(self, ledger: Ledger) -> Health:
        return Health(
            receivers=lambda: self._receivers,
            totals=lambda: self._totals,
            metrics=self._metrics,
            ready=lambda: self._ready(ledger),
            clock=lambda: datetime.now(UTC),
        )

    def _page_parts(self, ledger: Ledger, sources: Sources, health: Health) -> PageParts:
        return PageParts(
            sources=sources,
            totals=lambda: self._totals,
            metrics=self._metrics,
            health=health,
            months=lambda: self._months,
            pace=self._pace,
            senders=lambda: list(dict.fromkeys(receiver.source.name for receiver in self._receivers)),
            ready=lambda: self._ready(ledger),
            ask=partial(fetch, most_bytes=_ALERTS_BYTES),
            demo=self._demo,
            inbox=inbox_of(sources.reader),
        )

    def _take_months(self, months: Mapping[Account, Month]) -> None:
        self._months = months

    def _ready(self, ledger: Ledger) -> bool:
        return ledger.ready and self._cards is not None and self._cards.ready

    def _pricer_of(self, config: Config) -> Pricer:
        self._prices = read_lists(config.pricing)
        smart_encoding = config.pricing.smart_encoding
        return Pricer(self._prices, self._sms_history, smart_encoding=smart_encoding)

    def _sms_history(self) -> SmsPriceHistory:
        if self._cards is None:
            raise LedgerUnavailable("the price lists are not read yet")
        return self._cards.history

    def _sms_cards(self, ledger: Ledger) -> SmsCards:
        return SmsCards(
            lambda: self._config().sources.twilio.prices,
            ledger,
            self._metrics,
            directory=lambda: self._config().pricing.twilio_prices,
        )

    def _scheduled(self, ledger: Ledger, cards: SmsCards, pager: Pager, sender: WebhookSender) -> Jobs:
        return schedule(
            Work(
                config=self._config,
                ledger=ledger,
                metrics=self._metrics,
                totals=lambda: self._totals,
                cards=cards,
                pager=pager,
                sender=sender,
                llm_prices=lambda: self._prices.llm,
                routes=lambda: routes(self._sources),
                senders=sorted({source.name for source in self._sources}),
                watch=self._watch,
                months=self._take_months,
                pace=self._pace,
            )
        )

    async def _watch(self) -> None:
        if self._config_file.changed():
            self.reload()

    def _declare(self, totals: Totals) -> None:
        """Have every known label set at zero before anything counts."""
        totals.declare(self._config().tenants, routes(self._sources))

    def _publish(self, totals: Totals) -> None:
        self._totals = totals
        self._exposition = Exposition(totals, self._registry)

    def _count_series(self) -> None:
        limit = self._config().limits.series_per_metric
        for name, number in self._totals.series_counts().items():
            self._metrics.series.labels(name).set(number)
            self._metrics.series_limit.labels(name).set(limit)
        self._advance(self._metrics.series_folded, self._totals.folded)
        self._advance(self._metrics.exposition_failures, self._exposition.failures)

    def _advance(self, counter: Counter, totals: Mapping[str, int]) -> None:
        """Bring a counter to numbers that are counted elsewhere."""
        for name, number in totals.items():
            before = self._advanced.get((counter, name), 0)
            counter.labels(name).inc(number - before)
            self._advanced[counter, name] = number

    def _loaded_now(self, *, successful: bool) -> None:
        self._metrics.reload_successful.set(successful)
        self._metrics.reload_timestamp.set(self._config_file.loaded_at.timestamp())

    def _publish_thresholds(self) -> None:
        self._metrics.sla_threshold.clear()
        for rule, tenant, channel, value in thresholds(self._config()):
            self._metrics.sla_threshold.labels(rule, tenant, channel).set(value)


async def serve(config_file: ConfigFile, *, demo: bool = False) -> None:
    """Run until SIGTERM or SIGINT; SIGHUP loads the configuration again."""
    stop = asyncio.Event()
    app = App(config_file, demo=demo)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, _quietly(app.reload))
    async with app.running():
        # What lives as long as the process need not be looked at again by each collection.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        await stop.wait()
        log.info("stopping")


def _quietly(reload: Callable[[], None]) -> Callable[[], None]:
    def on_signal() -> None:
        try:
            reload()
        except ConfigError:
            log.debug("the refusal has been logged and counted")

    return on_signal


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    return registry
