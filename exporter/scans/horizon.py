"""Which transactions run in a scanned database: what they insert is not seen yet."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from exporter.scans.database import Database
from exporter.scans.statements import template


class Horizon(NamedTuple):
    """One look.

    Attributes:
        xmin: the lowest number of a transaction that runs.
        bound: above every one that runs.
        oldest_start: when the oldest began, as far as the role may know; now where none runs.
        now: the database's clock.
    """

    xmin: int
    bound: int
    oldest_start: datetime
    now: datetime


async def look(database: Database) -> Horizon:
    """Look once.

    Raises:
        ScanFailed: the database does not answer.
    """
    (row,) = await database.fetch(template("horizon"))
    return Horizon(row["xmin"], row["bound"], row["oldest_start"], row["now"])
