"""The shapes of BigQuery's answers, as far as a scan looks at them, and how much of one is read.

Source: cloud.google.com/bigquery/docs/reference/rest/v2/jobs and /tables; 64-bit numbers are text there.
"""

from __future__ import annotations

import msgspec
from aiohttp import ClientResponse

from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.bigquery.values import Cells, FieldSchema

_CHUNK_BYTES = 65_536


class Schema(msgspec.Struct):
    """The columns."""

    fields: list[FieldSchema] = []


class Job(msgspec.Struct, rename="camel"):
    """Where the results of a query are kept."""

    job_id: str
    location: str = ""


class Results(msgspec.Struct, rename="camel"):
    """What both jobs.query and jobs.getQueryResults answer."""

    job_complete: bool = False
    job_reference: Job | None = None
    schema: Schema = msgspec.field(default_factory=Schema)
    rows: list[Cells] = []
    page_token: str = ""
    total_bytes_billed: int | None = None
    total_bytes_processed: int = 0


class Partitioning(msgspec.Struct):
    """By what a table is partitioned."""

    field: str = "_PARTITIONTIME"


class Table(msgspec.Struct, rename="camel"):
    """What tables.get answers."""

    schema: Schema = msgspec.field(default_factory=Schema)
    time_partitioning: Partitioning | None = None


class QueryStatistics(msgspec.Struct, rename="camel"):
    """What a query cost."""

    total_bytes_billed: int = 0


class Statistics(msgspec.Struct):
    """What is known of a job."""

    query: QueryStatistics = msgspec.field(default_factory=QueryStatistics)


class Finished(msgspec.Struct):
    """What jobs.get answers."""

    statistics: Statistics


async def bounded(answer: ClientResponse, most_bytes: int) -> bytes:
    """The body of an answer.

    Raises:
        ScanFailed: it is longer than that.
    """
    body = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > most_bytes:
            raise ScanFailed(ScanStatus.TOO_MANY_ROWS, f"an answer of more than {most_bytes} bytes")
    return bytes(body)
