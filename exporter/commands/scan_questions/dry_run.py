"""What a scan would count: it really runs, into a ledger that is thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from prometheus_client import CollectorRegistry

from exporter.config import Config, ScanConfig
from exporter.errors import ScanStatus
from exporter.exposition import Exposition
from exporter.ledger.append import unpriced
from exporter.ledger.embedded import EmbeddedPostgres
from exporter.ledger.ledger import Ledger
from exporter.scans.scan import Scan
from exporter.selfmetrics import SelfMetrics
from exporter.totals import Totals

_OF_SCANS = ("comms_scanned_", "comms_scan_rows", "comms_parked_events")


async def dry_run(scan: ScanConfig, url: str, config: Config) -> AsyncIterator[str]:
    """Series that would be on /metrics, but for those at zero and the buckets; prices by lists are not computed."""
    registry, totals, ready = CollectorRegistry(), [Totals()], asyncio.Event()
    metrics = SelfMetrics(registry, time)

    def publish(loaded: Totals) -> None:
        totals.append(loaded)
        ready.set()

    with TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres(Path(folder))
        await postgres.start()
        try:
            ledger = Ledger(
                postgres.dsn, lambda: config, metrics, declare=_nothing, publish=publish, price=unpriced
            )
            async with ledger.running():
                await ready.wait()
                status = await Scan(scan, url, ledger, metrics).run()
                await ledger.catch_up()
                await ledger.refresh()
        finally:
            await asyncio.shield(postgres.stop())
    if status is not ScanStatus.SUCCESS:
        yield f"{scan.name} failed: {status.value}; what it had read until then:"
    for line in (*_counted(totals[-1], CollectorRegistry()), *_counted(Totals(), registry)):
        yield line


def _counted(totals: Totals, registry: CollectorRegistry) -> Iterator[str]:
    of_process = list(registry.collect())
    page = b"".join(Exposition(totals, registry).pieces(openmetrics=False, gzip=False)).decode()
    for line in page.splitlines():
        series, _, value = line.rpartition(" ")
        wanted = not of_process or series.startswith(_OF_SCANS)
        if wanted and not line.startswith("#") and "_bucket{" not in series and float(value) != 0:
            yield line


def _nothing(totals: Totals) -> None:
    pass
