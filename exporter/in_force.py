"""The configuration in force, with the senders and price lists that it names."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from exporter.config import Config, ConfigFile, restart_needed, thresholds
from exporter.errors import ConfigError
from exporter.pricing.price_lists import PriceLists, read_lists
from exporter.pricing.pricer import Pricer
from exporter.pricing.sms_history import SmsPriceHistory
from exporter.selfmetrics import SelfMetrics
from exporter.sources import build
from exporter.sources.source import Source

log = logging.getLogger(__name__)


class InForce:
    """What is replaced as a whole when a good configuration is loaded.

    Attributes:
        prices: the price lists in force.
        pricer: prices events by them, and SMS by `sms_history`.
        sources: senders whose webhooks are taken.
    """

    prices: PriceLists
    pricer: Pricer

    def __init__(
        self, file: ConfigFile, metrics: SelfMetrics, sms_history: Callable[[], SmsPriceHistory]
    ) -> None:
        """Take the configuration that is loaded; raises ConfigError where a price list cannot be read."""
        self._file = file
        self._metrics = metrics
        self._sms_history = sms_history
        self._take_prices(file.config)
        self.sources = self._built()
        self._loaded_now(successful=True)
        self._publish_thresholds()

    def config(self) -> Config:
        """The configuration, good for the moment."""
        return self._file.config

    def changed(self) -> bool:
        """Whether the file is another one than was loaded last."""
        return self._file.changed()

    def reload(self) -> None:
        """Load the configuration again.

        Raises:
            ConfigError: the old one stays in force, and the metrics say so.
        """
        old = self.config()
        try:
            self._file.reload(datetime.now(UTC), self._take_prices)
        except ConfigError as error:
            self._loaded_now(successful=False)
            log.error("configuration refused, the old one stays: %s", error)
            raise
        self._loaded_now(successful=True)
        needed = restart_needed(old, self.config())
        if needed:
            log.warning("changed but only used after a restart: %s", ", ".join(needed))
        self.sources = self._built()
        self._publish_thresholds()
        log.info("configuration loaded")

    def _take_prices(self, config: Config) -> None:
        self.prices = read_lists(config.pricing)
        smart_encoding = config.pricing.smart_encoding
        self.pricer = Pricer(self.prices, self._sms_history, smart_encoding=smart_encoding)

    def _built(self) -> tuple[Source, ...]:
        return build(self.config().sources, self.config().logs)

    def _loaded_now(self, *, successful: bool) -> None:
        self._metrics.reload_successful.set(successful)
        self._metrics.reload_timestamp.set(self._file.loaded_at.timestamp())

    def _publish_thresholds(self) -> None:
        self._metrics.sla_threshold.clear()
        for rule, tenant, channel, value in thresholds(self.config()):
            self._metrics.sla_threshold.labels(rule, tenant, channel).set(value)
