"""Every sender side by side: as many events a body as it sends, until all are on disk and in the totals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, NamedTuple

from tests.bench import payload
from tests.bench.effort import Effort, middle
from tests.bench.folding import ledger_seq, wait_until_folded
from tests.bench.load import Load, load
from tests.bench.report import Aim, Result, Table
from tests.bench.server import Server, exporter
from tests.unit.sources.proofs import NDJSON, Sending
from tests.unit.sources.signers import all_sections, proved

_BATCHED, _ALONE = 30_000, 5_000
_CONNECTIONS = {True: 8, False: 64}
_BODY_EVENTS = 1_000
_AIM = 25_000
_NOTE = (
    f"{_BODY_EVENTS:,} events a body over {_CONNECTIONS[True]} connections, or one over {_CONNECTIONS[False]} where "
    "the sender sends them one at a time. Each event has an id of its own, is proved as its sender does, and counts "
    "when it is on disk and in the totals. Without SES, whose certificate comes from Amazon's own servers."
)
_HEADER = ("sender", "events a body", "events/s", "of WhatsApp", "p99 ms", "not 200")
LOG_RULE = {
    "name": "llm-calls",
    "match": {"event": "llm_call"},
    "kind": "llm",
    "fields": {"provider": "provider", "model": "model", "event_id": "id", "usage.input_tokens": "tokens"},
}
_numbers = count()


class Sender(NamedTuple):
    """How to make a request with this many events."""

    make: Callable[[int], bytes]
    body_events: int = _BODY_EVENTS


class Run(NamedTuple):
    acknowledged: Load
    events_per_s: float


def measure(effort: Effort) -> Result:
    runs: dict[str, list[Run]] = {name: [] for name in SENDERS}
    with (
        TemporaryDirectory() as folder,
        exporter(Path(folder), sources=all_sections(), logs=[LOG_RULE]) as server,
    ):
        for sender in SENDERS.values():
            load(server.port, [sender.make(min(sender.body_events, 100)) for _ in range(50)], connections=8)
        for _ in range(effort.rounds):
            for name, sender in SENDERS.items():
                runs[name].append(_run(server, sender, effort))
    reached = middle(runs["WhatsApp"], lambda run: run.events_per_s)
    aim = Aim(
        "WhatsApp among all senders", f"≥ {_AIM:,} events/s durable and folded", f"{reached:,.0f} events/s"
    )
    rows = [_row(name, runs[name], reached) for name in SENDERS]
    return Result([aim], [Table("Senders", _NOTE, _HEADER, rows)])


def _run(server: Server, sender: Sender, effort: Effort) -> Run:
    batched = sender.body_events > 1
    number = max(16, effort.of(_BATCHED if batched else _ALONE) // sender.body_events)
    requests = [sender.make(sender.body_events) for _ in range(number)]
    before = ledger_seq(server.port)
    began = perf_counter()
    acknowledged = load(server.port, requests, connections=_CONNECTIONS[batched])
    if acknowledged.failures:
        raise RuntimeError(f"{acknowledged.failures} requests were not answered with success")
    wait_until_folded(server.port, before + number * sender.body_events)
    return Run(acknowledged, number * sender.body_events / (perf_counter() - began))


def _row(name: str, runs: list[Run], of_whatsapp: float) -> tuple[str, ...]:
    events_per_s = middle(runs, lambda run: run.events_per_s)
    return (
        name,
        f"{SENDERS[name].body_events:,}",
        f"{events_per_s:,.0f}",
        f"{events_per_s / of_whatsapp:.0%}",
        f"{middle(runs, lambda run: run.acknowledged.p99_ms):.0f}",
        str(sum(run.acknowledged.failures for run in runs)),
    )


def _sent(path: str, content: object, content_type: str = "application/json") -> bytes:
    """The request that a holder of the secret makes now."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    request = proved(path, Sending(body, content_type), datetime.now(UTC))
    return payload.post(path, request.body, dict(request.headers))


def _now_s() -> int:
    return int(datetime.now(UTC).timestamp())


def _sendgrid(number: int) -> bytes:
    return _sent("/webhooks/sendgrid", [_delivered(next(_numbers)) for _ in range(number)])


def _delivered(number: int) -> dict[str, Any]:
    ids = {"sg_event_id": f"event-{number}", "sg_message_id": f"message-{number}"}
    return {**ids, "event": "delivered", "email": "to@example.com", "timestamp": _now_s()}


def _mailgun(number: int) -> bytes:
    name = f"{next(_numbers)}@example.com"
    message = {"headers": {"message-id": name, "to": "to@example.com"}}
    event = {"event": "delivered", "id": name, "timestamp": _now_s(), "recipient": "to@example.com"}
    return _sent("/webhooks/mailgun", {**event, "message": message})


def _stripe(number: int) -> bytes:
    name = next(_numbers)
    charge = {
        "object": "charge",
        "id": f"ch_{name}",
        "amount": 2_000,
        "currency": "usd",
        "status": "succeeded",
    }
    event = {"object": "event", "id": f"evt_{name}", "type": "charge.succeeded", "created": _now_s()}
    return _sent(
        "/webhooks/stripe", {**event, "livemode": True, "data": {"object": {**charge, "paid": True}}}
    )


def _events(number: int) -> bytes:
    return _sent("/events", [payload.message(next(_numbers), named=False) for _ in range(number)])


def _email_opened(number: int) -> bytes:
    return _sent("/webhook/email-opened", {"message_id": f"mail-{next(_numbers)}"})


def _user_action(number: int) -> bytes:
    return _sent("/user-action", {"message_id": f"mail-{next(_numbers)}", "action": "bill_paid_on_time"})


def _lines(number: int) -> Iterable[dict[str, Any]]:
    call = {"event": "llm_call", "provider": "openai", "model": "gpt-4o-mini", "tokens": 400}
    return ({**call, "id": f"call-{next(_numbers)}"} for _ in range(number))


def _logs(number: int) -> bytes:
    return _sent("/logs", "\n".join(map(json.dumps, _lines(number))).encode(), NDJSON)


def _otlp(number: int) -> bytes:
    records = [
        {"timeUnixNano": f"{_now_s()}000000000", "body": {"stringValue": json.dumps(line)}}
        for line in _lines(number)
    ]
    return _sent("/v1/logs", {"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]})


def _loki(number: int) -> bytes:
    values = [[f"{_now_s()}000000000", json.dumps(line)] for line in _lines(number)]
    return _sent("/loki/api/v1/push", {"streams": [{"stream": {"app": "chat"}, "values": values}]})


SENDERS = {
    "WhatsApp": Sender(payload.whatsapp),
    "SendGrid": Sender(_sendgrid),
    "/events": Sender(_events),
    "/logs": Sender(_logs),
    "OTLP": Sender(_otlp),
    "Loki": Sender(_loki),
    "Twilio": Sender(lambda number: payload.twilio(), 1),
    "Mailgun": Sender(_mailgun, 1),
    "Stripe": Sender(_stripe, 1),
    "Email opened": Sender(_email_opened, 1),
    "User action": Sender(_user_action, 1),
}
