"""Kills in the middle of scans, beside writers that hold transactions open: every row counts once."""

from __future__ import annotations

import asyncio
import os
import random
from pathlib import Path

import aiohttp
import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.faults.exporter_process import exporter_process
from tests.integration.test_scan_ways import SHOP

KILLS = int(os.environ.get("COMMS_FAULT_KILLS", "20"))
SCANS = """
scans:
{scans}
"""
SCAN = """
  - name: {name}
    interval_s: 0.2
    batch_rows: 100
    definition:
      about: A shop.
      tables:
        - name: texts
          table: texts
          key: {key}
          time: created_at
          aggregate: {aggregate}
          set: {{channel: sms, provider: {name}, direction: outbound, status: sent}}
          facts: [{{fact: sent, kind: message}}]
"""
WAYS = {"counted": ("number", "true"), "by_id": ("number", "false"), "by_time": ("id", "false")}


async def write(dsn: str, luck: random.Random, done: asyncio.Event) -> int:
    """Write in transactions that stay open for a while, one in ten rolled back; the answer is the rows committed."""
    connection = await asyncpg.connect(dsn)
    committed = 0
    while not done.is_set():
        transaction = connection.transaction()
        await transaction.start()
        rows = luck.randint(1, 40)
        await connection.execute("INSERT INTO texts (took_ms) SELECT n FROM generate_series(1, $1) n", rows)
        await asyncio.sleep(luck.uniform(0, 0.4))
        if luck.random() < 0.1:
            await transaction.rollback()
        else:
            await transaction.commit()
            committed += rows
    await connection.close()
    return committed


async def counts(url: str) -> dict[str, int]:
    """Messages by provider, which is the scan that counted them."""
    async with aiohttp.ClientSession() as session, session.get(url + "/metrics") as answer:
        page = await answer.text()
    sums: dict[str, int] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == "comms_messages_total":
                name = sample.labels["provider"]
                sums[name] = sums.get(name, 0) + int(sample.value)
    return {name: sums.get(name, 0) for name in WAYS}


@pytest.mark.faults
async def test_rows_are_counted_once_however_often_the_exporter_is_killed(tmp_path: Path) -> None:
    luck, done = random.Random(1), asyncio.Event()
    async with exporter_process(tmp_path) as exporter:
        connection = await asyncpg.connect(exporter.dsn)
        await connection.execute(SHOP)
        scans = [SCAN.format(name=name, key=key, aggregate=tally) for name, (key, tally) in WAYS.items()]
        exporter.config.write_text(SCANS.format(scans="".join(scans)))
        writers = [asyncio.create_task(write(exporter.dsn, random.Random(seed), done)) for seed in range(3)]
        for _ in range(KILLS):
            exporter.kill()
            exporter.start()
            await exporter.until_ready()
            await asyncio.sleep(luck.uniform(0.5, 2))
        done.set()
        committed = sum(await asyncio.gather(*writers))
        async with asyncio.timeout(60):
            while await counts(exporter.url) != dict.fromkeys(WAYS, committed):
                await asyncio.sleep(0.5)
        await asyncio.sleep(1)
        assert await counts(exporter.url) == dict.fromkeys(WAYS, committed)
        await connection.close()
