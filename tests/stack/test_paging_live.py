"""A real Alertmanager with the shipped configuration, an exporter and a fake Twilio: every page reaches somebody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.e2e.server_process import server_process
from tests.e2e.shipped import ALERTMANAGER, each_leaf, elsewhere, read
from tests.faults.exporter_process import free_port
from tests.integration.fake_carriers import DOWN, FakeCarriers
from tests.integration.paging import ALICE, TOKEN, Paging, alice, paging
from tests.integration.waiting import until
from tests.stack.generation import GENERATIONS, program
from tests.stack.rule_files import ALERTS

OUTSIDE = {"exporter", "monitoring", "paging"}
PAGED = {
    name: rule["labels"]
    for name, rule in ALERTS.items()
    if rule["labels"]["severity"] == "page" and rule["labels"]["subsystem"] not in OUTSIDE
}
HASTY = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"}


def shipped(exporter: str) -> dict[str, Any]:
    """alertmanager.yml as shipped, hasty, without what holds alerts back, and with the exporter's address and token."""
    addresses = {"exporter:9847": exporter, "127.0.0.1:9899": exporter}
    config = each_leaf(read(ALERTMANAGER), elsewhere(addresses))
    config = each_leaf(config, lambda text, key: HASTY.get(key, text))
    for receiver in config["receivers"]:
        if receiver["name"].startswith("page-") and receiver["name"] != "page-outside":
            (webhook,) = receiver["webhook_configs"]
            webhook["http_config"] = {"authorization": {"credentials": TOKEN}}
    config["inhibit_rules"] = []
    return dict(config)


class Alertmanager:
    """A running Alertmanager."""

    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._url = f"http://{address}/api/v2"
        self._session = session

    async def send(self, *alerts: Mapping[str, str], over: bool = False) -> None:
        now = datetime.now(UTC)
        ends = {"endsAt": now.isoformat()} if over else {}
        starts = (now - timedelta(seconds=10)).isoformat()
        body = [
            {"labels": labels, "annotations": {"summary": "It broke"}, "startsAt": starts, **ends}
            for labels in alerts
        ]
        async with self._session.post(f"{self._url}/alerts", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def silences(self) -> list[dict[str, Any]]:
        async with self._session.get(f"{self._url}/silences") as answer:
            return [one for one in await answer.json() if one["status"]["state"] == "active"]


@asynccontextmanager
async def alertmanager(
    generation: str, folder: Path, address: str, exporter: str
) -> AsyncIterator[Alertmanager]:
    home = folder / "alertmanager"
    home.mkdir()
    (home / "alertmanager.yml").write_text(yaml.safe_dump({**shipped(exporter), "templates": []}))
    command = [
        program("prometheus-alertmanager", generation),
        f"--config.file={home / 'alertmanager.yml'}",
        f"--storage.path={home / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    async with (
        server_process(command, address, home / "log"),
        aiohttp.ClientSession() as session,
    ):
        yield Alertmanager(address, session)


@asynccontextmanager
async def both(
    generation: str, dsn: str, folder: Path, carriers: FakeCarriers, **oncall: Any
) -> AsyncIterator[tuple[Paging, Alertmanager]]:
    address = f"127.0.0.1:{free_port()}"
    url = f"http://{address}"
    async with paging(dsn, folder, carriers, alice(email=None), alertmanager=url, **oncall) as one:
        exporter = one.app.url.removeprefix("http://")
        async with alertmanager(generation, folder, address, exporter) as running:
            yield one, running


@pytest.fixture
async def carriers() -> AsyncIterator[FakeCarriers]:
    async with FakeCarriers().running() as running:
        yield running


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_every_page_of_the_rules_becomes_an_sms_and_its_end_another(
    generation: str, dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    alerts = [{"alertname": name, **labels, "tenant": "acme"} for name, labels in PAGED.items()]
    async with both(generation, dsn, tmp_path, carriers, storm_sms=100) as (one, running):

        async def told(status: str) -> bool:
            told = "SELECT title FROM pages p JOIN page_steps s USING (page_id) WHERE sent_at IS NOT NULL"
            rows = await one.app.rows(f"{told} AND status = '{status}'")
            return {title for (title,) in rows} == set(PAGED)

        await running.send(*alerts)
        await until(lambda: told("firing"))
        await running.send(*alerts, over=True)
        await until(lambda: told("resolved"))
        assert await one.app.rows("SELECT count(*) FROM pages") == [(2 * len(PAGED),)]
        assert {sent["to"] for sent in carriers.messages} == {ALICE}


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_alertmanager_tries_again_until_twilio_is_back_and_nobody_is_paged_twice(
    generation: str, dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    async with both(generation, dsn, tmp_path, carriers) as (one, running):
        carriers.trouble = DOWN
        await running.send({"alertname": "CostSpike", **ALERTS["CostSpike"]["labels"], "tenant": "acme"})

        async def is_refused() -> bool:
            refused = await one.app.sample("comms_http_requests_total", route="/alerts", code="503")
            return (refused or 0) >= 2

        await until(is_refused)
        carriers.trouble = None
        await one.until_texts(ALICE)

        async def is_taken() -> bool:
            return bool(await one.app.sample("comms_http_requests_total", route="/alerts", code="200"))

        await until(is_taken)
        assert len(carriers.messages) == 1


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_an_ack_by_sms_silences_the_group_in_alertmanager_itself(
    generation: str, dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    labels = ALERTS["CostSpike"]["labels"]
    async with both(generation, dsn, tmp_path, carriers) as (one, running):
        await running.send({"alertname": "CostSpike", **labels, "tenant": "acme"})
        await one.until_texts(ALICE)
        assert await one.reply(ALICE, "ACK", "SM" + "1" * 32) == 200

        async def is_silent() -> bool:
            return len(await running.silences()) == 1

        await until(is_silent)
        await running.send({"alertname": "CostSpike", **labels, "tenant": "another"})
        # Another group is told afterwards: had this one not been silent, it would have come first.
        other = ALERTS["MessageErrorRatioHigh"]["labels"]
        await running.send({"alertname": "MessageErrorRatioHigh", **other, "tenant": "acme"})
        await one.until_texts(ALICE, 2)
        assert "MessageErrorRatioHigh" in carriers.texts_to(ALICE)[1]
        (silence,) = await running.silences()
        assert silence["createdBy"] == "comms-exporter"
        assert {matcher["name"]: matcher["value"] for matcher in silence["matchers"]} == {
            "alertname": "CostSpike",
            "subsystem": labels["subsystem"],
        }
