"""The demo, and one Prometheus that watches it by the shipped rules: what dashboards are looked at with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from tests.e2e.watch import PATIENT_SCRAPE, Watch, watching
from tests.faults.exporter_process import exporter_process
from tests.stack.queries import SqlQuery

RATE_PER_S = 60


class Stage:
    """A demo that runs.

    Attributes:
        watch: the Prometheus, many times as fast as shipped.
        dsn: of the demo's own PostgreSQL.
    """

    def __init__(self, watch: Watch, dsn: str) -> None:
        self.watch = watch
        self.dsn = dsn

    async def rows(self, query: SqlQuery) -> list[dict[str, Any]]:
        """What a panel of PostgreSQL gets for the last week."""
        now = datetime.now(UTC)
        connection = await asyncpg.connect(self.dsn)
        try:
            return [dict(row) for row in await connection.fetch(query.text(now - timedelta(days=7), now))]
        finally:
            await connection.close()


@asynccontextmanager
async def demo_stage(folder: Path, generation: str) -> AsyncIterator[Stage]:
    """The demo and its Prometheus, gone when the block ends."""
    home = folder / "exporter"
    home.mkdir(parents=True)
    arguments = ("demo", "--seed", "7", "--rate", str(RATE_PER_S))
    async with exporter_process(home, arguments=arguments) as exporter:
        # The demo keeps its data apart; what outlives a killed exporter is looked for there.
        exporter.data_dir /= "demo"
        address = exporter.url.removeprefix("http://")
        async with watching(generation, folder / generation, address, PATIENT_SCRAPE) as watch:
            await watch.until_given('up{job="comms-exporter"} == 1')
            yield Stage(watch, exporter.dsn)
