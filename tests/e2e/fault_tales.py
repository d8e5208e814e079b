"""What senders tell while something is wrong, a step at a time, each fault at a tenant of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from itertools import chain, count
from time import time
from typing import Any

from tests.e2e.traffic import Traffic, step
from tests.unit.sources.sent import fixture, whatsapp_request

TAKEN_OR_LATER = (200, 503)
"""A busy machine may say that it cannot now; what is told next is as good."""
SELDOM_SENDING = "error-budget"
SPENDING = "spending"
_FIRST = 1
_PAUSE_S = 0.25
_TEMPLATE = "test_template_4"
_CALL = {"kind": "llm", "provider": "openai", "model": "gpt-4o-mini"}

Events = Iterator[dict[str, Any]]


def some_fail(number: int) -> Events:
    yield from _messages("error-ratio", number, delivered=9, undelivered=1)


def few_arrive(number: int) -> Events:
    """So much more is sent than has ended that the failures are few among all that was attempted."""
    yield from _messages("delivery-ratio", number, sent=40, delivered=3, undelivered=1)


def most_fail(number: int) -> Events:
    yield from _messages(SELDOM_SENDING, number, delivered=2, undelivered=2)


def no_receipt_comes(number: int) -> Events:
    yield from _messages("receipts", number, sent=4)


def answers_are_slow(number: int) -> Events:
    for answer in _messages("response-time", number, sent=4):
        yield {**answer, "response_seconds": 10}


def mail_is_called_spam(number: int) -> Events:
    for mail in _messages("complaints", number, delivered=50):
        yield {**mail, "channel": "email", "provider": "sendgrid"}
    yield {"kind": "engagement", "tenant": "complaints", "channel": "email", "action": "complaint"}


def a_template_is_used(number: int) -> Events:
    for message in _messages("default", number, sent=4):
        yield {**message, "channel": "whatsapp", "provider": "whatsapp", "template": _TEMPLATE}


def a_model_fails(number: int) -> Events:
    for status in ("ok", "error"):
        yield {**_CALL, "tenant": "model", "status": status}


def a_model_is_called_in_a_loop(number: int) -> Events:
    yield {**_CALL, "tenant": SPENDING, "status": "ok", "cost_usd": "0.50"}


def a_limit_is_used_up(number: int) -> Events:
    yield {"kind": "level", "name": "rate_limit", "provider": "twilio", "used": 80, "limit": 80}


def a_worker_falls_silent(number: int) -> Events:
    if number == _FIRST:
        yield {"kind": "level", "name": "heartbeat", "worker": "lost"}


_TALES = (
    some_fail,
    few_arrive,
    most_fail,
    no_receipt_comes,
    answers_are_slow,
    mail_is_called_spam,
    a_template_is_used,
    a_model_fails,
    a_model_is_called_in_a_loop,
    a_limit_is_used_up,
    a_worker_falls_silent,
)


def _messages(tenant: str, number: int, **many: int) -> Events:
    for status, times in many.items():
        for one in range(times):
            yield step(f"{tenant}-{number}-{status}-{one}", status, tenant=tenant)


async def tell_of_the_past(traffic: Traffic) -> None:
    """Of a time before anybody watched, when receipts still came."""
    assert await traffic.events(*_messages("receipts", 0, delivered=4)) == 200


async def keep_telling(traffic: Traffic) -> None:
    """Every fault that events tell of, until cancelled."""
    for number in count(_FIRST):
        told = chain.from_iterable(tale(number) for tale in _TALES)
        assert await traffic.events(*told) in TAKEN_OR_LATER
        assert await traffic.forged() == 403
        await asyncio.sleep(_PAUSE_S)


async def tell_of_account(traffic: Traffic, recorded: str) -> None:
    """A recorded webhook about a WhatsApp account, as if it were of now."""
    webhooks = fixture("whatsapp/webhooks.json")["webhooks"]
    body = json.loads(next(each["body"] for each in webhooks if each["id"] == recorded))
    body["entry"][0]["time"] = int(time())
    signed = whatsapp_request(body)
    assert await traffic.post("/webhooks/whatsapp", signed.body, dict(signed.headers)) == 200
