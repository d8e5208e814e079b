"""An exporter within the test's own process, on a free port and the test's own database, and somebody to call it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from prometheus_client.parser import text_string_to_metric_families

from exporter.app import App
from exporter.config import ConfigFile
from exporter.fetch import fetch
from exporter.receive import Fetch
from tests.conftest import PATIENT
from tests.faults.exporter_process import PUBLIC_URL
from tests.integration.waiting import until
from tests.unit.sources.sent import TWILIO_TOKEN, WHATSAPP_SECRET

EVENT_TOKEN = "canary-event-token"


class RunningApp:
    """A running exporter and its caller."""

    def __init__(self, app: App, session: aiohttp.ClientSession, config: Path, dsn: str) -> None:
        self.app = app
        self.session = session
        self.config = config
        self.dsn = dsn
        self.url = f"http://127.0.0.1:{app.port}"

    async def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
        async with self.session.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, body: Any, headers: Any = None) -> tuple[int, str]:
        async with self.session.post(self.url + path, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    async def events(self, *events: dict[str, Any] | str) -> tuple[int, dict[str, Any]]:
        """Post events of our own schema; one given as text goes as it is."""
        lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
        authorization = {"Authorization": f"Bearer {EVENT_TOKEN}"}
        status, text = await self.post(
            "/events", "\n".join(lines).encode("utf-8", "surrogatepass"), authorization
        )
        return status, json.loads(text)

    async def page(self) -> str:
        status, text = await self.get("/metrics")
        assert status == 200
        return text

    async def sample(self, name: str, /, **labels: str) -> float | None:
        """The value of one series, None where it does not exist."""
        for family in text_string_to_metric_families(await self.page()):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        return None

    async def shows(self, value: float, name: str, /, **labels: str) -> None:
        """Come back once a series has that value."""

        async def arrived() -> bool:
            return await self.sample(name, **labels) == value

        await until(arrived)

    async def messages_sent(self) -> float | None:
        route = {"tenant": "default", "channel": "sms", "provider": "twilio", "direction": "outbound"}
        return await self.sample("comms_messages_total", **route, status="sent")

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the ledger's database itself."""
        connection = await asyncpg.connect(self.dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    async def ready(self) -> bool:
        return (await self.get("/-/ready"))[0] == 200


def settings(**sections: Any) -> dict[str, Any]:
    """A configuration with every secret set."""
    return {
        "listen": "127.0.0.1:0",
        "public_url": PUBLIC_URL,
        "ledger": {"append_timeout_s": PATIENT.append_timeout_s},
        "sources": {
            "twilio": {"auth_token": TWILIO_TOKEN},
            "whatsapp": {"app_secret": WHATSAPP_SECRET, "verify_token": "canary-verify-token"},
            "track": {"token": EVENT_TOKEN},
        },
        **sections,
    }


@asynccontextmanager
async def running_app(
    dsn: str, folder: Path, *, wait: bool = True, fetch: Fetch = fetch, **sections: Any
) -> AsyncIterator[RunningApp]:
    """Run an exporter while the block lasts; `sections` replace those of `settings`, `fetch` the way out."""
    config = folder / "config.yaml"
    config.write_text(json.dumps(settings(**sections)))
    app = App(ConfigFile(config, {"DATABASE_URL": dsn}, datetime.now(UTC)), fetch=fetch)
    timeout = aiohttp.ClientTimeout(30)
    async with app.running(), aiohttp.ClientSession(timeout=timeout) as session:
        one = RunningApp(app, session, config, dsn)
        if wait:
            await until(one.ready)
        yield one
