"""The statements of a scan in GoogleSQL: templates of sql/ filled with the names that a profile gives.

A query is billed by the columns and partitions that it reads, whatever it answers. So it reads only the columns of the
profile, compares the time column as it is, and answers everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from exporter.config.profile import Condition, GaugeScan, Rows, TableScan, Word
from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.row import time_columns, word_columns

_placeholders = re.compile(r":[a-z]+").sub
_TIMES = frozenset({"TIMESTAMP", "DATETIME", "DATE"})
_LARGEST_COUNTS = ("rate_limit_used_ratio", "data_timestamp_seconds")


@cache
def template(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (files("exporter.scans.bigquery") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def source_of(rows: Rows, tables: Mapping[str, str]) -> str:
    """What to select from; `tables` says which ones have another name here."""
    if rows.table is not None:
        return _quoted(tables.get(rows.table, rows.table))
    return f"({(rows.query or '').strip().rstrip(';')})"


def expression(column: str) -> str:
    """A column, or a value inside JSON as text."""
    name, *keys = column.split(".")
    path = "".join(f'."{key}"' for key in keys)
    return f"JSON_VALUE(r.`{name}`, '${path}')" if keys else f"r.`{name}`"


def probe(source: str, columns: Iterable[str]) -> str:
    """A statement that reads nothing, by whose schema the types of columns are known."""
    names = ", ".join(f"{expression(column)} AS c{place}" for place, column in enumerate(columns))
    return _filled("probe", {":columns": names, ":source": source})


class Statements:
    """The statements for one table.

    Raises:
        ScanFailed: its time column holds no time.
    """

    def __init__(self, table: TableScan, source: str, types: Mapping[str, str]) -> None:
        self.columns = [*word_columns(table), *time_columns(table)]
        self.time = table.changed or table.time
        if types[self.time] not in _TIMES:
            raise ScanFailed(ScanStatus.WRONG_TYPE, f"column {self.time}: no time, but {types[self.time]}")
        times = set(time_columns(table))
        keys = [f"CAST({expression(column)} AS STRING)" for column in table.key]
        self._filling = {
            ":columns": ", ".join(
                f"{_instant(column) if column in times else expression(column)} AS c{place}"
                for place, column in enumerate(self.columns)
            ),
            ":source": source,
            ":time": expression(self.time),
            ":type": types[self.time],
            ":keys": ", ".join(keys),
        }

    def from_time(self) -> str:
        """Rows from @since to @until, at most @most, in the order of their time."""
        return _filled("from_time", self._filling)

    def by_keys(self) -> str:
        """Rows from @since on whose key is among @wanted."""
        return _filled("by_keys", self._filling)


def gauge_statement(
    gauge: GaugeScan, columns: Iterable[str], source: str
) -> tuple[str, dict[str, list[str]]]:
    """The state of a gauge by label columns, and its parameters."""
    words: dict[str, list[str]] = {}
    labels = [f"CAST({expression(column)} AS STRING) AS c{place}" for place, column in enumerate(columns)]
    names = [f"c{place}" for place in range(len(labels))]
    filling = {
        ":value": _value(gauge),
        ":labels": "".join(f", {one}" for one in labels),
        ":source": source,
        ":conditions": " AND ".join(_conditions(gauge, words)) or "TRUE",
        ":grouping": "GROUP BY " + ", ".join(names) if names else "",
        ":most": str(gauge.max_rows + 1),
    }
    return _filled("gauge", filling), words


def _value(gauge: GaugeScan) -> str:
    if gauge.value is None or not gauge.value.column:
        return "COUNT(*)"
    column = expression(gauge.value.column[0])
    if gauge.gauge == "data_timestamp_seconds":
        return f"UNIX_MICROS(CAST(MAX({column}) AS TIMESTAMP)) / 1000000"
    return f"{'MAX' if gauge.gauge in _LARGEST_COUNTS else 'SUM'}({column})"


def _conditions(condition: Condition, words: dict[str, list[str]]) -> Iterator[str]:
    """A condition in SQL; its words become parameters."""
    for column, wanted in condition.match.items():
        yield f"({_is_any(column, wanted, words)})"
    for column, unwanted in condition.unless.items():
        yield f"({_is_any(column, unwanted, words)}) IS NOT TRUE"
    for column in condition.present:
        yield f"NULLIF(CAST({expression(column)} AS STRING), '') IS NOT NULL"


def _is_any(column: str, wanted: list[Word], words: dict[str, list[str]]) -> str:
    parameter = f"w{len(words)}"
    words[parameter] = [_text(word) for word in wanted if word is not None]
    found = f"CAST({expression(column)} AS STRING) IN UNNEST(@{parameter})"
    return f"{found} OR {expression(column)} IS NULL" if None in wanted else found


def _text(word: Word) -> str:
    return {True: "true", False: "false"}[word] if isinstance(word, bool) else str(word)


def _instant(column: str) -> str:
    """Microseconds since 1970; what has no time zone is UTC."""
    return f"UNIX_MICROS(CAST({expression(column)} AS TIMESTAMP))"


def _quoted(name: str) -> str:
    return ".".join(f"`{part}`" for part in name.split("."))


def _filled(name: str, filling: Mapping[str, str]) -> str:
    """A template with its placeholders filled once: what is put in is not looked at again."""
    return _placeholders(lambda found: filling[found[0]], template(name))
