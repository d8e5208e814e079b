"""What the sender of webhooks tells: what became of notifications, and that an endpoint is paused."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from exporter.ledger.notification_plan import CREATED
from exporter.ledger.notifications import Notice
from exporter.ledger.webhooks import Delivery
from exporter.notifications.news import EVERY_CHANNEL
from exporter.notifications.texts import Texts, data_of, filled
from exporter.selfmetrics import SelfMetrics
from exporter.vocabulary import NotificationChannel, NotificationOutcome


class WebhookObserver:
    """Counts attempts to tell notifications, and words what the owners of an endpoint are told."""

    def __init__(self, texts: Callable[[], Texts], metrics: SelfMetrics) -> None:
        self._texts = texts
        self._count = metrics.notifications

    def settled(self, one: Delivery, outcome: NotificationOutcome) -> None:
        """See Observer."""
        if one.event_type == CREATED:
            kind = orjson.loads(one.payload)["data"]["type"]
            self._count.labels(kind, NotificationChannel.WEBHOOK.value, outcome.value).inc()

    def paused(self, one: Delivery, *, gone: bool) -> Notice:
        """See Observer; for administrators of the tenant, in-app and by every other channel that they want."""
        about: dict[str, object] = {"endpoint": one.endpoint}
        return Notice(
            one.tenant,
            None,
            *filled(self._texts(), "endpoint_gone" if gone else "endpoint_failing", about),
            data=data_of(about),
            cause=f"endpoint_paused:{one.delivery_id}:{one.attempt}",
            role="tenant_admin",
            channels=EVERY_CHANNEL,
        )
