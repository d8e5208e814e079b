"""States of a scanned database, looked at as a whole: how many conversations are open, how much credit is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from exporter.catalogue import BY_NAME
from exporter.config.profile import Condition, GaugeScan, Word
from exporter.errors import ScanFailed, ScanStatus
from exporter.event import DEFAULT_TENANT
from exporter.label import label
from exporter.scans.database import Database, Record
from exporter.scans.pick import Wants, factor_of, reading
from exporter.scans.row import number_in
from exporter.scans.statements import expression, filled, source_of

PREFIX = "comms_scanned_"
_LARGEST_COUNTS = ("rate_limit_used_ratio", "data_timestamp_seconds")

Values = dict[tuple[str, ...], float]
"""By the labels of the metric, `scan` not among them, in the order of the catalogue."""


class GaugeReading:
    """One gauge of a profile, made ready."""

    def __init__(
        self,
        gauge: GaugeScan,
        tables: Mapping[str, str],
        constants: Mapping[str, Any],
        tenants: Mapping[str, str],
    ) -> None:
        self.gauge = gauge
        self.labels = BY_NAME[PREFIX + gauge.gauge].labels[1:]
        self._reads = {name: reading(pick, Wants.TEXT) for name, pick in gauge.labels.items()}
        self.columns = list(
            dict.fromkeys(column for pick in gauge.labels.values() for column in pick.column or ())
        )
        self._source = source_of(gauge, tables)
        self._constants = {"tenant": DEFAULT_TENANT, **constants}
        self._tenants = tenants

    async def look(self, database: Database) -> Values:
        """The state now.

        Raises:
            ScanFailed: it cannot be read, or has more label sets than allowed.
        """
        most = self.gauge.max_rows
        statement, words = self.statement()
        records = await database.fetch(statement, most + 1, *words)
        if len(records) > most:
            raise ScanFailed(
                ScanStatus.TOO_MANY_ROWS, f"gauge {self.gauge.name}: more than {most} label sets"
            )
        return self.values(records)

    def statement(self) -> tuple[str, list[list[str]]]:
        """The statement, and its parameters from the second on."""
        words: list[list[str]] = []
        conditions = list(_conditions(self.gauge, words)) or ["true"]
        labels = [f"{expression(column)}::text AS c{place}" for place, column in enumerate(self.columns)]
        filling = {
            "value": self._value(),
            "labels": "".join(f", {one}" for one in labels),
            "source": self._source,
            "conditions": " AND ".join(conditions),
            "groups": ", ".join(f"c{place}" for place in range(len(labels))) or "()",
        }
        return filled("gauge", filling), words

    def values(self, records: Iterable[Record]) -> Values:
        """Label sets and numbers; what is no number is left out."""
        found: Values = {}
        for record in records:
            number = number_in(record["value"])
            if number is None:
                continue
            row = {column: record[f"c{place}"] for place, column in enumerate(self.columns)}
            key = tuple(self._label(name, row) for name in self.labels)
            factor = factor_of(self.gauge.value) if self.gauge.value else 1
            found[key] = self._joined(found.get(key), float(number * factor))
        return found

    def _label(self, name: str, row: Mapping[str, str | None]) -> str:
        read = self._reads.get(name)
        value = None if read is None else read(row)
        text = str(self._constants.get(name, "") if value is None else value)
        return label(self._tenants.get(text, text) if name == "tenant" else text)

    def _joined(self, before: float | None, value: float) -> float:
        if before is None:
            return value
        return max(before, value) if self.gauge.gauge in _LARGEST_COUNTS else before + value

    def _value(self) -> str:
        if self.gauge.value is None or not self.gauge.value.column:
            return "count(*)::text"
        column = expression(self.gauge.value.column[0])
        if self.gauge.gauge == "data_timestamp_seconds":
            return f"extract(epoch FROM max({column}))::text"
        function = "max" if self.gauge.gauge in _LARGEST_COUNTS else "sum"
        return f"{function}({column})::text"


def _conditions(condition: Condition, words: list[list[str]]) -> Iterator[str]:
    """A condition in SQL; its words become parameters."""
    for column, wanted in condition.match.items():
        yield f"({_is_any(column, wanted, words)})"
    for column, unwanted in condition.unless.items():
        yield f"({_is_any(column, unwanted, words)}) IS NOT TRUE"
    for column in condition.present:
        yield f"nullif({expression(column)}::text, '') IS NOT NULL"


def _is_any(column: str, wanted: list[Word], words: list[list[str]]) -> str:
    name = expression(column)
    words.append([_text(word) for word in wanted if word is not None])
    found = f"{name}::text = ANY(${len(words) + 1}::text[])"
    return f"{found} OR {name} IS NULL" if None in wanted else found


def _text(word: Word) -> str:
    return {True: "true", False: "false"}[word] if isinstance(word, bool) else str(word)
