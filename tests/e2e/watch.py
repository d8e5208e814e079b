"""A Prometheus and an Alertmanager that watch one exporter with the shipped files, and what they can be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import time
from typing import Any

import aiohttp
import yaml

from tests.e2e.page_receiver import PageReceiver, page_receiver
from tests.e2e.server_process import server_process
from tests.e2e.shipped import read, shrunk, write_adapted
from tests.e2e.waiting import until
from tests.faults.exporter_process import free_port
from tests.stack.generation import program

Series = dict[str, Any]
"""One series of an answer: `metric` with its labels, and `value` or `values`."""

STEP_S = 1
PATIENT_SCRAPE = "1s"
"""The shipped interval, shrunk as all durations are, is too short for a large page on a busy machine."""


class Watch:
    """The monitoring of one exporter by one generation.

    Attributes:
        pages: what the people on call got.
        began_s: Unix time at which it started.
    """

    def __init__(self, folder: Path, pages: PageReceiver, session: aiohttp.ClientSession) -> None:
        self.folder = folder
        self.pages = pages
        self.began_s = time()
        self.prometheus = f"127.0.0.1:{free_port()}"
        self.alertmanager = f"127.0.0.1:{free_port()}"
        self._session = session

    async def _get(self, url: str, **parameters: str) -> Any:
        async with self._session.get(f"http://{url}", params=parameters) as answer:
            body = await answer.json()
            assert answer.status == 200, (parameters, body)
            return body

    async def _ask(self, path: str, **parameters: str) -> Any:
        return (await self._get(f"{self.prometheus}/api/v1/{path}", **parameters))["data"]

    async def query(self, expression: str) -> list[Series]:
        """The series that an expression gives now."""
        return list((await self._ask("query", query=expression))["result"])

    async def query_range(self, expression: str) -> list[Series]:
        """The series that an expression gave since the start."""
        asked = {"start": f"{self.began_s}", "end": f"{time()}", "step": str(STEP_S)}
        return list((await self._ask("query_range", query=expression, **asked))["result"])

    async def rules(self) -> list[dict[str, Any]]:
        """Every rule that Prometheus runs."""
        return [rule for group in (await self._ask("rules"))["groups"] for rule in group["rules"]]

    async def version(self) -> str:
        return str((await self._ask("status/buildinfo"))["version"])

    async def alert(self, alertname: str) -> dict[str, Any] | None:
        """The alert as Alertmanager sees it, None where it knows none."""
        found = await self._get(f"{self.alertmanager}/api/v2/alerts", filter=f'alertname="{alertname}"')
        return found[0] if found else None

    async def until_given(self, expression: str) -> None:
        await until(lambda: self.query(expression), f"{expression} gives a series ({self.folder.name})")

    async def until_empty(self, expression: str) -> None:
        async def is_empty() -> bool:
            return not await self.query(expression)

        await until(is_empty, f"{expression} gives nothing ({self.folder.name})")

    async def until_suppressed(self, alertname: str) -> None:
        async def is_suppressed() -> bool:
            alert = await self.alert(alertname)
            return alert is not None and alert["status"]["state"] == "suppressed"

        await until(is_suppressed, f"{alertname} is suppressed ({self.folder.name})")

    async def until_heard(self, alertname: str, status: str) -> None:
        async def is_heard() -> bool:
            return any((one.alertname, one.status) == (alertname, status) for one in self.pages.received)

        await until(is_heard, f"{alertname} is notified as {status} ({self.folder.name})")

    async def forget_the_exporter(self) -> None:
        """Load a prometheus.yml again that has lost the exporter's job."""
        path = self.folder / "prometheus.yml"
        config = read(path)
        config["scrape_configs"] = [
            job for job in config["scrape_configs"] if job["job_name"] != "comms-exporter"
        ]
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        async with self._session.post(f"http://{self.prometheus}/-/reload") as answer:
            assert answer.status == 200, await answer.text()


@asynccontextmanager
async def watching(
    generation: str, folder: Path, exporter: str, scrape: str | None = None
) -> AsyncIterator[Watch]:
    """Both servers and their receiver, ready, and gone when the block ends; `scrape` is another interval to scrape."""
    async with AsyncExitStack() as stack:
        pages = await stack.enter_async_context(page_receiver())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        one = Watch(folder, pages, session)
        addresses = {
            # What the exporter would send as SMS is looked at here; tests/stack/test_paging_live.py sends it.
            "exporter:9847/alerts": f"{pages.address}/alerts",
            "exporter:9847": exporter,
            "alertmanager:9093": one.alertmanager,
            "127.0.0.1:9090": one.prometheus,
            "127.0.0.1:9899": pages.address,
        }
        write_adapted(folder, addresses)
        if scrape is not None:
            _scrape_every(folder / "prometheus.yml", scrape)
        await stack.enter_async_context(_alertmanager(generation, one))
        await stack.enter_async_context(_prometheus(generation, one))
        yield one


def _scrape_every(path: Path, interval: str) -> None:
    config = read(path)
    config["global"] |= {"scrape_interval": interval, "scrape_timeout": interval}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")


def _alertmanager(generation: str, one: Watch) -> Any:
    command = [
        program("prometheus-alertmanager", generation),
        f"--config.file={one.folder / 'alertmanager' / 'alertmanager.yml'}",
        f"--storage.path={one.folder / 'alertmanager-data'}",
        f"--web.listen-address={one.alertmanager}",
        # Otherwise it gossips on every interface.
        "--cluster.listen-address=",
    ]
    return server_process(command, one.alertmanager, one.folder / "alertmanager.log")


def _prometheus(generation: str, one: Watch) -> Any:
    command = [
        program("prometheus", generation),
        f"--config.file={one.folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={one.folder / 'prometheus-data'}",
        f"--web.listen-address={one.prometheus}",
        "--web.enable-lifecycle",
        # Durations like any other: when a series counts as gone, and how often an alert is told again.
        f"--query.lookback-delta={shrunk('5m')}",
        f"--rules.alert.resend-delay={shrunk('1m')}",
    ]
    return server_process(command, one.prometheus, one.folder / "prometheus.log")
