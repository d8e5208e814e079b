"""What people take with them: the same rows as CSV, JSON and PDF, and nobody else's."""

from __future__ import annotations

import csv
import io
import json
import re
import zlib
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from exporter.api.caller import Caller, Role
from exporter.api.exports.report import MOST_ROWS
from tests.integration.api.asking import ADMIN, FOREIGN, TENANT_ADMIN, USER, Api, Told, running_api
from tests.integration.api.test_usage import call, told

NOW = datetime.now(UTC).replace(microsecond=0)
CREDITS = {"used_per_usd": "1000", "sold_per_usd": "1000/1.15"}
USAGE = "/api/v1/analytics/export"
EXPORTS = "/api/v1/exports"
_STORE = """
INSERT INTO events (seq, tenant, source, kind, at, received_at, late, data, raw)
VALUES ($1, 'acme', 'scan', $2, $3, $3, false, $4, '')
"""
GOLDEN = Path(__file__).parents[2] / "data" / "exports"


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> Any:
    async with running_api(dsn, tmp_path, credits=CREDITS) as running:
        yield running


async def table(api: Api, path: str, caller: Caller = USER, **query: Any) -> list[dict[str, str]]:
    answer = await exported(api, f"{path}/csv", caller, **query)
    return list(csv.DictReader(io.StringIO(answer.body.decode())))


async def exported(api: Api, path: str, caller: Caller = USER, **query: Any) -> Told:
    answer = await api.ask("GET", path, caller, **query)
    assert answer.status == 200, answer.body
    return answer


