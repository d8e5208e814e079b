"""One incident from beginning to end, watched by every generation of Prometheus and Alertmanager at once.

Messages flow, some fail, somebody is paged, it is over, the exporter dies, its target is lost. What each generation
saw is kept; the tests ask about it afterwards.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.boards import unanswered
from tests.e2e.meanwhile import meanwhile
from tests.e2e.told import Told, published, stored
from tests.e2e.traffic import USAGE_SCAN, Traffic, traffic_to
from tests.e2e.waiting import until
from tests.e2e.watch import STEP_S, Watch, watching
from tests.faults.exporter_process import ExporterProcess, exporter_process

OTHER_ERROR_RATIO = 0.04
_SETTINGS: dict[str, Any] = {"tenants": ["default", "acme"], "scans": [USAGE_SCAN]}
_SLOW = 'tenant_channel:comms_message_processing_seconds:p95_rate5m{tenant="default",channel="sms"} > 3'
_PAGE = 'ALERTS{alertname="MessageErrorRatioHigh",tenant="default",channel="sms"}'
_DEFAULT_LIMIT = 'rule:comms_sla_threshold:effective{rule="error_ratio"}'
_RULES_OF_A_GOOD_DAY = (
    "tenant_channel:comms_messages_failed_per_attempted:ratio_rate5m",
    "tenant_channel:comms_messages_delivered_per_final:ratio_rate1h",
    "tenant_channel:comms_message_response_seconds:p95_rate5m",
    "tenant_channel:comms_message_processing_seconds:p95_rate5m",
)
_LONG_AGO = "10m"


Tale = dict[str, Told]
"""What each generation saw, by its name."""


class Story:
    """The exporter, those who send to it, and those who watch it."""

    def __init__(self, exporter: ExporterProcess, traffic: Traffic, watches: Mapping[str, Watch]) -> None:
        self._exporter = exporter
        self._traffic = traffic
        self._watches = watches
        self.tale: Tale = {name: Told() for name in watches}

    async def tell(self) -> None:
        await self._each(lambda watch, _: watch.until_given('up{job="comms-exporter"} == 1'))
        await self._send_once()
        async with meanwhile(self._traffic.flow()):
            await self._each(self._healthy)
            await self._failing()
            await self._recovered()
        self._exporter.kill()
        await self._each(self._dead)

    async def _each(self, step: Callable[[Watch, Told], Awaitable[object]]) -> None:
        """Let every generation take a step, all at the same time."""
        async with asyncio.TaskGroup() as tasks:
            for name, watch in self._watches.items():
                tasks.create_task(_awaited(step(watch, self.tale[name])))

    async def _send_once(self) -> None:
        answers = [await self._traffic.examples(), *await self._traffic.recorded_among_delivered()]
        assert await self._traffic.forged() == 403
        for told in self.tale.values():
            told.answers = answers
        await self._each(self._compare)

    async def _compare(self, watch: Watch, told: Told) -> None:
        async def are_equal() -> bool:
            told.published = published(await _page(self._exporter))
            told.stored = stored(await watch.query("comms_messages_total"))
            return told.published == told.stored

        await until(are_equal, f"Prometheus has what /metrics shows ({watch.folder.name})")

    async def _healthy(self, watch: Watch, told: Told) -> None:
        for rule in _RULES_OF_A_GOOD_DAY:
            await watch.until_given(f'{rule}{{tenant="default",channel="sms"}} offset {STEP_S}s >= 0')
        await watch.until_given(f"comms_messages_pending offset {STEP_S}s")
        await watch.until_empty(_PAGE)
        told.version = await watch.version()
        told.unanswered_when_healthy = await unanswered(watch)

    async def _failing(self) -> None:
        """Some messages fail; once that is noticed the application turns slow too, which is only a ticket."""
        for name, watch in self._watches.items():
            self.tale[name].notified_before = watch.pages.take()
        assert await self._traffic.torn() == 400
        self._traffic.failing = True
        await self._each(lambda watch, _: watch.until_given(_PAGE))
        self._traffic.slow = True
        await self._each(self._paged)
        self._traffic.slow = False
        # While it is slow the page must hold the ticket back, so the failures go on until then.
        await self._each(lambda watch, _: watch.until_empty(_SLOW))
        self._traffic.failing = False

    async def _paged(self, watch: Watch, told: Told) -> None:
        await watch.until_heard("MessageErrorRatioHigh", "firing")
        await watch.until_suppressed("ProcessingTimeP95High")
        told.page = await watch.alert("MessageErrorRatioHigh") or {}
        told.ticket = await watch.alert("ProcessingTimeP95High") or {}

    async def _recovered(self) -> None:
        """All is well again, and somebody lowers the limit meanwhile."""
        _write_config(self._exporter.config, error_ratio=OTHER_ERROR_RATIO)
        await self._each(self._calmed)

    async def _calmed(self, watch: Watch, told: Told) -> None:
        await watch.until_given(f"{_DEFAULT_LIMIT} == {OTHER_ERROR_RATIO}")
        await watch.until_heard("MessageErrorRatioHigh", "resolved")
        told.unanswered_in_the_end = await unanswered(watch)
        told.rules = await watch.rules()

    async def _dead(self, watch: Watch, told: Told) -> None:
        await watch.until_heard("ExporterDown", "firing")
        await watch.forget_the_exporter()
        await watch.until_heard("ExporterAbsent", "firing")
        await self._remember(watch, told)

    async def _remember(self, watch: Watch, told: Told) -> None:
        selectors = {
            "page": _PAGE,
            "limit": _DEFAULT_LIMIT,
            "loaded": "comms_config_last_reload_success_timestamp_seconds",
            "took": 'scrape_duration_seconds{job="comms-exporter"}',
            "exported": 'comms_sla_threshold{rule="error_ratio",tenant="",channel=""}',
        }
        for name, selector in selectors.items():
            told.history[name] = await watch.query(f"{selector}[{_LONG_AGO}]")
        told.notified = watch.pages.take()


async def _awaited(step: Awaitable[object]) -> None:
    await step


def _write_config(path: Path, **sla: float) -> None:
    path.write_text(json.dumps({**_SETTINGS, "sla": sla}))


async def _page(exporter: ExporterProcess) -> str:
    async with aiohttp.ClientSession() as session, session.get(exporter.url + "/metrics") as answer:
        return await answer.text()


async def told_by(folder: Path, generations: Sequence[str]) -> Tale:
    """The whole story; nothing runs any more when it is over."""
    home = folder / "exporter"
    home.mkdir()
    _write_config(home / "config.yaml")
    async with AsyncExitStack() as stack:
        exporter = await stack.enter_async_context(exporter_process(home))
        traffic = await stack.enter_async_context(traffic_to(exporter))
        await traffic.usage_table()
        address = exporter.url.removeprefix("http://")
        watches = {
            one: await stack.enter_async_context(watching(one, folder / one, address)) for one in generations
        }
        story = Story(exporter, traffic, watches)
        await story.tell()
    return story.tale
