"""POST /api/v1/notifications/alerts: alerts that concern a tenant, from Alertmanager with a token of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import orjson
from aiohttp import web

from exporter.api.notifications import PATH
from exporter.body import read_body
from exporter.errors import Rejected, SignatureFailure
from exporter.ledger.notifications import Notice, Notified
from exporter.notifications.alert_notices import alert_notices
from exporter.notifications.texts import Texts
from exporter.receive import problem
from exporter.sources.bearer import check_bearer
from exporter.sources.source import Request

_BODY_BYTES = 4 * 1024 * 1024
_BODY_S = 10.0


class NotificationAlerts(NamedTuple):
    """What the route asks.

    Attributes:
        tokens: those of Alertmanager, as the configuration in force has them; without any, nobody may post.
        texts: words of the configuration in force.
        add: keeps notices whose cause is new.
    """

    tokens: Callable[[], tuple[bytes, ...]]
    texts: Callable[[], Texts]
    add: Callable[[Sequence[Notice]], Awaitable[list[Notified]]]

    def routes(self) -> list[web.RouteDef]:
        """The route, for the application."""
        return [web.post(f"{PATH}/alerts", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        sent = Request(str(request.url), request.query, request.headers, b"", datetime.now(UTC))
        tokens = self.tokens()
        if not tokens:
            return problem(401, "signature", "not_configured")
        try:
            check_bearer(tokens, sent)
            body = await read_body(request, limit_bytes=_BODY_BYTES, limit_s=_BODY_S)
            notices, ignored = alert_notices(body, self.texts())
        except SignatureFailure as failure:
            return problem(401, "signature", failure.reason.value)
        except Rejected as rejected:
            return problem(400, rejected.reason.value, rejected.detail)
        told = len(await self.add(notices)) if notices else 0
        answer = {"notified": told, "repeated": len(notices) - told, "ignored": ignored}
        return web.Response(body=orjson.dumps(answer), content_type="application/json")
