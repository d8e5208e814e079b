"""Alerts that fire: as Alertmanager tells them, else what our own figures say beside their thresholds.

Source: github.com/prometheus/alertmanager, api/v2/openapi.yaml, gettableAlerts (2026-11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from exporter.errors import DocumentUnavailable, Rejected
from exporter.front_page.channels import Channel
from exporter.front_page.visit import Visit
from exporter.label import label
from exporter.sources.strict_json import decode_body

_PATIENCE_S = 1.0
_MOST = 50
_SEVERITIES = ("page", "ticket", "info")
_PATH = "/api/v2/alerts?active=true&silenced=false&inhibited=false&unprocessed=false"


class _Alert(msgspec.Struct):
    labels: dict[str, str]
    startsAt: datetime  # Alertmanager's word


_ALERTS = msgspec.json.Decoder(list[_Alert])


class Alert(NamedTuple):
    """One that fires; names of rules and labels of metrics, which name nobody."""

    name: str
    severity: str
    about: str
    since: datetime | None


class Firing(NamedTuple):
    """What fires, the gravest first.

    Attributes:
        alerts: at most 50 of them.
        number: how many there are.
        told_by: who says so, as a sentence.
    """

    alerts: list[Alert]
    number: int
    told_by: str


Ask = Callable[[str], Awaitable[bytes]]


async def firing(ask: Ask, url: str | None, visit: Visit, own: Sequence[Alert]) -> Firing:
    """What fires for whoever looks; `own` is what our thresholds say, for want of Alertmanager."""
    if url is None:
        return Firing(
            list(own[:_MOST]),
            len(own),
            "By our own thresholds, over the time shown; no Alertmanager is configured.",
        )
    try:
        async with asyncio.timeout(_PATIENCE_S):
            told = decode_body(_ALERTS, await ask(url + _PATH))
    except (DocumentUnavailable, Rejected, TimeoutError):
        return Firing(
            list(own[:_MOST]),
            len(own),
            "Alertmanager does not answer: by our own thresholds, over the time shown.",
        )
    seen = sorted((_alert(one) for one in told if _concerns(one, visit)), key=_gravest_first)
    return Firing(seen[:_MOST], len(seen), "By Alertmanager.")


def own_alerts(found: Iterable[Channel]) -> list[Alert]:
    """What is beyond its threshold."""
    return [
        Alert(rule.rule, "threshold", channel.name, None)
        for channel in found
        for rule in channel.rules
        if rule.compliant is False
    ]


def _concerns(alert: _Alert, visit: Visit) -> bool:
    """A tenant's people see what names their tenant; who may see all tenants, also what names none."""
    tenant = alert.labels.get("tenant")
    if visit.tenant is None or (visit.sees_all_tenants and tenant is None):
        return True
    return tenant == label(visit.tenant)


def _alert(told: _Alert) -> Alert:
    labels = told.labels
    about = (label(labels[name]) for name in ("tenant", "channel", "provider", "job") if labels.get(name))
    return Alert(
        label(labels.get("alertname", "")), labels.get("severity", ""), " · ".join(about), told.startsAt
    )


def _gravest_first(alert: Alert) -> tuple[int, str, str]:
    known = alert.severity in _SEVERITIES
    return _SEVERITIES.index(alert.severity) if known else len(_SEVERITIES), alert.name, alert.about
