"""Who answers the same question about the same table: the peers in .tools/peers, and us."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from typing import Any, NamedTuple

from exporter.catalogue import BY_NAME
from tests.bench.reading import Page, read
from tests.bench.usage_table import TABLE

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".tools" / "peers"
INTERVAL_S = 10
_EDGES_S = BY_NAME["comms_message_processing_seconds"].buckets
_LABELS = ("channel", "direction", "status")
_READY_LIMIT_S = 180


def _buckets() -> dict[str, str]:
    return {
        f"le_{number}": f"count(*) FILTER (WHERE processing_time_ms <= {edge_s * 1_000:.0f})::float8"
        for number, edge_s in enumerate(_EDGES_S)
    }


VALUES = {
    "messages": "count(*)::float8",
    "cost_usd": "coalesce(sum(cost_usd), 0)::float8",
    "processing_seconds_sum": "(coalesce(sum(processing_time_ms), 0) / 1000.0)::float8",
    **_buckets(),
}
QUESTION = f"""
SELECT 'sms' AS channel, message_direction AS direction,
    CASE WHEN NOT success THEN 'failed' WHEN message_direction = 'inbound' THEN 'received' ELSE 'sent' END AS status,
    {", ".join(f"{expression} AS {name}" for name, expression in VALUES.items())}
