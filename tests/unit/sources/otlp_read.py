"""Bodies of POST /v1/logs, as recorded and in both encodings, and what becomes of their records."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exporter.event import Llm
from exporter.sources.log_rule import LogRule
from exporter.sources.otlp import Otlp
from exporter.sources.source import Batch, Request
from tests.unit.sources.otlp_sent import JSON, json_request, protobuf_request
from tests.unit.sources.sent import fixture, request

CASES = fixture("logs/otlp_logs.json")["cases"]
ALL = LogRule(name="all", match={}, kind="level", set={"name": "heartbeat"})
ENCODINGS = pytest.mark.parametrize("encoded", [json_request, protobuf_request])


def read(asked: Request, *rules: LogRule) -> Batch:
    return Otlp((), rules).read(asked)


def calls(asked: Request, *rules: LogRule) -> list[Llm]:
    events = [submission.event for submission in read(asked, *rules).submissions]
    assert all(isinstance(event, Llm) for event in events)
    return events  # type: ignore[return-value]


def line(asked: Request) -> dict[str, Any]:
    """The fields of the only record, as the ledger keeps them."""
    (submission,) = read(asked, ALL).submissions
    return json.loads(submission.raw)


def recorded(name: str) -> Request:
    return request(next(case["body"] for case in CASES if case["id"] == name), JSON)
