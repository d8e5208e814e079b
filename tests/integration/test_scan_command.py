"""`comms-exporter scan`: what there is, what fits, what would be asked and counted; nothing is stored."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import Server

ROOT = Path(__file__).parents[2]
TABLE = (files("exporter.demo") / "sql" / "create_usage.sql").read_text()
FILL = """
INSERT INTO sms_usage_logs (user_id, phone_number, message_direction, message_length, message_content, success,
    processing_time_ms)
SELECT n, '+12025550101', CASE WHEN n % 4 = 0 THEN 'inbound' ELSE 'outbound' END, 20, 'canary-text', n % 10 <> 1, 100
FROM generate_series(1, 100) AS n
"""


@pytest.fixture
async def app(server: Server, dsn: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """A database of an application, beside the ledger's, with 100 messages."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(TABLE)
    await connection.execute(FILL)
    yield connection
    await connection.close()


def scan(*options: str, cwd: Path, config: str = "{}") -> subprocess.CompletedProcess[str]:
    (cwd / "config.yaml").write_text(config)
    return subprocess.run(
        [sys.executable, "-m", "exporter", "--log-level", "ERROR", "scan", *options],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )


def said(*options: str, cwd: Path, config: str = "{}") -> str:
    done = scan(*options, cwd=cwd, config=config)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_profiles_and_scans_are_listed(tmp_path: Path) -> None:
    config = "scans: [{name: mine, profile: sms_usage_logs}]"
    lines = said("--list", cwd=tmp_path, config=config).splitlines()
    assert any(
        line.split()[0] == "sms_usage_logs" for line in lines[1 : lines.index("scans of this configuration")]
    )
    assert lines[-1].split() == ["mine", "sms_usage_logs"]


def test_a_scan_is_explained_with_statements_plans_and_rights(
    app: asyncpg.Connection[asyncpg.Record], dsn: str, tmp_path: Path
) -> None:
    text = said("--explain", "sms_usage_logs", "--database-url", dsn, cwd=tmp_path)
    assert 'FROM "sms_usage_logs"' in text
    assert "-> " in text
    assert "Index" in text
    assert "GRANT SELECT (" in text
    assert "phone_number" not in text
    assert "indexes it lacks: none" in text


async def test_an_index_that_is_missing_comes_with_its_statement(
    app: asyncpg.Connection[asyncpg.Record], dsn: str, tmp_path: Path
) -> None:
    await app.execute("ALTER TABLE sms_usage_logs DROP CONSTRAINT sms_usage_logs_pkey")
    text = said("--explain", "sms_usage_logs", "--database-url", dsn, cwd=tmp_path)
    assert 'CREATE INDEX CONCURRENTLY ON "sms_usage_logs" ("id");' in text


async def test_rows_without_an_integer_key_are_explained_too(
    app: asyncpg.Connection[asyncpg.Record], dsn: str, tmp_path: Path
) -> None:
    await app.execute("CREATE TABLE calls (id uuid PRIMARY KEY, at timestamptz, state text, model text)")
    config = """
scans:
  - name: calls
    definition:
      about: Calls.
      tables:
        - name: calls
          table: calls
          key: id
          time: at
          final: {match: {state: done}}
          set: {kind_of_nothing: x}
          facts: [{fact: call, kind: llm, set: {provider: p, status: success}, fields: {model: model}}]
      gauges: [{name: open, gauge: queue_depth, table: calls, match: {state: open}, labels: {queue: model}}]
"""
    text = said(
        "--explain",
        "calls",
        "--database-url",
        dsn,
        cwd=tmp_path,
        config=config.replace("          set: {kind_of_nothing: x}\n", ""),
    )
    for why in ("new rows", "the next page", "rows that may have changed", "the state"):
        assert f": {why}\n" in text
    assert 'CREATE INDEX CONCURRENTLY ON "calls" ("at", "id");' in text


def test_a_profile_that_does_not_fit_says_what_is_missing(dsn: str, tmp_path: Path) -> None:
    text = said("--explain", "sms_usage_logs", "--database-url", dsn, cwd=tmp_path)
    assert "it cannot run here:" in text
    assert "missing_table" in text


async def test_a_dry_run_counts_what_a_scan_would_and_stores_nothing(
    app: asyncpg.Connection[asyncpg.Record], dsn: str, tmp_path: Path
) -> None:
    lines = said("--dry-run", "sms_usage_logs", "--database-url", dsn, cwd=tmp_path).splitlines()
    counted = {line for line in lines if line.startswith("comms_messages_total")}
    route = 'tenant="default",channel="sms",provider="twilio"'
    assert counted == {
        f'comms_messages_total{{{route},direction="inbound",status="received"}} 25',
        f'comms_messages_total{{{route},direction="outbound",status="sent"}} 65',
        f'comms_messages_total{{{route},direction="outbound",status="failed"}} 10',
    }
    assert any(line.startswith("comms_scan_rows_total") and line.endswith(" 100.0") for line in lines)
    assert await app.fetchval("SELECT count(*) FROM events") == 0
    assert "canary" not in "".join(lines)
    assert not (tmp_path / "data").exists()


def test_a_dry_run_that_fails_says_why(dsn: str, tmp_path: Path) -> None:
    text = said("--dry-run", "sms_usage_logs", "--database-url", dsn, cwd=tmp_path)
    assert "sms_usage_logs failed: missing_table" in text


def test_profiles_that_fit_a_database_are_found(
    app: asyncpg.Connection[asyncpg.Record], dsn: str, tmp_path: Path
) -> None:
    first, *lines = said("--discover", "--database-url", dsn, cwd=tmp_path).splitlines()
    assert dsn.rpartition("/")[2].partition("?")[0] in first + dsn
    assert "  fits      sms_usage_logs" in lines


async def test_a_table_that_lacks_a_column_fits_not(
    app: asyncpg.Connection[asyncpg.Record], dsn: str, tmp_path: Path
) -> None:
    await app.execute("ALTER TABLE sms_usage_logs DROP COLUMN processing_time_ms")
    assert "  fits      sms_usage_logs" not in said("--discover", "--database-url", dsn, cwd=tmp_path)


def test_without_an_address_the_configured_databases_are_looked_at(
    app: asyncpg.Connection[asyncpg.Record], dsn: str, tmp_path: Path
) -> None:
    config = f"scans: [{{name: mine, profile: sms_usage_logs, database_url: '{dsn}'}}]"
    assert "  fits      sms_usage_logs" in said("--discover", cwd=tmp_path, config=config)
    assert "mine: " in said("--explain", "mine", cwd=tmp_path, config=config)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--explain", "nobody"), "there is no scan or profile `nobody`"),
        (("--dry-run", "sms_usage_logs", "--database-url", "mysql://root@db/app"), "only postgresql://"),
        (("--discover", "--database-url", "bigquery://project"), "--database-url: must be bigquery://"),
        (("--explain", "sms_usage_logs", "--database-url", "bigquery://project/app"), "no credentials"),
        (("--discover", "--database-url", "postgresql://me:canary-secret@127.0.0.1:1/app"), "unreachable"),
        (("--explain", "sms_usage_logs"), "there is no ledger in ./data"),
    ],
)
def test_what_cannot_be_answered_is_said_without_secrets(
    options: tuple[str, ...], complaint: str, tmp_path: Path
) -> None:
    done = scan(*options, cwd=tmp_path)
    assert done.returncode == 1
    assert complaint in done.stderr
    assert "canary" not in done.stderr + done.stdout
