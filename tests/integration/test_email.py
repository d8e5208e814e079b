"""Mail senders with a real ledger: repeats, ladders, certificates and confirmations, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from exporter.config import Config
from exporter.errors import DocumentUnavailable, LedgerUnavailable
from exporter.event import Submission
from exporter.receive import Receiver, Store
from exporter.sources.mail import mail_id
from exporter.sources.source import Request, Source
from tests.conftest import Replica, RunningLedger
from tests.unit.sources.mail_sent import (
    CERTIFICATE,
    CERTIFICATE_URL,
    mailgun,
    mailgun_proof,
    mailgun_request,
    read_sns,
    sendgrid,
    sendgrid_request,
    ses,
    ses_request,
    sns_request,
    sns_signed,
)
from tests.unit.sources.sent import fixture, of_case

SUBSCRIBE_URL = (
    "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:x&Token=2f"
)
OPEN = {
    "event": "open",
    "timestamp": 1755000000,
    "email": "a@example.com",
    "sg_message_id": "m1",
    "sg_event_id": "e",
}
Fetch = Callable[[str], Awaitable[bytes]]


class Edge:
    """The outside world as a receiver sees it: one certificate, and a list of what was fetched."""

    def __init__(self, *, up: bool = True) -> None:
        self.up = up
        self.fetched: list[str] = []

    async def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        if not self.up:
            raise DocumentUnavailable("no answer: TimeoutError")
        return CERTIFICATE if url == CERTIFICATE_URL else b"<ConfirmSubscriptionResponse/>"


def receiver(source: Source, one: Replica, fetch: Fetch) -> TestClient[web.Request, web.Application]:
    """The endpoint of a source before a ledger; what is not there to be fetched is a 503, as in web.py."""
    store = Store(one.ledger.append, one.ledger.park)
    endpoint = Receiver(source, store, Config, one.metrics, fetch)

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await endpoint.handle(request)
        except (DocumentUnavailable, LedgerUnavailable):
            return web.Response(status=503)

    app = web.Application()
    app.router.add_post(source.paths[0], handle)
    return TestClient(TestServer(app))


async def post(client: TestClient[Any, Any], source: Source, sent: Request) -> tuple[int, dict[str, Any]]:
    async with client.post(source.paths[0], data=sent.body, headers=dict(sent.headers)) as answer:
        return answer.status, await answer.json() if answer.status != 503 else {}


async def stored(one: Replica, submissions: list[Submission]) -> list[bool]:
    """Which of them were new."""
    return [answer is not None for answer in await one.ledger.append(submissions)]


async def test_46_deliveries_of_one_open_count_once(replica: RunningLedger) -> None:
    async with replica() as one, receiver(sendgrid(), one, Edge().fetch) as client:
        answers = [
            await post(client, sendgrid(), sendgrid_request([OPEN], str(1_700_000_000 + repeat)))
            for repeat in range(46)
        ]
        assert [body["accepted"] for _, body in answers] == [1] + [0] * 45
        assert {status for status, _ in answers} == {200}


async def test_the_recorded_duplicates_of_sendgrid_count_once(replica: RunningLedger) -> None:
    recorded = fixture("sendgrid/events.json")
    cases = {case["id"]: case for case in recorded["requests"]}
    source = sendgrid(recorded["public_key"])
    async with replica() as one:

        async def new(name: str) -> list[bool]:
            return await stored(one, source.read(of_case(cases[name])).submissions)

        assert await new("duplicate_delivery_a") == [True]
        assert await new("duplicate_delivery_b") == [False]
        assert await new("duplicate_inside") == [True, False]
        assert await new("two_opens_different_id") == [False, True]
        assert await new("no_ids") == [True]
        assert await new("no_ids") == [False]


async def test_a_batch_in_any_order_gives_the_same_totals(replica: RunningLedger) -> None:
    words = ("processed", "deferred", "delivered", "bounce", "dropped", "processed")
    events = [OPEN | {"event": word, "sg_event_id": word} for word in words]
    async with replica() as one:
        batch = sendgrid().read(sendgrid_request(events[::-1])).submissions
        assert sorted(await stored(one, batch)) == [False, True, True, True, True, True]
        again = sendgrid().read(sendgrid_request(events)).submissions
        assert not any(await stored(one, again))


async def test_a_replayed_mailgun_token_counts_once_whatever_it_carries(replica: RunningLedger) -> None:
    recorded = {case["id"]: case for case in fixture("mailgun/events.json")["requests"]}
    then = datetime.fromtimestamp(1534108637, UTC)
    async with replica() as one:
        for name, new in (("test_delivered_event", True), ("replayed_token", False)):
            sent = of_case(recorded[name])._replace(received_at=then)
            assert await stored(one, mailgun().read(sent).submissions) == [new]
        proof = mailgun_proof()
        bodies = [
            {"event": "opened", "id": "1"},
            {"event": "opened", "id": "2"},
            {"event": "delivered", "message": {"headers": {"message-id": "other"}}},
            {"event": "opened", "user-variables": {"tenant": "acme"}},
        ]
        answers = [
            await stored(one, mailgun().read(mailgun_request(body, proof)).submissions) for body in bodies
        ]
        assert answers == [[True], [False], [False], [False]]


async def test_each_recipient_of_one_ses_mail_climbs_alone(replica: RunningLedger, dsn: str) -> None:
    mail = {"messageId": "m1", "destination": ["a@example.com", "b@example.com"]}
    sent = {"eventType": "Send", "mail": mail}
    delivered = {"eventType": "Delivery", "mail": mail, "delivery": {"recipients": ["a@example.com"]}}
    late = {"eventType": "DeliveryDelay", "mail": mail, "deliveryDelay": {}}
    async with replica() as one:
        assert await stored(one, read_sns(ses(), ses_request(sent, "n1")).submissions) == [True, True]
        assert await stored(one, read_sns(ses(), ses_request(delivered, "n2")).submissions) == [True]
        assert await stored(one, read_sns(ses(), ses_request(delivered, "n3")).submissions) == [False]
        assert await stored(one, read_sns(ses(), ses_request(late, "n4")).submissions) == [True, True]
    connection = await asyncpg.connect(dsn)
    states = dict(await connection.fetch("SELECT message_id, status FROM messages"))
    await connection.close()
    assert states == {
        mail_id("m1", "a@example.com"): "delivered",
        mail_id("m1", "b@example.com"): "deferred",
    }


async def test_the_certificate_is_fetched_once_and_then_known(replica: RunningLedger) -> None:
    edge, source = Edge(), ses()
    async with replica() as one, receiver(source, one, edge.fetch) as client:
        event = {"eventType": "Open", "mail": {"messageId": "m1"}}
        for name, accepted in (("n1", 1), ("n2", 1), ("n2", 0)):
            status, body = await post(client, source, ses_request(event, name))
            assert (status, body["accepted"]) == (200, accepted)
        assert edge.fetched == [CERTIFICATE_URL]


async def test_while_the_certificate_cannot_be_had_sns_is_asked_to_come_again(replica: RunningLedger) -> None:
    edge, source = Edge(up=False), ses()
    sent = ses_request({"eventType": "Open", "mail": {"messageId": "m1"}})
    async with replica() as one, receiver(source, one, edge.fetch) as client:
        assert (await post(client, source, sent))[0] == 503
        edge.up = True
        assert (await post(client, source, sent))[1]["accepted"] == 1


async def test_a_subscription_is_confirmed_by_one_visit_and_a_forged_one_by_none(
    replica: RunningLedger,
) -> None:
    edge, source = Edge(), ses()
    fields = {"Type": "SubscriptionConfirmation", "Message": "m", "Token": "t", "SubscribeURL": SUBSCRIBE_URL}
    signed = sns_signed(fields)
    forged = signed | {"SubscribeURL": SUBSCRIBE_URL + "0"}
    foreign = sns_signed(fields | {"TopicArn": "arn:aws:sns:us-east-1:999999999999:theirs"})
    async with replica() as one, receiver(source, one, edge.fetch) as client:
        for refused in (forged, foreign):
            assert (await post(client, source, sns_request(refused)))[0] == 403
        assert edge.fetched == [CERTIFICATE_URL]
        assert (await post(client, source, sns_request(signed)))[0] == 200
        assert edge.fetched == [CERTIFICATE_URL, SUBSCRIBE_URL]


@pytest.mark.parametrize("url", ["https://evil.example/cert.pem", "http://169.254.169.254/latest/meta-data/"])
async def test_nothing_is_fetched_from_anywhere_else(replica: RunningLedger, url: str) -> None:
    edge, source = Edge(), ses()
    message = sns_signed({"Message": "{}"}) | {"SigningCertURL": url}
    async with replica() as one, receiver(source, one, edge.fetch) as client:
        status, body = await post(client, source, sns_request(message))
        assert (status, body["reason"]) == (403, "signature")
        assert edge.fetched == []


async def test_no_refusal_says_anything_of_a_person(replica: RunningLedger) -> None:
    async with replica() as one, receiver(sendgrid(), one, Edge().fetch) as client:
        odd = [{"event": ["jane@example.com"], "email": "jane@example.com"}, "jane@example.com", {}]
        status, body = await post(client, sendgrid(), sendgrid_request(odd))
        assert (status, body["accepted"], len(body["rejected"])) == (200, 0, 3)
        assert "jane" not in json.dumps(body)
