"""Alerts that concern a tenant, as Alertmanager's webhook tells them.

Source: prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4 of the format (2026-11).
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from exporter.ledger.notifications import Notice
from exporter.notifications.news import EVERY_CHANNEL
from exporter.notifications.texts import Texts, data_of, filled, plain
from exporter.sources.ledger_text import LONGEST_NAME, ledger_text
from exporter.sources.strict_json import decode_body

_LONGEST = 2_000
_MOST_ALERTS = 1_000


class _Alert(msgspec.Struct):
    status: str = "firing"
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)
    startsAt: str = ""  # Alertmanager's word
    fingerprint: str = ""


class _Notification(msgspec.Struct):
    alerts: list[_Alert]


_DECODER = msgspec.json.Decoder(_Notification)


def alert_notices(body: bytes, texts: Texts) -> tuple[list[Notice], int]:
    """A notice for each alert of a tenant, and how many alerts are of none or too many.

    Raises:
        Rejected: the body is no notification of Alertmanager.
    """
    alerts = decode_body(_DECODER, body, unwritable="replace").alerts
    notices = [notice for alert in alerts[:_MOST_ALERTS] if (notice := _notice(alert, texts)) is not None]
    return notices, len(alerts) - len(notices)


def _notice(alert: _Alert, texts: Texts) -> Notice | None:
    tenant = ledger_text(alert.labels.get("tenant"), LONGEST_NAME)
    if tenant is None:
        return None
    name = alert.labels.get("alertname", "Alert")
    said = alert.annotations.get("description") or alert.annotations.get("summary") or name
    facts = {
        "alertname": name,
        "severity": alert.labels.get("severity"),
        "channel": alert.labels.get("channel"),
        "status": alert.status,
        "starts_at": alert.startsAt,
    }
    return Notice(
        tenant,
        None,
        *filled(texts, _kind(alert), {"alertname": name, "description": said}, longest=_LONGEST),
        data=data_of({key: plain(value) for key, value in facts.items() if value}),
        cause=f"alert:{_identity(alert)}:{alert.status[:16]}",
        role="tenant_admin",
        channels=EVERY_CHANNEL,
    )


def _kind(alert: _Alert) -> str:
    if alert.status == "resolved":
        return "alert_resolved"
    return "alert_page" if alert.labels.get("severity") == "page" else "alert_ticket"


def _identity(alert: _Alert) -> str:
    """Of one time that an alert fires; bridges that speak the format leave the fingerprint out."""
    which = alert.fingerprint or repr(sorted(alert.labels.items()))
    return sha256(f"{which} {alert.startsAt}".encode()).hexdigest()
