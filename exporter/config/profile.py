"""A profile: which tables of a database hold messages, calls or money, and what each row means."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from exporter.field_types import (
    Column,
    Constant,
    EventKind,
    Factor,
    LabelName,
    LongS,
    Section,
    Table,
    Text,
)

Unit = Literal["us", "ms", "s", "min", "h", "d", "cents", "micros", "percent"]
UNIT_FACTOR: dict[str, Decimal] = {
    "us": Decimal("0.000001"),
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "min": Decimal(60),
    "h": Decimal(3_600),
    "d": Decimal(86_400),
    "cents": Decimal("0.01"),
    "micros": Decimal("0.000001"),
    "percent": Decimal("0.01"),
}
"""By what a number of each unit is multiplied to be in the unit of events: seconds, whole money, ratios."""

Word = str | int | bool | None
"""A value that a column may hold, as written in YAML; null means NULL."""


def _as_columns(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_words(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Columns = Annotated[list[Column], Field(min_length=1), BeforeValidator(_as_columns)]
Words = Annotated[list[Word], Field(min_length=1), BeforeValidator(_as_words)]


class Condition(Section):
    """Which rows; all three must hold."""

    match: dict[Column, Words] = Field(
        default={}, description="Value that each column must have; a list means any of them, null is NULL."
    )
    unless: dict[Column, Words] = Field(
        default={}, description="Values that a column must not have; one that has is enough to leave it."
    )
    present: list[Column] = Field(default=[], description="Columns that must not be NULL.")


class Pick(Section):
    """How a field is read from a row; `column` alone may be written as plain text."""

    column: Columns | None = Field(
        default=None,
        description="Column to read, `column.key.key` inside JSON; of a list the first not NULL.",
    )
    since: Column | None = Field(
        default=None, description="Time column at which a duration began; `column` is where it ended."
    )
    unit: Unit | None = Field(default=None, description="Unit of the column.")
    scale: Factor | None = Field(default=None, description="Or what to multiply the column by.")
    absolute: bool = Field(default=False, description="Whether the sign is dropped.")
    map: dict[str, Constant] | None = Field(
        default=None, description="What each word of the column means; true and false are words too."
    )
    reads: Literal["error_text"] | None = Field(
        default=None, description="`error_text`: free text of an error becomes its class."
    )
    default: Constant | None = Field(
        default=None, description="What holds where the column is NULL, is no such value or is not in `map`."
    )

    @model_validator(mode="after")
    def _is_one_way(self) -> Pick:
        if self.column is None:
            raise ValueError("needs `column`")
        if sum(way is not None for way in self._ways()) > 1:
            raise ValueError("takes only one of `since`, `map`, `reads`, `unit` and `scale`")
        return self

    def _ways(self) -> tuple[object, ...]:
        return (self.since, self.map, self.reads, self.unit, self.scale)


def _as_pick(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Fields = dict[Text, Annotated[Pick, BeforeValidator(_as_pick)]]


class Fact(Condition):
    """An event that a row is, once, as soon as the conditions hold."""

    fact: LabelName = Field(description="The fact's own name, unique in its table; part of the event's key.")
    kind: EventKind = Field(description="The kind of event.")
    at: Columns | None = Field(
        default=None,
        description="Time column of this fact, of a list the first not NULL; null for the table's.",
    )
    set: dict[Text, Constant] = Field(default={}, description="Event fields with a constant value.")
    fields: Fields = Field(default={}, description="Event fields and where each is read.")
    count: Column | None = Field(
        default=None, description="Column that says how many such events the row stands for; null for one."
    )


class Rows(Condition):
    """Rows of a table or a query."""

    table: Table | None = Field(default=None, description="Table or view, its letters as in the catalog.")
    query: Text | None = Field(default=None, description="Or a SELECT without parameters.")

    @model_validator(mode="after")
    def _is_one_source(self) -> Rows:
        if (self.table is None) == (self.query is None):
            raise ValueError("needs either `table` or `query`")
        return self


class TableScan(Rows):
    """Rows that become events."""

    name: LabelName = Field(description="The table's own name in the profile, unique.")
    key: Columns = Field(description="Columns that name a row: its primary key.")
    time: Column = Field(description="Time column; without a time zone it is UTC.")
    changed: Column | None = Field(
        default=None, description="Rows change, and this time column says when. Null: see `final`."
    )
    final: Condition | None = Field(
        default=None,
        description="Rows change until this holds; those that are open are read again by their key.",
    )
    reread_s: LongS = Field(
        default=604_800, description="Age of a row's time from which an open row is not read again."
    )
    late_s: LongS = Field(
        default=60,
        description="How much older than its commit a row's time may be, where rows are read by time.",
    )
    after_s: LongS | None = Field(
        default=None, description="Age from which rows are read, where the newest still grow."
    )
    set: dict[Text, Constant] = Field(
        default={}, description="Constants of every fact that has such a field."
    )
    fields: Fields = Field(default={}, description="Fields of every fact that has such a field.")
    facts: list[Fact] = Field(min_length=1, description="What a row is; each whose conditions hold.")
    aggregate: bool = Field(
        default=False, description="Rows are counted where they are stored, by label set and hour."
    )


GaugeName = Literal[
    "active_conversations",
    "credit_balance",
    "messages_pending",
    "users",
    "queue_depth",
    "rate_limit_used_ratio",
    "data_timestamp_seconds",
]


class GaugeScan(Rows):
    """A state, looked at as a whole each time; it disappears when the looks fail."""

    name: LabelName = Field(description="The gauge's own name in the profile, unique.")
    gauge: GaugeName = Field(description="The metric, without `comms_scanned_`.")
    value: Annotated[Pick, BeforeValidator(_as_pick)] | None = Field(
        default=None,
        description="The number, summed where labels are the same (the newest of times); null counts rows.",
    )
    labels: Fields = Field(default={}, description="Labels of the metric, beside `scan`.")
    max_rows: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=1_000, description="Label sets the answer may have; more fail the scan."
    )


class Profile(Section):
    """A known schema: which tables it has, and what their rows mean."""

    about: Text = Field(description="One sentence: whose tables these are.")
    tables: list[TableScan] = Field(default=[], description="Tables whose rows become events.")
    gauges: list[GaugeScan] = Field(default=[], description="States that are looked at.")
