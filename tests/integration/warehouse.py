"""A warehouse with calls of a model, the fake BigQuery in front of it, and scans of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import asyncpg
from prometheus_client import CollectorRegistry

from exporter.config import ScanConfig
from exporter.scans.scan import Scan
from tests.conftest import Replica, Server
from tests.integration.fake_bigquery import DATASET, PROJECT, FakeBigQuery
from tests.integration.google_sql import GoogleSql

TABLE = """
CREATE TABLE calls (id text, called_at timestamptz, model text, tokens bigint, cost double precision, note text)
"""
PROFILE = {
    "about": "Calls in a warehouse.",
    "tables": [
        {
            "name": "calls",
            "table": "calls",
            "key": "id",
            "time": "called_at",
            "facts": [
                {
                    "fact": "call",
                    "kind": "llm",
                    "set": {"provider": "openai"},
                    "fields": {"model": "model", "usage.input_tokens": "tokens", "cost_usd": "cost"},
                }
            ],
        }
    ],
}


class Source(NamedTuple):
    """The tables of the warehouse, and the fake in front of them."""

    tables: asyncpg.Connection[asyncpg.Record]
    fake: FakeBigQuery
    url: str


@asynccontextmanager
async def running_warehouse(server: Server, dsn: str, tmp_path: Path) -> AsyncIterator[Source]:
    admin = await asyncpg.connect(server.dsn("postgres"))
    name = f"warehouse_{dsn.rpartition('/')[2].partition('?')[0]}"
    await admin.execute(f"CREATE DATABASE {name}")
    tables = await asyncpg.connect(server.dsn(name))
    async with FakeBigQuery().running() as fake:
        fake.answer = GoogleSql(server.dsn(name)).answer
        key = fake.key_file(tmp_path)
        url = f"bigquery://{PROJECT}/{DATASET}?api_url={fake.url}&credentials_path={key}&location=EU"
        yield Source(tables, fake, url)
    await tables.close()
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def scan_of(one: Replica, url: str, **fields: object) -> Scan:
    config = ScanConfig.model_validate({"name": "crm", "definition": PROFILE, "batch_rows": 100, **fields})
    return Scan(config, url, one.ledger, one.metrics)


async def call(
    source: Source, name: str, age: str, cost: float | None = 0.25, tokens: int | None = 10
) -> None:
    values = "($1, now() - $2::text::interval, 'gpt-4o-mini', $3, $4, 'canary text')"
    await source.tables.execute(f"INSERT INTO calls VALUES {values}", name, age, tokens, cost)  # noqa: S608


async def calls(one: Replica) -> int:
    await one.ledger.catch_up()
    return sum(int(str(row[0])) for row in one.totals.rows()["comms_llm_requests_total"].values())


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float:
    return registry.get_sample_value(name, {"scan": "crm", **labels}) or 0.0
