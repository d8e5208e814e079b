"""A table to be exported: what its rows are, where they come from, and what its report draws."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from pydantic import Field

from exporter.api.answer import Answer
from exporter.api.freshness import Fresh
from exporter.api.period import Dates, LastDays, PeriodAnswer
from exporter.ledger.connection import PoolConnection
from exporter.ledger.rollup_query import Owner, Period
from exporter.measure import EXACT

_R = TypeVar("_R", bound=Answer)


class Exported(Fresh, Generic[_R]):
    """A table as JSON."""

    period: PeriodAnswer = Field(description="The time that this is about.")
    rows: list[_R] = Field(description="From the oldest to the newest.")
    row_count: int = Field(description="How many rows there are.")


class Chart(NamedTuple):
    """Bars of a report.

    Attributes:
        by: the field whose values are the bars.
        value: the field that is added up; None counts rows.
        in_order: by time, not the largest first.
    """

    title: str
    by: str
    value: str | None = None
    in_order: bool = False


class Table(NamedTuple):
    """One kind of export.

    Attributes:
        name: of its path and its file.
        parameters: which time can be asked for.
        row: its fields are the columns, their titles the heads.
        rows: pages of rows, with what they are read from.
        places: of numbers that CSV and PDF show rounded half up; the others have all of their digits.
        from_rollups: whether rows are as old as the rollups, or as the ledger's end.
    """

    name: str
    title: str
    parameters: type[LastDays] | type[Dates]
    row: type[Answer]
    rows: Callable[[PoolConnection, Owner, Period], AsyncIterator[list[Answer]]]
    charts: tuple[Chart, ...]
    places: Mapping[str, int] = MappingProxyType({})
    from_rollups: bool = False

    @property
    def heads(self) -> list[str]:
        """The columns' heads."""
        return [field.title or name for name, field in self.row.model_fields.items()]

    def cells(self, row: Answer) -> list[str | Decimal | int | None]:
        """A row as CSV and PDF show it."""
        return [self._shown(name, value) for name, value in row]

    def _shown(self, name: str, value: str | Decimal | int | None) -> str | Decimal | int | None:
        if isinstance(value, Decimal) and name in self.places:
            return value.quantize(Decimal(1).scaleb(-self.places[name]), ROUND_HALF_UP, EXACT)
        return value


def written(cell: str | Decimal | int | None) -> str:
    """A cell as text; numbers without exponent, nothing for None."""
    if cell is None:
        return ""
    return format(cell, "f") if isinstance(cell, Decimal) else str(cell)