def text_of(pdf: bytes) -> str:
    """What is written on the pages, a line for each piece."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    drawn = b"".join(zlib.decompress(one) for one in streams if one[:1] == b"\x78")
    pieces = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", drawn)
    return b"\n".join(re.sub(rb"\\([()\\])", rb"\1", piece) for piece in pieces).decode("latin-1")


async def test_the_csv_of_the_document_byte_for_byte(api: Api) -> None:
    """Its example, moved to yesterday: what is older than the ledger keeps cannot be asked for."""
    day = NOW - timedelta(days=1)
    first, second = day.replace(hour=14, minute=30, second=25), day.replace(hour=14, minute=32, second=10)
    await told(
        api,
        call("0.15", "anthropic", "claude-3-opus", at=second),
        call("0.1", at=first),
    )
    answer = await exported(api, f"{USAGE}/csv", days=30)
    assert answer.headers["Content-Type"] == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="usage_30days.csv"'
    golden = (GOLDEN / "usage_30days.csv").read_bytes()
    assert answer.body == golden.replace(b"2024-01-15", f"{day:%Y-%m-%d}".encode())


async def test_csv_json_and_pdf_have_the_same_rows(api: Api) -> None:
    costs = ["0.00004", "0.00005", "12.5", "0", "0.123456789"]
    await told(api, *(call(cost, at=NOW - timedelta(minutes=at)) for at, cost in enumerate(costs)))
    as_csv = await table(api, USAGE)
    as_json = json.loads((await exported(api, f"{USAGE}/json")).body, parse_float=Decimal)
    assert as_json["row_count"] == len(as_json["rows"]) == len(as_csv) == len(costs)
    on_paper = text_of((await exported(api, f"{USAGE}/pdf")).body).splitlines()
    for from_csv, from_json in zip(as_csv, as_json["rows"], strict=True):
        shown = Decimal(from_json["cost_usd"]).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        assert from_csv["Cost (USD)"] == f"{shown}"
        assert [from_csv[head] for head in ("Date", "Time", "Provider", "Model", "Description")] == [
            from_json[name] for name in ("date", "time", "provider", "model", "description")
        ]
        assert Decimal(from_csv["Credits"]) == Decimal(from_json["credits"])
    cells = [cell for row in as_csv for cell in row.values()]
    at = on_paper.index("Description") + 1
    assert on_paper[at : at + len(cells)] == cells


async def test_the_rows_add_up_to_the_summary_and_to_metrics(api: Api) -> None:
    await told(api, *(call(f"0.{number:07}1", at=NOW - timedelta(hours=number)) for number in range(30)))
    as_json = json.loads((await exported(api, f"{USAGE}/json", TENANT_ADMIN)).body, parse_float=Decimal)
    summary = await api.ask("GET", "/api/v1/analytics/summary", TENANT_ADMIN, days=30)
    whole = json.loads(summary.body, parse_float=Decimal)["usage"]
    total_usd = sum(row["cost_usd"] for row in as_json["rows"])
    assert (len(as_json["rows"]), total_usd) == (whole["total_requests"], whole["total_cost_usd"])
    route = {
        "tenant": "acme",
        "channel": "llm",
        "provider": "openai",
        "component": "llm",
        "basis": "estimated",
    }
    assert await api.one.sample("comms_cost_usd_total", **route) == float(total_usd)


async def test_a_call_without_a_price_has_an_empty_cost(api: Api) -> None:
    unpriced = call("0", model="a-model-of-nobody")
    del unpriced["cost_usd"]
    await told(api, unpriced)
    [row] = await table(api, USAGE)
    assert (row["Cost (USD)"], row["Credits"]) == ("", "")


async def test_calls_that_a_scan_counted_together_are_one_row_with_their_number(dsn: str, api: Api) -> None:
    event = {
        "kind": "tally",
        "at": NOW.isoformat(),
        "tenant": "acme",
        "event": {
            "kind": "llm",
            "at": NOW.isoformat(),
            "provider": "openai",
            "model": "gpt-4",
            "cost_usd": "3",
        },
        "count": 1200,
    }
    other = event | {"event": {"kind": "credit", "at": NOW.isoformat(), "used": "5"}}
    connection = await asyncpg.connect(dsn)
    for seq, stored in enumerate((event, other), start=1):
        await connection.execute(_STORE, seq, "tally", NOW, json.dumps(stored).encode())
    await connection.close()
    [row] = await table(api, USAGE, TENANT_ADMIN)
    assert (row["Description"], row["Cost (USD)"]) == ("1200 calls: LLM completion", "3.0000")


async def test_a_user_takes_their_own_and_an_administrator_the_tenant_s(api: Api) -> None:
    await told(api, call("1"), call("2", user="43"), call("4", tenant="globex"))
    found = {
        caller: [row["Cost (USD)"] for row in await table(api, USAGE, caller)]
        for caller in (USER, TENANT_ADMIN, FOREIGN)
    }
    assert found == {USER: ["1.0000"], TENANT_ADMIN: ["1.0000", "2.0000"], FOREIGN: ["4.0000"]}
    assert await api.refused(f"{USAGE}/csv", ADMIN) == (400, "bad_parameter")
    of_globex = await api.ask("GET", f"{USAGE}/csv", ADMIN, headers={"X-Tenant-Id": "globex"})
    assert of_globex.body.count(b"\n") == 2


@pytest.mark.parametrize("form", ["csv", "json", "pdf"])
@pytest.mark.parametrize("path", [USAGE, f"{EXPORTS}/messages", f"{EXPORTS}/costs", f"{EXPORTS}/sms"])
async def test_nothing_is_a_table_without_rows(api: Api, path: str, form: str) -> None:
    answer = await exported(api, f"{path}/{form}", Caller("new", Role.USER, "acme"))
    if form == "csv":
        assert answer.body.count(b"\n") == 1
    elif form == "json":
        assert (answer.json["rows"], answer.json["row_count"]) == ([], 0)
    else:
        assert answer.body.startswith(b"%PDF-")


async def test_what_a_spreadsheet_would_run_is_text_and_numbers_stay_numbers(api: Api) -> None:
    await told(api, call("1", model='=HYPERLINK("http://evil.example","x")', provider="+15551234567"))
    [row] = await table(api, USAGE)
    assert row["Model"] == '\'=HYPERLINK("http://evil.example","x")'
    assert row["Provider"] == "+15551234567"


async def test_messages_have_a_row_each_without_addresses_and_texts(api: Api) -> None:
    steps = [
        message("M1", "sent", NOW - timedelta(minutes=2)),
        message("M1", "delivered", NOW - timedelta(minutes=1)),
        message("M2", "failed", NOW),
        message("M3", "sent", NOW, user="43"),
    ]
    await told(api, *steps)
    rows = await table(api, f"{EXPORTS}/messages")
    assert [(row["Message"], row["Status"], row["User"]) for row in rows] == [
        ("M1", "delivered", "42"),
        ("M2", "failed", "42"),
    ]
    assert rows[0]["Delivered at"] == f"{NOW - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    answer = await exported(api, f"{EXPORTS}/messages/csv", TENANT_ADMIN)
    assert b"M3" in answer.body
    assert b"4915112345678" not in answer.body


async def test_costs_and_sms_by_day_equal_the_analytics(api: Api) -> None:
    steps = [
        message(f"M{number}", status, NOW - timedelta(days=number % 3), cost_usd="0.0079")
        for number in range(9)
        for status in ("sent", "delivered" if number % 2 else "undelivered")
    ]
    await told(api, *steps)
    costs = await table(api, f"{EXPORTS}/costs", time_range="7d")
    analytics = await api.get("/me/sms-analytics", time_range="7d")
    spent = await api.get("/me/sms-costs", time_range="7d")
    estimated = [row for row in costs if row["Basis"] == "estimated"]
    by_day = {row["Date"]: float(row["Cost (USD)"]) for row in estimated}
    assert by_day == spent["by_day"]
    sms = await table(api, f"{EXPORTS}/sms", time_range="7d")
    assert {row["Date"]: (int(row["Outbound"]), int(row["Failed"])) for row in sms} == {
        day["date"]: (day["outbound"], day["failed"]) for day in analytics["by_day"] if day["outbound"]
    }
    assert sum(int(row["Delivered"]) for row in sms) == analytics["messages"]["delivered"]


async def test_days_of_another_zone_are_refused_where_sums_are_of_utc(api: Api) -> None:
    assert await api.refused(f"{EXPORTS}/costs/csv", tz="Asia/Tokyo") == (400, "bad_parameter")
    messages = await exported(api, f"{EXPORTS}/messages/csv", tz="Asia/Tokyo", time_range="7d")
    assert messages.body.count(b"\n") == 1


async def test_a_report_of_too_many_rows_is_refused_with_its_bound(api: Api) -> None:
    await told(api, *(call("0.01", at=NOW - timedelta(seconds=number)) for number in range(MOST_ROWS + 1)))
    answer = await api.ask("GET", f"{USAGE}/pdf", TENANT_ADMIN)
    assert (answer.status, answer.json["reason"]) == (400, "bad_parameter")
    assert str(MOST_ROWS) in answer.json["detail"]


def message(message_id: str, status: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "message",
        "tenant": "acme",
        "user": "42",
        "channel": "sms",
        "provider": "app",
        "direction": "outbound",
        "status": status,
        "message_id": message_id,
        "peer": "+4915112345678",
        "at": at.isoformat(),
        **fields,
    }
