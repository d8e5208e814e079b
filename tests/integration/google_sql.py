"""GoogleSQL as our scans write it, answered by PostgreSQL: the words that differ are put into PostgreSQL's."""

from __future__ import annotations

import re
from typing import Any

import asyncpg

from tests.integration.fake_bigquery import Answer, Asked

_TYPES = {
    "text": "STRING",
    "varchar": "STRING",
    "int4": "INTEGER",
    "int8": "INTEGER",
    "float8": "FLOAT",
    "numeric": "NUMERIC",
    "bool": "BOOLEAN",
    "timestamptz": "TIMESTAMP",
    "timestamp": "DATETIME",
    "date": "DATE",
    "json": "JSON",
}
UNIX_MICROS = """
CREATE OR REPLACE FUNCTION unix_micros(at timestamp) RETURNS bigint LANGUAGE sql
RETURN (extract(epoch FROM at) * 1000000)::bigint
"""


class GoogleSql:
    """Runs queries of a warehouse on a database of the tests."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    async def answer(self, asked: Asked) -> Answer:
        """Raises LookupError where a table is not there."""
        connection = await asyncpg.connect(self._dsn, server_settings={"TimeZone": "UTC"})
        try:
            await connection.execute(UNIX_MICROS)
            try:
                prepared = await connection.prepare(translated(asked))
            except asyncpg.UndefinedTableError as error:
                raise LookupError from error
            schema = [(one.name, _TYPES[one.type.name]) for one in prepared.get_attributes()]
            return Answer(schema, [[_text(value) for value in row] for row in await prepared.fetch()])
        finally:
            await connection.close()


def translated(asked: Asked) -> str:
    """The query in PostgreSQL's words, its parameters put in."""
    sql = (
        asked.sql.replace("`", '"')
        .replace(" AS STRING)", " AS text)")
        .replace(" AS DATETIME)", " AS timestamp)")
    )
    sql = re.sub(r"ARRAY_TO_STRING\(\[(.*?)\], '\\x1f'\)", r"array_to_string(ARRAY[\1], E'\\x1f')", sql)
    sql = re.sub(r"IN UNNEST\((@\w+)\)", r"= ANY(\1)", sql)
    return re.sub(r"@(\w+)", lambda found: _literal(found[1], asked), sql)


def _literal(name: str, asked: Asked) -> str:
    value, kind = asked.parameters[name], asked.kinds[name]
    if isinstance(value, list):
        return f"ARRAY[{', '.join(map(_quoted, value))}]::text[]"
    return (
        f"{_quoted(value)}::timestamptz"
        if kind == "TIMESTAMP"
        else value
        if kind == "INT64"
        else _quoted(value)
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
