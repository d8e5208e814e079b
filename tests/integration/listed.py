"""A replica that fetches Twilio's price lists from the fake, at a time that the test sets."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg

from exporter.billing.price_lists import PriceListFetch
from exporter.billing.sms_cards import SmsCards
from exporter.pricing.cost import NoPrice, Priced
from exporter.pricing.sms import Sms
from exporter.sources.twilio import TwilioConfig
from exporter.vocabulary import Direction
from tests.conftest import NOON, Replica
from tests.integration.fake_twilio import ACCOUNT, TOKEN

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


class Lists:
    """The lists of one replica, whose clock is ours and who remembers how long it would have waited."""

    def __init__(self, one: Replica, url: str, directory: str | None = None, **prices: Any) -> None:
        self.now = NOON
        self.waits_s: list[float] = []
        self.one = one
        given = {"enabled": True, "api_url": url, "countries": ["ZZ"], **prices}
        self.config = TwilioConfig.model_validate(
            {"account_sid": ACCOUNT, "auth_token": TOKEN, "prices": given}
        )
        self.cards = SmsCards(
            lambda: self.config.prices,
            one.ledger,
            one.metrics,
            directory=lambda: directory,
            now=lambda: self.now,
        )
        self._work = PriceListFetch(
            lambda: self.config, one.ledger, self.cards, now=lambda: self.now, sleep=self._wait
        )

    async def run(self, after: timedelta = timedelta()) -> None:
        self.now += after
        await self._work.run()

    def usd(self, at: datetime | None = None, country: str = "ZZ") -> Decimal | NoPrice:
        cost = self.cards.history.price(Sms(Direction.OUTBOUND, country, 1, at or self.now, "mobile"))
        return cost.cost_usd if isinstance(cost, Priced) else cost.reason

    def gauge(self, name: str, account: str = "default") -> float | None:
        labels = {"provider": "twilio", "account": account}
        return self.one.registry.get_sample_value(f"comms_rate_card_{name}", labels)

    async def _wait(self, seconds: float) -> None:
        self.waits_s.append(seconds)


async def rows(dsn: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(dsn)
    found = await connection.fetch(
        "SELECT account, country, valid_from, fetched_at FROM rate_cards ORDER BY 1, 2, 3"
    )
    await connection.close()
    return [tuple(each) for each in found]
