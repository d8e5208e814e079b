"""What every provider's bill offers: the one interface behind which Twilio, Meta and LLM providers look alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple, Protocol

from exporter.ledger.bills import BilledAccount, BillLine
from exporter.vocabulary import Channel, Component

USD = "USD"


class Category(NamedTuple):
    """What one category of a bill is for.

    Attributes:
        group: our estimates cannot tell the categories of one group apart, so they are compared together; empty where
            we estimate nothing of the kind, and nothing is compared.
        channel: None where the provider does not say.
        component: as in comms_cost_usd_total.
        compared: the components of our estimates that this is compared with, where that is not `component` alone.
    """

    group: str
    channel: Channel | None
    component: Component
    compared: frozenset[Component] = frozenset()

    def meets(self, channel: str, component: str) -> bool:
        """Whether an estimate of ours is about the same."""
        same_channel = self.channel is None or channel == self.channel
        return same_channel and component in (self.compared or (self.component,))


class BillSource(Protocol):
    """The bill of one account at one provider.

    A new one is a class with these members and one line in exporter/billing/bill_sources.py. Who has the numbers
    elsewhere posts them as events of the kind `charge` instead.
    """

    @property
    def of(self) -> BilledAccount:
        """Whose bill it is."""

    @property
    def alias(self) -> str:
        """The account in a word fit for a label."""

    @property
    def tenant(self) -> str:
        """The tenant that the account is billed for."""

    @property
    def window_days(self) -> int:
        """How many days back a line may still change."""

    @property
    def lag_days(self) -> int:
        """After how many days the bill of a day is complete."""

    @property
    def categories(self) -> Mapping[str, Category]:
        """The categories that add up: disjoint, and none inside another. All others are kept, never summed."""

    async def charges(self, day_from: date, day_to: date) -> list[BillLine]:
        """Every line of the days from `day_from` to `day_to`, both included.

        Raises:
            ExporterError: the bill cannot be read to its end.
        """


def ledger_source(provider: str) -> str:
    """The ledger's `source` of what bills say; apart from the webhooks, whose silence must show."""
    return f"{provider}_bills"
