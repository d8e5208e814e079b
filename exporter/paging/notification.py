"""Alertmanager's webhook, read.

Source: prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4 of the format (2026-11). Bridges
that speak the format leave out `fingerprint` and the status of single alerts.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from msgspec import Struct, field

from exporter.errors import Reason, Rejected
from exporter.sources.strict_json import decode_body

_DIGEST_BYTES = 16


class Alert(Struct):
    """One alert of a group."""

    labels: dict[str, str]
    annotations: dict[str, str] = {}
    status: str = "firing"
    startsAt: str = ""  # Alertmanager's word
    fingerprint: str = ""


class Notification(Struct):
    """What Alertmanager says of one group.

    Attributes:
        truncatedAlerts: how many more alerts there are beyond `max_alerts`.
    """

    groupKey: str
    status: Literal["firing", "resolved"]
    alerts: list[Alert]
    groupLabels: dict[str, str] = field(default_factory=dict)
    commonLabels: dict[str, str] = field(default_factory=dict)
    commonAnnotations: dict[str, str] = field(default_factory=dict)
    truncatedAlerts: int = 0

    def firing(self) -> list[Alert]:
        """The alerts that the notification is about: a group that fires may have some that ended."""
        return [alert for alert in self.alerts if alert.status == self.status] or self.alerts


_DECODER = msgspec.json.Decoder(Notification)


def read_notification(body: bytes) -> Notification:
    """A notification with at least one alert.

    Raises:
        Rejected: it is none; the same body will never be one.
    """
    notification = decode_body(_DECODER, body, unwritable="replace")
    if not notification.alerts:
        raise Rejected(Reason.MISSING_FIELD, "alerts: is empty")
    return notification


def group_key(notification: Notification) -> str:
    """A digest of the group's name."""
    return _digest(notification.groupKey)


def identities(notification: Notification) -> list[str]:
    """What tells each alert from others and from its own earlier times, sorted."""
    return sorted({_identity(alert) for alert in notification.firing()})


def _identity(alert: Alert) -> str:
    own = alert.fingerprint or repr(sorted(alert.labels.items()))
    return _digest(f"{own}\n{alert.startsAt}")


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=_DIGEST_BYTES).hexdigest()