FROM {TABLE} GROUP BY 1, 2, 3
"""  # noqa: S608
"""How many messages, what they cost, and how long they took as a histogram."""


class Scanner(NamedTuple):
    """A program that looks at the table.

    Attributes:
        metric: what counts the messages on its page.
        is_pulled: whether it looks when its page is read, instead of by itself.
    """

    name: str
    metric: str
    is_pulled: bool


QUERY_EXPORTER = Scanner("query-exporter 5.0.2", "messages", is_pulled=False)
SQL_EXPORTER = Scanner("prometheus-sql-exporter (Debian 12)", "sql_usage", is_pulled=False)
POSTGRES_EXPORTER = Scanner("prometheus-postgres-exporter (Debian 12)", "usage_messages", is_pulled=True)
OURS = Scanner("comms-exporter", "comms_messages_total", is_pulled=False)
SCANNERS = (QUERY_EXPORTER, SQL_EXPORTER, POSTGRES_EXPORTER, OURS)


class Running(NamedTuple):
    """A scanner at work."""

    scanner: Scanner
    port: int
    pid: int
    folder: Path

    def messages(self) -> float:
        """How many messages its page counts; reading it makes a pulled one look."""
        return (
            self.page().total(self.scanner.metric) if self.scanner is not SQL_EXPORTER else self._of_column()
        )

    def page(self) -> Page:
        """What Prometheus would get."""
        return read(self.port)

    def _of_column(self) -> float:
        # It says every value under one name, and tells them apart by a label.
        lines = self.page().body.decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if 'col="messages"' in line)


@contextmanager
def running(scanner: Scanner, socket: Path, folder: Path, port: int) -> Iterator[Running]:
    """The scanner until the block ends; it counts nothing yet."""
    folder.mkdir()
    command, environment = _COMMANDS[scanner](socket, folder, port)
    began = perf_counter()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env={"PATH": os.environ["PATH"], **environment}, stdout=log, stderr=log, cwd=ROOT
        )
    try:
        while not _answers(port):
            if process.poll() is not None or perf_counter() - began > _READY_LIMIT_S:
                raise RuntimeError(f"{scanner.name}: {(folder / 'log').read_text()[-500:]}")
            sleep(0.05)
        yield Running(scanner, port, process.pid, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        return read(port, "/").status < 500
    return False


_Command = tuple[list[str], dict[str, str]]


def _query_exporter(socket: Path, folder: Path, port: int) -> _Command:
    metrics = {name: {"type": "gauge", "description": name, "labels": list(_LABELS)} for name in VALUES}
    query = {"interval": INTERVAL_S, "databases": ["app"], "metrics": list(VALUES), "sql": QUESTION}
    config = {
        "databases": {"app": {"dsn": f"postgresql+psycopg2://reader@/postgres?host={socket}"}},
        "metrics": metrics,
        "queries": {"usage": query},
    }
    binary = PEERS / "query-exporter" / "bin" / "query-exporter"
    return [str(binary), "-H", "127.0.0.1", "-p", str(port), "--config", _written(folder, config)], {}


def _sql_exporter(socket: Path, folder: Path, port: int) -> _Command:
    query = {
        "name": "usage",
        "help": "usage",
        "labels": list(_LABELS),
        "values": list(VALUES),
        "query": QUESTION,
    }
    job = {
        "name": "app",
        "interval": f"{INTERVAL_S}s",
        "connections": [f"postgres://reader@/postgres?host={socket}&sslmode=disable"],
        "queries": [query],
    }
    binary = PEERS / "usr" / "bin" / "prometheus-sql-exporter"
    config = _written(folder, {"jobs": [job]})
    return [str(binary), f"-config.file={config}", f"-web.listen-address=127.0.0.1:{port}"], {}


def _postgres_exporter(socket: Path, folder: Path, port: int) -> _Command:
    usages = {**dict.fromkeys(_LABELS, "LABEL"), **dict.fromkeys(VALUES, "GAUGE")}
    metrics = [{name: {"usage": usage, "description": name}} for name, usage in usages.items()]
    queries = _written(folder, {"usage": {"query": QUESTION, "metrics": metrics}})
    flags = ["--disable-default-metrics", "--disable-settings-metrics"]
    flags += [f"--no-collector.{name}" for name in ("database", "bgwriter")]
    binary = PEERS / "usr" / "bin" / "prometheus-postgres-exporter"
    source = {"DATA_SOURCE_NAME": f"postgresql://reader@/postgres?host={socket}&sslmode=disable"}
    listen = f"--web.listen-address=127.0.0.1:{port}"
    return [str(binary), *flags, f"--extend.query-path={queries}", listen], source


def _ours(socket: Path, folder: Path, port: int) -> _Command:
    scan = {
        "name": "usage",
        "definition": _DEFINITION,
        "database_url": f"postgresql://reader@/postgres?host={socket}",
        "interval_s": INTERVAL_S,
        "timeout_s": 60,
    }
    settings = {"COMMS_LISTEN": f"127.0.0.1:{port}", "COMMS_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-m", "exporter", "--log-level", "WARNING", "--config"]
    return [*command, _written(folder, {"scans": [scan]}), "serve"], settings


_OUTBOUND: dict[str, Any] = {"unless": {"message_direction": "inbound", "success": False}}
_DEFINITION: dict[str, Any] = {
    "about": "The table of the bench.",
    "tables": [
        {
            "name": "messages",
            "table": TABLE,
            "key": "id",
            "time": "created_at",
            "aggregate": True,
            "set": {"channel": "sms", "provider": "twilio"},
            "fields": {
                "processing_seconds": {"column": "processing_time_ms", "unit": "ms"},
                "cost_usd": "cost_usd",
                "direction": {
                    "column": "message_direction",
                    "map": {"inbound": "inbound"},
                    "default": "outbound",
                },
            },
            "facts": [
                {
                    "fact": "received",
                    "kind": "message",
                    "match": {"message_direction": "inbound"},
                    "unless": {"success": False},
                    "set": {"status": "received"},
                },
                {"fact": "sent", "kind": "message", **_OUTBOUND, "set": {"status": "sent"}},
                {
                    "fact": "failed",
                    "kind": "message",
                    "match": {"success": False},
                    "set": {"status": "failed"},
                },
            ],
        }
    ],
}

_COMMANDS = {
    QUERY_EXPORTER: _query_exporter,
    SQL_EXPORTER: _sql_exporter,
    POSTGRES_EXPORTER: _postgres_exporter,
    OURS: _ours,
}


def _written(folder: Path, config: object) -> str:
    """A configuration as JSON, which is YAML too."""
    path = folder / "config.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    return str(path)
