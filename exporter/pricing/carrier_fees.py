"""What carriers charge on top of an SMS: a dated table of the operator's own, for no API tells it.

Source: twilio.com, SMS pricing by country, "carrier fees"; support.twilio.com article 46871410243099 (2026-11).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from exporter.pricing.cost import ZERO_USD
from exporter.pricing.csv_table import amount_usd, read_lines
from exporter.vocabulary import Direction

ANY = "*"
_COLUMNS = ("from", "country", "direction", "number_type", "mcc", "mnc", "fee_usd")


class CarrierFee(NamedTuple):
    """One line of the table.

    Attributes:
        since: charged from the beginning of this day, UTC.
        number_type, network: of our own number, and (MCC, MNC) of the other end; ANY for all without a line.
        fee_usd: for each segment.
    """

    since: date
    country: str
    direction: Direction
    number_type: str
    network: tuple[str, str]
    fee_usd: Decimal


class FeeRange(NamedTuple):
    """The fee to count with, and the range where network or number type is unknown."""

    usd: Decimal
    low_usd: Decimal
    high_usd: Decimal


NO_FEE = FeeRange(ZERO_USD, ZERO_USD, ZERO_USD)
_ANY_NETWORK = (ANY, ANY)


class CarrierFees:
    """Fees by country, direction, number type and network, each with its date."""

    def __init__(self, fees: Iterable[CarrierFee] = ()) -> None:
        oldest_first = sorted(fees, key=lambda fee: fee.since)
        self._days = [fee.since for fee in oldest_first]
        self._begin = [datetime.combine(day, time(), UTC) for day in self._days]
        self._fees: dict[tuple[str, Direction], list[CarrierFee]] = {}
        for fee in oldest_first:
            self._fees.setdefault((fee.country, fee.direction), []).append(fee)

    def edition(self, at: datetime) -> date | None:
        """The day since which the table is as it is at that time; two times of one edition have the same fees."""
        place = bisect_right(self._begin, at)
        return self._days[place - 1] if place else None

    def per_segment(
        self,
        edition: date | None,
        country: str,
        direction: Direction,
        number_type: str | None,
        network: tuple[str, str] | None,
    ) -> FeeRange:
        """The fee of one segment; of several that may be meant the dearest, so that no bill surprises."""
        if edition is None:
            return NO_FEE
        in_force = {
            (fee.number_type, fee.network): fee.fee_usd
            for fee in self._fees.get((country, direction), ())
            if fee.since <= edition
        }
        found = set(_possible(in_force, number_type, network))
        return FeeRange(max(found), min(found), max(found)) if found else NO_FEE


def _possible(
    in_force: dict[tuple[str, tuple[str, str]], Decimal],
    number_type: str | None,
    network: tuple[str, str] | None,
) -> Iterator[Decimal]:
    """What is unknown may be any that has a line, or one that has none."""
    types = {line[0] for line in in_force} | {ANY} if number_type is None else {number_type}
    networks = {line[1] for line in in_force} | {_ANY_NETWORK} if network is None else {network}
    for each_type in types:
        for each_network in networks:
            lines = (
                (each_type, each_network),
                (ANY, each_network),
                (each_type, _ANY_NETWORK),
                (ANY, _ANY_NETWORK),
            )
            yield next((in_force[line] for line in lines if line in in_force), ZERO_USD)


def read_carrier_fees(path: Path) -> CarrierFees:
    """The table in a CSV file with the columns from, country, direction, number_type, mcc, mnc, fee_usd.

    Raises:
        ConfigError: with every problem of the file.
    """
    return CarrierFees(read_lines(path, _COLUMNS, _fee_of))


def _fee_of(row: dict[str, str]) -> CarrierFee:
    given = {name: row[name].strip() for name in _COLUMNS}
    return CarrierFee(
        date.fromisoformat(given["from"]),
        given["country"].upper(),
        Direction(given["direction"]),
        given["number_type"] or ANY,
        (given["mcc"] or ANY, given["mnc"] or ANY),
        amount_usd(given["fee_usd"]),
    )
