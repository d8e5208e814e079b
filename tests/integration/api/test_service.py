"""GET /health tells how the service is, to everybody and from memory."""

from __future__ import annotations

from pathlib import Path

from tests.integration.api.asking import Api
from tests.integration.running_app import running_app


async def test_a_healthy_service_says_so_without_a_token(api: Api) -> None:
    told = await api.ask("GET", "/health", None)
    assert told.status == 200
    assert told.json | {"version": ""} == {
        "status": "healthy",
        "service": "comms-exporter",
        "version": "",
        "environment": "production",
        "database": "connected",
        "bigquery": "not_configured",
    }


async def test_without_its_database_it_is_degraded(tmp_path: Path) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    async with running_app(nowhere, tmp_path, wait=False) as one:
        told = await Api(one).ask("GET", "/health", None)
        assert (told.status, told.json["status"], told.json["database"]) == (503, "degraded", "disconnected")


async def test_a_warehouse_is_told(dsn: str, tmp_path: Path) -> None:
    scan = {
        "name": "crm",
        "profile": "whatsapp_crm",
        "database_url": "bigquery://project/dataset",
        "interval_s": "1h",
    }
    async with running_app(dsn, tmp_path, scans=[scan]) as one:
        assert (await Api(one).ask("GET", "/health", None)).json["bigquery"] == "configured"
