"""SQL statements by the name of their file."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(name: str) -> str:
    """The text of sql/<name>.sql."""
    return (files("exporter.ledger") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """Every migration as (number, name, text), in order."""
    found = sorted((files("exporter.ledger") / "migrations").iterdir(), key=lambda file: file.name)
    return tuple(
        (int(file.name.split("_")[0]), file.name, file.read_text(encoding="utf-8"))
        for file in found
        if file.name.endswith(".sql")
    )
