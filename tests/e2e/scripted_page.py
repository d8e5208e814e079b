"""A /metrics page that tells a story of its own: tenants whose messages fail as often as the script says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from time import monotonic

from aiohttp import web

from exporter.config import Threshold

_MESSAGES_PER_S = 200


class ScriptedPage:
    """Counters that grow by the clock.

    Attributes:
        failing: the share of each tenant's messages that fail now.
        address: where it is served.
    """

    def __init__(self, thresholds: Iterable[Threshold], tenants: Iterable[str]) -> None:
        self.failing = dict.fromkeys(tenants, 0.0)
        self.address = ""
        self._thresholds = tuple(thresholds)
        self._totals = {
            (tenant, status): 0.0 for tenant in tenants for status in ("delivered", "undelivered")
        }
        self._at_s = monotonic()

    async def answer(self, request: web.Request) -> web.Response:
        self._grow()
        body = "".join(f"{line}\n" for line in (*self._threshold_lines(), *self._message_lines()))
        return web.Response(text=body, content_type="text/plain")

    def _grow(self) -> None:
        now_s = monotonic()
        for tenant, share in self.failing.items():
            sent = _MESSAGES_PER_S * (now_s - self._at_s)
            self._totals[tenant, "delivered"] += sent * (1 - share)
            self._totals[tenant, "undelivered"] += sent * share
        self._at_s = now_s

    def _threshold_lines(self) -> Iterable[str]:
        # Replicas are counted by this one; thresholds that only some of them export raise an alert.
        yield "comms_build_info 1"
        for rule, tenant, channel, value in self._thresholds:
            yield f'comms_sla_threshold{{rule="{rule}",tenant="{tenant}",channel="{channel}"}} {value}'

    def _message_lines(self) -> Iterable[str]:
        for (tenant, status), total in self._totals.items():
            route = f'tenant="{tenant}",channel="sms",provider="twilio",direction="outbound"'
            yield f'comms_messages_total{{{route},status="{status}"}} {total}'


@asynccontextmanager
async def scripted_page(
    thresholds: Iterable[Threshold], tenants: Iterable[str]
) -> AsyncIterator[ScriptedPage]:
    """The page on a free port while the block lasts."""
    page = ScriptedPage(thresholds, tenants)
    application = web.Application()
    application.router.add_get("/metrics", page.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        page.address = f"127.0.0.1:{runner.addresses[0][1]}"
        yield page
    finally:
        await runner.cleanup()
