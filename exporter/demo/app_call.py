"""A call of a company's own application to POST /events."""

from __future__ import annotations

from typing import Any

import orjson

from exporter.demo.scene import Call, Scene, Sender


def app_call(scene: Scene, at_s: float, *events: dict[str, Any]) -> Call:
    """A call with these events; None stands for a field that an event leaves out."""
    standard = {"tenant": scene.company.tenant, "at": scene.later(at_s).isoformat()}
    lines = [{"event_id": scene.name(), **standard, **_said(event)} for event in events]
    body = b"\n".join(map(orjson.dumps, lines))
    return Call(at_s, Sender.APP, body, events=len(events))


def _said(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if value is not None}
