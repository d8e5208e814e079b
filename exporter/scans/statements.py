"""The statements of a scan: templates of sql/ filled with the names that a profile gives."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from exporter.config.profile import Pick, Rows, TableScan
from exporter.scans.pick import LARGEST, LONGEST_S, factor_of
from exporter.scans.row import time_columns, word_columns
from exporter.scans.tallying import Measure, Tallying

Types = Mapping[str, str]
"""By column, the name of its type in PostgreSQL."""

_PLACEHOLDER = re.compile(r"(?<!:):([a-z_]+)")
_INTEGERS = frozenset({"int2", "int4", "int8"})
_FLOATS = frozenset({"float4", "float8"})
_US_PER_S = 1_000_000


@cache
def template(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (files("exporter.scans") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def filled(name: str, filling: Mapping[str, str]) -> str:
    """The template with its placeholders filled in; `::type` is none, and what is not filled in stays."""

    def fill(found: re.Match[str]) -> str:
        return filling.get(found[1], found[0])

    return _PLACEHOLDER.sub(fill, template(name))


def quoted(name: str) -> str:
    """A name, or schema.name, as an identifier; profiles let only letters, digits and _ through."""
    return ".".join(f'"{part}"' for part in name.split("."))


def source_of(rows: Rows, tables: Mapping[str, str]) -> str:
    """What to select from; `tables` says which ones have another name here."""
    if rows.table is not None:
        return quoted(tables.get(rows.table, rows.table))
    return f"({(rows.query or '').strip().rstrip(';')})"


def expression(column: str) -> str:
    """A column, or a value inside JSON as text."""
    name, *keys = column.split(".")
    return f'r."{name}"' if not keys else f"(r.\"{name}\" #>> '{{{','.join(keys)}}}')"


def probe(source: str, columns: Iterable[str]) -> str:
    """A statement that reads nothing, by which PostgreSQL tells the types of columns."""
    names = ", ".join(f"{expression(column)} AS c{place}" for place, column in enumerate(columns))
    return f"SELECT {names} FROM {source} AS r LIMIT 0"  # noqa: S608


class Statements:
    """The statements for one table."""

    def __init__(self, table: TableScan, source: str, types: Types) -> None:
        self.columns = [*word_columns(table), *time_columns(table)]
        self._table = table
        self._source = source
        self._types = types
        self._times = set(time_columns(table))

    def after_id(self) -> str:
        """Rows behind an id ($1), at most $2."""
        return self._filled("after_id")

    def between_ids(self) -> str:
        """Rows between ids ($1 and $2, lists), at most $3."""
        return self._filled("between_ids")

    def last_id(self) -> str:
        """The newest id behind one ($1), and the end of a page of $2 rows where there are more."""
        return self._filled("last_id")

    def id_before(self) -> str:
        """The id before the first row since a time ($1)."""
        return self._filled("id_before")

    def gaps(self) -> str:
        """Ids missing between two ($1, $2], with the time of the row behind them; the newest $3."""
        return self._filled("gaps")

    def untimed(self) -> str:
        """Rows between two ids ($1, $2] whose time cannot be believed, at most $3."""
        return self._filled("untimed")

    def from_time(self, time: str) -> str:
        """Rows from a time ($1) to one ($2), at most $3."""
        return self._filled("from_time", time)

    def after_time(self, time: str) -> str:
        """Rows behind a time ($1) and a key ($4 …), to a time ($2), at most $3."""
        return self._filled("after_time", time)

    def by_keys(self) -> str:
        """Rows by lists of the parts of their keys."""
        return self._filled("by_keys")

    def groups(self, tallying: Tallying) -> str:
        """Rows between two ids ($1, $2], counted by hour and by what they have in common; at most $3 groups."""
        named, answers, groups = self._words_of(tallying)
        for place, measure in enumerate(tallying.measures.values()):
            named.append(f"{self._measured(measure)} AS m{place}")
            apart = _apart(measure, f"m{place}")
            groups += apart
            answers.append(f"sum(m{place})::text AS s{place}")
            answers.append(f"{apart[0] if measure.edges else 'NULL::integer'} AS b{place}")
        return self._filled("groups", named=_listed(named), answers=_listed(answers), groups=_listed(groups))

    def _words_of(self, tallying: Tallying) -> tuple[list[str], list[str], list[str]]:
        named = [f"{expression(column)} AS w{place}" for place, column in enumerate(tallying.words)]
        named += [
            f"CASE WHEN nullif({expression(column)}::text, '') IS NOT NULL THEN 'x' END AS p{place}"
            for place, column in enumerate(tallying.presences)
        ]
        names = [f"w{place}" for place in range(len(tallying.words))]
        names += [f"p{place}" for place in range(len(tallying.presences))]
        return named, [f"{name}::text AS {name}" for name in names], list(names)

    def _measured(self, measure: Measure) -> str:
        """Microseconds of a duration, else money or a count; NULL where it is none."""
        pick = measure.pick
        factor = factor_of(pick) * (_US_PER_S if measure.edges else 1)
        number = self._span(pick) if pick.since else self._first_number(pick, is_scaled=factor != 1)
        whole = factor == int(factor)
        scaled = f"{number} * {int(factor) if whole else factor}" if factor != 1 else number
        if pick.absolute:
            scaled = f"abs({scaled})"
        highest = f"<= {LONGEST_S * _US_PER_S}" if measure.edges else f"< {LARGEST:f}"
        lowest = f"> -{LARGEST:f}" if measure.signed else ">= 0"
        # Compared as it is, and rounded once: to round a numeric costs as much as half of all the rest.
        kept = self._rounded(measure, scaled, is_integer=whole and self._is_integer(pick))
        return f"CASE WHEN {scaled} {lowest} AND {scaled} {highest} THEN {kept} END"

    def _rounded(self, measure: Measure, scaled: str, *, is_integer: bool) -> str:
        if not measure.edges:
            return f"round(({scaled})::numeric, 12)"
        return scaled if is_integer else f"round({scaled})::bigint"

    def _span(self, pick: Pick) -> str:
        """Seconds between two times."""
        ended, began = (
            f"extract(epoch FROM {expression(column)})" for column in (*(pick.column or ()), pick.since or "")
        )
        return f"({ended} - {began})"

    def _first_number(self, pick: Pick, *, is_scaled: bool) -> str:
        numbers = [self._number(column, is_scaled=is_scaled) for column in pick.column or ()]
        return numbers[0] if len(numbers) == 1 else f"coalesce({', '.join(numbers)})"

    def _is_integer(self, pick: Pick) -> bool:
        return not pick.since and all(self._types.get(column) in _INTEGERS for column in pick.column or ())

    def _number(self, column: str, *, is_scaled: bool) -> str:
        """A column as an exact number, NULL or NaN where it is none; where it is scaled, small enough for that."""
        name, kind = expression(column), self._types.get(column, "")
        if kind in _INTEGERS:
            return f"{name}::bigint"
        if kind in _FLOATS:
            return f"(CASE WHEN {name} BETWEEN -1e18 AND 1e18 THEN {name}::text::numeric END)"
        if kind == "numeric":
            return name if not is_scaled else f"(CASE WHEN {name} BETWEEN -1e18 AND 1e18 THEN {name} END)"
        pattern = r"^-?[0-9]{1,18}(\.[0-9]{1,24})?$"
        return f"(CASE WHEN {name}::text ~ '{pattern}' THEN {name}::text::numeric END)"

    def _filled(self, name: str, time: str | None = None, **lists: str) -> str:
        table = self._table
        keys = [expression(column) for column in table.key]
        position = ", ".join(
            f"${place}::text::{self._types.get(column, 'text')}" for place, column in enumerate(table.key, 4)
        )
        names = [f"k{place}" for place in range(len(keys))]
        at = time or table.time
        zone = "" if self._types.get(at) == "timestamptz" else "::timestamp"
        filling = {
            "columns": ", ".join(self._selected(column, place) for place, column in enumerate(self.columns)),
            "source": self._source,
            "keys": ", ".join(keys),
            "key_arrays": ", ".join(
                f"${place}::text[]::{self._types.get(column, 'text')}[]"
                for place, column in enumerate(table.key, 1)
            ),
            "key_names": ", ".join(names),
            "key_equals": " AND ".join(
                f"{key} = wanted.{name}" for key, name in zip(keys, names, strict=True)
            ),
            "key": keys[0],
            "time": expression(at),
            "zone": zone,
            "soon": f"(SELECT (now() + interval '1 day'){zone})",
            "position": position,
        }
        return filled(name, filling | lists)

    def _selected(self, column: str, place: int) -> str:
        name = expression(column)
        if column in self._times:
            return f"(extract(epoch FROM {name}) * 1000000)::text AS c{place}"
        return f"{name}::text AS c{place}"


def _listed(items: Iterable[str]) -> str:
    return "".join(f",\n        {item}" for item in items)


def _apart(measure: Measure, name: str) -> list[str]:
    """What else rows are grouped by so that a measure can be summed: buckets, having it or not, its sign."""
    if measure.edges:
        edges = ", ".join(str(-round(edge * _US_PER_S)) for edge in reversed(measure.edges))
        return [f"width_bucket(-{name}, ARRAY[{edges}]::bigint[])"]
    if not measure.apart:
        return []
    return [f"sign({name})"] if measure.signed else [f"({name} IS NULL)"]
