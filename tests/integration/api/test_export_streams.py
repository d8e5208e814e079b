"""Large exports: as much memory for a million rows as for a thousand, and nobody who reads slowly keeps others away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exporter.api import download
from tests.integration.api.asking import TENANT_ADMIN, Api, token
from tests.integration.api.test_usage import call
from tests.integration.waiting import until

USAGE = "/api/v1/analytics/export"
AUTHORIZATION = {"Authorization": f"Bearer {token(TENANT_ADMIN)}"}
_FILL = """
INSERT INTO events (seq, tenant, source, kind, at, received_at, user_id, late, data, raw)
SELECT
    n, 'acme', 'app', 'llm', now() - make_interval(secs => n * 0.05), now(), '42', false,
    convert_to(format('{"kind":"llm","at":"2026-01-01T00:00:00Z","tenant":"acme","provider":"openai",'
        '"model":"gpt-4","cost_usd":"0.00%s1"}', n %% 1000), 'UTF8'),
    ''::bytea
FROM generate_series(1, $1) AS n
"""


async def filled(dsn: str, number: int) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(_FILL.replace("%%", "%"), number, timeout=600)
    await connection.execute("SELECT setval('event_seq', $1)", number)
    await connection.execute("ANALYZE events")
    await connection.close()


def rss_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def lines_and_growth_bytes(api: Api, form: str) -> tuple[int, int]:
    """How many lines came, and how much larger the exporter and this reader got after the first thousand."""
    lines, began_bytes, most_bytes = 0, 0, 0
    async with api.one.session.get(
        f"{api.one.url}{USAGE}/{form}", params={"days": "30"}, headers=AUTHORIZATION, timeout=None
    ) as answer:
        assert answer.status == 200
        async for chunk in answer.content.iter_chunked(65_536):
            lines += chunk.count(b"\n" if form == "csv" else b'"description"')
            if lines < 1000 or not began_bytes:
                began_bytes = rss_bytes()
            most_bytes = max(most_bytes, rss_bytes())
    return lines, most_bytes - began_bytes


@pytest.mark.parametrize("form", ["csv", "json"])
async def test_200_000_rows_take_no_more_memory_than_a_thousand(dsn: str, api: Api, form: str) -> None:
    await filled(dsn, 200_000)
    lines, growth_bytes = await lines_and_growth_bytes(api, form)
    assert lines == 200_000 + (form == "csv")
    assert growth_bytes < 16 * 1024 * 1024


@pytest.mark.faults
async def test_a_million_rows_take_no_more_memory_than_a_thousand(dsn: str, api: Api) -> None:
    await filled(dsn, 1_000_000)
    lines, growth_bytes = await lines_and_growth_bytes(api, "csv")
    assert lines == 1_000_001
    assert growth_bytes < 16 * 1024 * 1024


async def test_calls_are_read_from_an_index_behind_row_level_security_too(dsn: str, api: Api) -> None:
    """Partitions without rows do not count: the planner reads nothing of them in any way."""
    await filled(dsn, 5_000)
    connection = await asyncpg.connect(dsn)
    text = (Path(download.__file__).parents[1] / "ledger" / "sql" / "export_calls.sql").read_text()
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE comms_reader")
        await connection.execute("SELECT set_config('comms.tenant', 'acme', true)")
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE asked AS {text}")
        rows = await connection.fetch(
            "EXPLAIN EXECUTE asked('acme', NULL, now() - interval '1 minute', now())"
        )
    await connection.close()
    plan = "\n".join(row[0] for row in rows)
    today = f"{datetime.now(UTC):%Y%m%d}"
    assert f"Index Scan using events_{today}_tenant_least_seq_idx" in plan, plan
    assert "Index Cond: ((tenant = $1) AND (LEAST(at, received_at) >= $3)" in plan, plan
    assert f"Seq Scan on events_{today}" not in plan, plan


class Raw:
    """Somebody who asks for a download and reads when told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def asking(cls, api: Api) -> Raw:
        # A small window, or the kernel takes the whole file for somebody who reads nothing of it.
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", api.one.app.port))
        reader, writer = await asyncio.open_connection(sock=connection, limit=1024)
        lines = [
            f"GET {USAGE}/csv HTTP/1.1",
            "Host: exporter",
            f"Authorization: {AUTHORIZATION['Authorization']}",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        return cls(reader, writer)

    async def status(self) -> int:
        return int((await self.reader.readline()).split()[1])


async def read_on(reader: asyncio.StreamReader) -> bytes:
    """What came before the connection was cut."""
    found = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := await reader.read(65_536):
            found = piece
    return found


async def asked(api: Api) -> tuple[int, Any]:
    """Status and Retry-After of a small export."""
    answer = await api.ask("GET", "/api/v1/exports/sms/csv", TENANT_ADMIN)
    return answer.status, answer.headers.get("Retry-After")


async def test_a_third_report_is_asked_to_come_back(
    dsn: str, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those who read nothing are cut off, so that it is answered in the end."""
    await filled(dsn, 200_000)
    monkeypatch.setattr(download, "STALLED_S", 1.0)
    slow = [await Raw.asking(api), await Raw.asking(api)]
    assert [await one.status() for one in slow] == [200, 200]
    assert await asked(api) == (429, "1")
    assert (await api.one.events(call("1")))[0] == 200

    async def free() -> bool:
        return (await asked(api))[0] == 200

    await until(free)
    for one in slow:
        assert not (await read_on(one.reader)).endswith(b"0\r\n\r\n")
        one.writer.close()
    assert await api.one.sample("comms_downloads_total", outcome="slow") == 2


async def test_a_caller_who_leaves_frees_the_connection(dsn: str, api: Api) -> None:
    await filled(dsn, 200_000)
    for turn in (1, 2, 3):
        pair = [await Raw.asking(api), await Raw.asking(api)]
        for one in pair:
            assert await one.status() == 200
        for one in pair:
            one.writer.transport.abort()

        async def are_gone(leavers: int = 2 * turn) -> bool:
            return await api.one.sample("comms_downloads_total", outcome="gone") == leavers

        await until(are_gone)
        assert (await asked(api))[0] == 200


async def test_a_ledger_that_goes_away_in_the_middle_cuts_the_file(dsn: str, api: Api) -> None:
    await filled(dsn, 200_000)
    one = await Raw.asking(api)
    assert await one.status() == 200
    await api.one.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%api'"
    )
    assert not (await read_on(one.reader)).endswith(b"0\r\n\r\n")
    one.writer.close()
    assert await api.one.sample("comms_downloads_total", outcome="failed") == 1
    assert (await asked(api))[0] == 200
