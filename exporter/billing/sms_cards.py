"""The price lists of SMS that every replica prices with, as the ledger holds them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exporter.errors import ExporterError, LedgerUnavailable
from exporter.ledger.ledger import Ledger
from exporter.ledger.rate_cards import RateCard
from exporter.pricing.carrier_fees import CarrierFees, read_carrier_fees
from exporter.pricing.sms import Country, Tier, read_countries
from exporter.pricing.sms_history import DatedList, SmsPriceHistory
from exporter.rest_api import Sleep
from exporter.selfmetrics import SelfMetrics
from exporter.sources.twilio import PricesConfig, Twilio

log = logging.getLogger(__name__)

_LOOK_S = 60.0
_FIRST_LOOK_S = 0.02
_IN_USE = timedelta(days=30)
_BETWEEN_LOOKS = timedelta(minutes=5)
_OVERLAP = timedelta(hours=1)
_STALE_AFTER_INTERVALS = 2


class SmsCards:
    """The history of price lists, read again once a minute.

    Attributes:
        named: the countries that messages named of late.
    """

    def __init__(
        self,
        config: Callable[[], PricesConfig],
        ledger: Ledger,
        metrics: SelfMetrics,
        *,
        directory: Callable[[], str | None] = lambda: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.named: frozenset[str] = frozenset()
        self._config = config
        self._ledger = ledger
        self._metrics = metrics
        self._directory = directory
        self._now = now
        self._sleep = sleep
        self._history: SmsPriceHistory | None = None
        self._built_of: tuple[PricesConfig, str | None, list[RateCard]] | None = None
        self._looked_at: datetime | None = None

    @property
    def ready(self) -> bool:
        """Whether there is a history to price with."""
        return self._history is not None

    @property
    def history(self) -> SmsPriceHistory:
        """What to price with.

        Raises:
            LedgerUnavailable: it has not been read since the start; a price made up now would stay.
        """
        if self._history is None:
            raise LedgerUnavailable("the price lists are not read yet")
        return self._history

    @property
    def countries(self) -> frozenset[str]:
        """Those in use, by messages or by configuration."""
        return self.named | frozenset(self._config().countries)

    async def run(self) -> None:
        """Keep the history as the ledger has it; runs until cancelled."""
        while True:
            try:
                await self.load()
            except ExporterError as error:
                log.log(logging.WARNING if self._history else logging.DEBUG, "price lists: %s", error)
            await self._sleep(_LOOK_S if self._history else _FIRST_LOOK_S)

    async def load(self) -> None:
        """Read the lists once.

        Raises:
            LedgerUnavailable: the ledger does not answer; the old history stands.
            ConfigError: the operator's files cannot be used; the old history stands.
        """
        config, directory = self._config(), self._directory()
        cards = await self._ledger.rate_cards(Twilio.name, config.account)
        if (config, directory, cards) != self._built_of:
            self._history = _history(config, directory, cards)
            self._built_of = (config, directory, cards)
        if config.enabled:
            await self._look()
        self._publish(config)

    async def _look(self) -> None:
        """Look which countries messages name, every few minutes; the first look goes back furthest."""
        now, before = self._now(), self._looked_at
        if before is not None and timedelta() <= now - before < _BETWEEN_LOOKS:
            return
        since = now - _IN_USE if before is None else before - _OVERLAP
        self.named |= await self._ledger.countries_named(Twilio.name, since)
        self._looked_at = now

    def _publish(self, config: PricesConfig) -> None:
        self._metrics.rate_card_age.clear()
        self._metrics.rate_card_fallback.clear()
        if not config.enabled:
            return
        stale_after_s = config.interval_s * _STALE_AFTER_INTERVALS
        standing = self.history.standing(self.countries, self._now(), stale_after_s)
        self._metrics.rate_card_fallback.labels(Twilio.name, config.account).set(standing.fallback)
        if standing.age_s is not None:
            self._metrics.rate_card_age.labels(Twilio.name, config.account).set(standing.age_s)


def own_fees(config: PricesConfig) -> CarrierFees:
    """What carriers charge on top, by the operator's file.

    Raises:
        ConfigError: with every problem of it.
    """
    return read_carrier_fees(Path(config.carrier_fees)) if config.carrier_fees else CarrierFees()


def _history(config: PricesConfig, directory: str | None, cards: list[RateCard]) -> SmsPriceHistory:
    dated = [
        DatedList(Country.model_validate_json(body), valid_from, fetched_at)
        for _, valid_from, fetched_at, body in cards
    ]
    own = read_countries(Path(directory)) if directory else []
    return SmsPriceHistory(dated, own, fees=own_fees(config), tier=Tier(config.tier))
