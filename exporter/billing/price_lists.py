"""Twilio's price lists, fetched a country at a time and kept in the ledger with their dates."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from exporter.billing.pricing_api import PricingApi, UnbelievableList, canonical
from exporter.billing.sms_cards import SmsCards
from exporter.ledger.ledger import Ledger
from exporter.reconcile.twilio_api import TwilioApi
from exporter.rest_api import ApiError, NoSuchResource, Sleep
from exporter.sources.twilio import PricesConfig, Twilio, TwilioConfig

log = logging.getLogger(__name__)

LOOK_S = 600.0
"""Seconds between looks for a country whose list is due, such as one that was never named before."""
_BETWEEN_S = 1.0
_AFTER_TROUBLE_S = 3_600.0


class PriceListFetch:
    """Fetches each country's list once an interval; a list that is not believed changes nothing."""

    def __init__(
        self,
        config: Callable[[], TwilioConfig],
        ledger: Ledger,
        cards: SmsCards,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._cards = cards
        self._now = now
        self._sleep = sleep
        self._not_before: dict[str, datetime] = {}
        self._listed: frozenset[str] = frozenset()
        self._list_from = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Fetch what is due.

        Raises:
            ApiError: a list could not be had, and the one from before stands. An answer that is no list of a country
                does not stop the others; an API that does not answer, or refuses us, does until the next run.
            LedgerUnavailable: the next run goes on.
        """
        await self._cards.load()
        config = self._config()
        api = PricingApi(TwilioApi(config, config.prices.api_url, self._sleep))
        if config.prices.all_countries:
            await self._list(api, config.prices.interval_s)
        try:
            due = self._due(config.prices.interval_s)
            failed = [name for name in due if not await self._fetch(api, name, config.prices)]
        finally:
            await self._cards.load()
        if failed:
            raise ApiError(f"no price list of {', '.join(failed)}: the lists from before stand")

    async def _list(self, api: PricingApi, interval_s: float) -> None:
        if self._list_from <= self._now():
            self._listed = frozenset(await api.countries())
            self._list_from = self._now() + timedelta(seconds=interval_s)

    def _due(self, interval_s: float) -> list[str]:
        """Countries to ask for now, those that were never fetched first."""
        now, history = self._now(), self._cards.history
        due: list[tuple[datetime, str]] = []
        for name in sorted(self._cards.countries | self._listed):
            fetched_at = history.fetched_at(name)
            after = fetched_at + timedelta(seconds=interval_s) if fetched_at else now
            if max(after, self._not_before.get(name, after)) <= now:
                due.append((after if fetched_at else datetime.min.replace(tzinfo=UTC), name))
        return [name for _, name in sorted(due)]

    async def _fetch(self, api: PricingApi, name: str, config: PricesConfig) -> bool:
        """Fetch one list and keep it; the answer is whether that went well."""
        now = self._now()
        self._not_before[name] = now + timedelta(seconds=min(_AFTER_TROUBLE_S, config.interval_s))
        await self._sleep(_BETWEEN_S)
        try:
            country = await api.country(name)
        except NoSuchResource:
            log.warning("twilio has no price list of %s", name)
            self._not_before[name] = now + timedelta(seconds=config.interval_s)
            return True
        except UnbelievableList as error:
            log.warning("the price list of %s is not believed: %s", name, error)
            return False
        if await self._ledger.keep_rate_card(Twilio.name, config.account, name, now, canonical(country)):
            log.info("a new price list of %s holds since %s", name, now.isoformat(timespec="seconds"))
        return True
