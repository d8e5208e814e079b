"""What `comms-exporter scan --explain` says of a scan of BigQuery."""

from __future__ import annotations

from collections.abc import AsyncIterator
from textwrap import indent

from exporter.config import ScanConfig, profile_of
from exporter.errors import Problem
from exporter.scans.bigquery.api import BigQuery
from exporter.scans.bigquery.fit import Look, advice, looks

_MB = 1_048_576
_LEAST_BILLED_MB = 10


async def explained(scan: ScanConfig, client: BigQuery) -> AsyncIterator[str]:
    """Lines to print: each query with the bytes it reads, the rights that it needs, and what makes it dear.

    Raises:
        ScanFailed: BigQuery cannot be asked.
    """
    yield f"{scan.name}: {profile_of(scan).about}"
    async for found in looks(client, scan):
        yield f"it cannot run here: {found}" if isinstance(found, Problem) else _shown(found)
    yield "\nrights it needs: the roles BigQuery Job User on the project, BigQuery Data Viewer on the dataset"
    for line in await advice(client, scan):
        yield line


def _shown(look: Look) -> str:
    read_mb = -(-look.read_bytes // _MB)
    billed_mb = max(read_mb, _LEAST_BILLED_MB)
    statement = indent(look.statement.strip(), "    ")
    return f"\n{look.name}: reads {read_mb} MB, billed as at least {billed_mb} MB a run\n{statement}"
