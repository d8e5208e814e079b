"""`comms-exporter scan` looks at a warehouse too."""

from __future__ import annotations

import argparse

import asyncpg
import pytest

from exporter.commands.scan_questions.options import answers
from exporter.config import Config
from exporter.errors import ScanFailed
from tests.integration.fake_bigquery import Answer, Asked
from tests.integration.golden import expected, sql
from tests.integration.warehouse import Source


def ledger_dsn() -> str:
    raise AssertionError("no ledger is needed")


async def said(config: Config, **chosen: object) -> str:
    lines: list[str] = []
    await told(config, lines, **chosen)
    return "\n".join(lines)


async def told(config: Config, lines: list[str], **chosen: object) -> None:
    nothing = {"list": False, "explain": None, "dry_run": None, "discover": False, "database_url": None}
    async for line in answers(argparse.Namespace(**(nothing | chosen)), config, ledger_dsn):
        lines.append(line)


@pytest.fixture
async def warehouse(source: Source) -> Source:
    """With the tables of document 001."""
    await source.tables.execute(sql("whatsapp_crm", "schema"))
    await source.tables.execute(sql("whatsapp_crm", "rows"))
    source.fake.tables |= {
        "conversations": {"timePartitioning": {"field": "started_at"}},
        "messages": {"timePartitioning": {"field": "timestamp"}},
    }
    answer = source.fake.answer

    async def known(asked: Asked) -> Answer:
        try:
            return await answer(asked)
        except asyncpg.SyntaxOrAccessError:
            raise LookupError from None  # What no such table or column is to the fake.

    source.fake.answer = known
    return source


async def test_a_scan_of_a_warehouse_is_explained(warehouse: Source) -> None:
    text = await said(Config(), explain="whatsapp_crm", database_url=warehouse.url)
    assert "`started_at`" in text
    assert "billed as at least" in text
    assert "BigQuery Data Viewer" in text


async def test_a_dry_run_of_a_warehouse_counts_what_a_scan_would(warehouse: Source) -> None:
    lines = (await said(Config(), dry_run="whatsapp_crm", database_url=warehouse.url)).splitlines()
    wanted = {
        series: value for series, value in expected("whatsapp_crm").items() if "messages_total" in str(series)
    }
    assert wanted
    assert sum(line.startswith("comms_messages_total{") for line in lines) == len(wanted)


async def test_profiles_that_fit_a_warehouse_are_found_and_dear_ones_told(warehouse: Source) -> None:
    assert (
        "  fits      whatsapp_crm"
        in (await said(Config(), discover=True, database_url=warehouse.url)).splitlines()
    )
    warehouse.fake.tables["conversations"] = {}
    text = await said(Config(), discover=True, database_url=warehouse.url)
    assert "  fits      whatsapp_crm (dear: 1 tables are not partitioned)" in text.splitlines()


async def test_a_database_that_cannot_be_looked_at_does_not_hide_the_others(
    warehouse: Source,
) -> None:
    scans = [
        {"name": "a", "profile": "whatsapp_crm", "database_url": "postgresql://127.0.0.1:1/app"},
        {"name": "b", "profile": "whatsapp_crm", "database_url": warehouse.url},
    ]
    lines: list[str] = []
    with pytest.raises(ScanFailed, match="unreachable"):
        await told(Config.model_validate({"scans": scans}), lines, discover=True)
    assert "  fits      whatsapp_crm" in lines
