"""Logs as the usual shippers send them, byte for byte and header for header: counted, once, and answered their way."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from tests.integration.running_app import EVENT_TOKEN, RunningApp, running_app
from tests.integration.waiting import until
from tests.unit.sources.otlp_sent import AT_NS, json_request, protobuf_body
from tests.unit.sources.test_loki import packed

DOCS = Path(__file__).parents[2] / "docs" / "logs"
BEARER = {"Authorization": f"Bearer {EVENT_TOKEN}"}
RULE = {
    "name": "llm",
    "match": {"event": "llm_call"},
    "present": ["usage"],
    "kind": "llm",
    "fields": {"provider": "provider", "model": "model", "usage": "usage"},
}
CALL = {
    "event": "llm_call",
    "provider": "openai",
    "model": "gpt-4o",
    "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
}
LINE = json.dumps(CALL)
AT = "2026-11-20T10:00:00.123456Z"
STREAM = '{app="chat", filename="/var/log/app/a.log"}'


class Shipped(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


def lines(*fields: dict[str, Any]) -> bytes:
    return b"".join(json.dumps({**CALL, **line}).encode() + b"\n" for line in fields)


def loki_json(line: str, labels: dict[str, str]) -> bytes:
    return json.dumps({"streams": [{"stream": labels, "values": [[str(AT_NS), line]]}]}).encode()


# Each sends one call. Headers as of 2026-11: fluent-bit plugins/out_http, out_opentelemetry, out_loki; vector
# src/sinks/http, src/sinks/loki; grafana/alloy internal/component/common/loki/client; opentelemetry-collector
# exporter/otlphttpexporter.
SHIPPERS = {
    "fluent-bit http json_lines": Shipped(
        "/logs", {"Content-Type": "application/x-ndjson"}, lines({"timestamp": AT}), 200
    ),
    "fluent-bit http json_lines gzip": Shipped(
        "/logs",
        {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"},
        gzip.compress(lines({"timestamp": AT}), mtime=0),
        200,
    ),
    "fluent-bit http json": Shipped(
        "/logs", {"Content-Type": "application/json"}, json.dumps([{"timestamp": AT, **CALL}]).encode(), 200
    ),
    "fluent-bit opentelemetry": Shipped(
        "/v1/logs", {"Content-Type": "application/x-protobuf"}, protobuf_body({}, body=CALL), 200
    ),
    "fluent-bit loki": Shipped(
        "/loki/api/v1/push",
        {"Content-Type": "application/json"},
        loki_json(LINE, {"job": "fluent-bit"}),
        204,
    ),
    "vector http": Shipped(
        "/logs",
        {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"},
        gzip.compress(
            lines({"timestamp": AT, "host": "h", "source_type": "file", "file": "/var/log/app/a.log"}),
            mtime=0,
        ),
        200,
    ),
    "vector loki": Shipped(
        "/loki/api/v1/push",
        {"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy"},
        packed((STREAM, [(AT_NS, LINE, {})])),
        204,
    ),
    "vector loki gzip": Shipped(
        "/loki/api/v1/push",
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        gzip.compress(loki_json(LINE, {"agent": "vector"}), mtime=0),
        204,
    ),
    "alloy loki.write": Shipped(
        "/loki/api/v1/push",
        {"Content-Type": "application/x-protobuf"},
        packed((STREAM, [(AT_NS, LINE, {"detected_level": "info"})])),
        204,
    ),
    "alloy otelcol.exporter.otlphttp": Shipped(
        "/v1/logs",
        {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"},
        gzip.compress(protobuf_body({"log.file.name": "a.log"}, body=LINE), mtime=0),
        200,
    ),
    "collector otlphttp proto": Shipped(
        "/v1/logs",
        {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"},
        gzip.compress(protobuf_body(CALL, resource={"service.name": "chat"}), mtime=0),
        200,
    ),
    "collector otlphttp json": Shipped(
        "/v1/logs",
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        gzip.compress(json_request(CALL, resource={"service.name": "chat"}).body, mtime=0),
        200,
    ),
}


@pytest.fixture
async def one(dsn: str, tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(dsn, tmp_path, logs=[RULE]) as running:
        yield running


async def tokens(one: RunningApp) -> tuple[float | None, float | None]:
    route = {"tenant": "default", "provider": "openai", "model": "gpt-4o"}
    return (
        await one.sample("comms_llm_requests_total", **route, status="ok"),
        await one.sample("comms_llm_tokens_total", **route, token_type="input"),
    )


@pytest.mark.parametrize("shipped", SHIPPERS.values(), ids=SHIPPERS)
async def test_a_call_in_a_log_is_counted_once_however_often_its_request_is_repeated(
    one: RunningApp, shipped: Shipped
) -> None:
    for _ in range(3):
        status, _ = await one.post(shipped.path, shipped.body, BEARER | shipped.headers)
        assert status == shipped.status

    async def is_counted() -> bool:
        return (await tokens(one))[0] is not None

    await until(is_counted)
    assert await tokens(one) == (1, 10)
    source = {"/logs": "log", "/v1/logs": "otlp", "/loki/api/v1/push": "loki"}[shipped.path]
    assert await one.sample("comms_events_received_total", source=source, outcome="duplicate") == 2


@pytest.mark.parametrize("path", ["/logs", "/v1/logs", "/loki/api/v1/push"])
async def test_without_the_token_nothing_is_taken(one: RunningApp, path: str) -> None:
    headers = {"Content-Type": "application/json"}
    assert (await one.post(path, b"{}", headers))[0] == 401
    assert (await one.post(path, b"{}", headers | {"Authorization": "Bearer wrong"}))[0] == 401


@pytest.mark.parametrize("path", ["/v1/logs", "/loki/api/v1/push"])
@pytest.mark.parametrize(
    ("content_type", "status"), [("text/plain", 415), ("application/octet-stream", 415), (None, 415)]
)
async def test_another_content_type_is_refused(
    one: RunningApp, path: str, content_type: str | None, status: int
) -> None:
    headers = BEARER | ({"Content-Type": content_type} if content_type else {})
    assert (await one.post(path, b"{}", headers))[0] == status


@pytest.mark.parametrize("path", ["/v1/logs", "/loki/api/v1/push"])
@pytest.mark.parametrize("content_type", ["application/json", "application/x-protobuf"])
async def test_a_body_that_cannot_be_read_is_refused_and_parked(
    one: RunningApp, path: str, content_type: str
) -> None:
    assert (await one.post(path, b"\xff{", BEARER | {"Content-Type": content_type}))[0] == 400
    source = "otlp" if path == "/v1/logs" else "loki"
    assert await one.rows("SELECT source, reason FROM parked_events") == [(source, "malformed_body")]


async def test_records_that_cannot_be_counted_are_named_in_a_success(one: RunningApp) -> None:
    bad = CALL | {"usage": {"prompt_tokens": -1}}
    status, text = await one.post(
        "/v1/logs", json_request(CALL, bad).body, BEARER | {"Content-Type": "application/json"}
    )
    assert status == 200
    assert json.loads(text)["partialSuccess"] == {
        "rejectedLogRecords": "1",
        "errorMessage": "record 1: bad_field: usage.prompt_tokens: no whole number up to 1e12",
    }
    headers = BEARER | {"Content-Type": "application/x-protobuf"}
    async with one.session.post(
        one.url + "/v1/logs", data=protobuf_body(CALL, bad), headers=headers
    ) as answer:
        partial = ExportLogsServiceResponse.FromString(await answer.read()).partial_success
        assert (answer.content_type, partial.rejected_log_records) == ("application/x-protobuf", 1)


async def test_lines_that_no_rule_takes_are_counted_as_ignored(one: RunningApp) -> None:
    await one.post("/logs", b'{"event":"other"}\n{"event":"more"}', BEARER)
    assert await one.sample("comms_events_received_total", source="log", outcome="ignored") == 2


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.yaml")), ids=lambda path: path.name)
def test_a_documented_yaml_file_parses_and_names_the_exporter(path: Path) -> None:
    assert "exporter.example.com:9847" in json.dumps(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("path", sorted(DOCS.iterdir()), ids=lambda path: path.name)
def test_every_documented_shipper_carries_the_token_and_is_named_in_the_page(path: Path) -> None:
    assert "COMMS_EVENT_TOKEN" in path.read_text()
    assert f"(logs/{path.name})" in (DOCS.parent / "logs.md").read_text()
