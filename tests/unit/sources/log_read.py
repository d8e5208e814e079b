"""Rules of POST /logs, and what becomes of a line."""

from __future__ import annotations

import json
from typing import Any

from exporter.errors import Reason
from exporter.event import AnyEvent
from exporter.sources.log import Log
from exporter.sources.log_rule import LogRule
from exporter.sources.source import Batch
from tests.unit.sources.sent import request

LLM_RULE = LogRule(
    name="llm_calls",
    match={"event": "llm_call"},
    kind="llm",
    fields={
        "provider": "provider",
        "model": "model",
        "usage.input_tokens": "usage.input_tokens",
        "usage.output_tokens": "usage.output_tokens",
    },
)
LEVEL_RULE = {"name": "r", "match": {"event": "x"}, "kind": "level", "set": {"name": "queue_depth"}}


def read(lines: str | bytes | list[dict[str, Any]], *rules: LogRule) -> Batch:
    body = lines if isinstance(lines, str | bytes) else "\n".join(json.dumps(line) for line in lines)
    return Log((), rules).read(request(body))


def event(line: dict[str, Any], **rule: Any) -> AnyEvent:
    batch = read([{"event": "x"} | line], LogRule(**(LEVEL_RULE | rule)))
    assert not batch.parked
    return batch.submissions[0].event


def parked_reason(line: dict[str, Any], **rule: Any) -> Reason:
    batch = read([{"event": "x"} | line], LogRule(**(LEVEL_RULE | rule)))
    assert not batch.submissions
    return batch.parked[0].reason
