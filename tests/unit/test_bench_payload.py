"""The benchmark's requests are what the exporter believes and counts, or it would measure refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http.client import parse_headers
from io import BytesIO
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import pytest
from multidict import CIMultiDict
from prometheus_client import generate_latest
from pydantic import SecretStr

from exporter.event import Message
from exporter.sources.source import Request, Source
from exporter.sources.track import Track
from exporter.sources.twilio import Twilio, TwilioConfig
from exporter.sources.whatsapp import WhatsApp, WhatsAppConfig
from exporter.vocabulary import Status
from tests.bench import payload
from tests.bench.peer import registry_of
from tests.bench.reading import Page


class Sent(NamedTuple):
    source: Source
    make: Callable[[], bytes]
    events: int


SENT = {
    "one WhatsApp status": Sent(
        WhatsApp(WhatsAppConfig(app_secret=SecretStr(payload.WHATSAPP_SECRET))),
        lambda: payload.whatsapp(1),
        1,
    ),
    "ten WhatsApp statuses": Sent(
        WhatsApp(WhatsAppConfig(app_secret=SecretStr(payload.WHATSAPP_SECRET))),
        lambda: payload.whatsapp(10),
        10,
    ),
    "a Twilio form": Sent(
        Twilio(TwilioConfig(auth_token=SecretStr(payload.TWILIO_TOKEN))), payload.twilio, 1
    ),
    "ten events": Sent(Track(()), lambda: payload.events(10, named=False), 10),
    "ten named events": Sent(Track(()), lambda: payload.events(10, named=True), 10),
}


def read(raw: bytes) -> Request:
    """A request as the web server hands it over."""
    head, _, body = raw.partition(b"\r\n\r\n")
    line, _, fields = head.partition(b"\r\n")
    path = line.split()[1].decode()
    headers = CIMultiDict(parse_headers(BytesIO(fields + b"\r\n\r\n")).items())
    assert int(headers["Content-Length"]) == len(body)
    query = dict(parse_qsl(urlsplit(path).query))
    return Request(payload.PUBLIC_URL + path, query, headers, body, datetime.now(UTC))


def messages(source: Source, raw: bytes) -> list[Message]:
    batch = source.read(read(raw))
    assert not batch.parked
    return [submission.event for submission in batch.submissions if isinstance(submission.event, Message)]


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_a_request_is_believed_and_holds_as_many_message_steps_as_said(sent: Sent) -> None:
    assert len(messages(sent.source, sent.make())) == sent.events


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_no_two_requests_name_the_same_message(sent: Sent) -> None:
    steps = messages(sent.source, sent.make()) + messages(sent.source, sent.make())
    assert len({step.message_id for step in steps}) == 2 * sent.events


def test_one_webhook_of_whatsapp_is_of_the_usual_size() -> None:
    assert 500 < len(read(payload.whatsapp(1)).body) < 700


def test_a_form_counts_for_the_tenant_in_its_url() -> None:
    (step,) = messages(SENT["a Twilio form"].source, payload.twilio(payload.tenant(7)))
    assert (step.tenant, step.status) == ("tenant7", Status.DELIVERED)


def test_only_named_events_have_a_key() -> None:
    source = SENT["ten events"].source
    keys = [source.read(read(payload.events(1, named=named))).submissions[0].key for named in (False, True)]
    assert keys[0] is None
    assert keys[1] is not None


def test_every_tenant_gets_one_delivered_message() -> None:
    source = SENT["ten events"].source
    bodies = payload.of_tenants(range(1_500))
    steps = [step for body in bodies for step in messages(source, body)]
    assert len(bodies) == 2
    assert [step.tenant for step in steps] == [payload.tenant(number) for number in range(1_500)]
    assert {step.status for step in steps} == {Status.DELIVERED}


def test_prometheus_client_is_given_ten_series_a_tenant() -> None:
    page = Page(200, generate_latest(registry_of(3)), 0.0)
    assert page.total("comms_messages_total") == 30


def test_a_total_is_the_sum_of_one_metric_and_of_no_other() -> None:
    body = b'# TYPE a counter\na{b="x y"} 2\na{b="z"} 3\nab{b="x"} 50\nlag 7.0\n'
    assert Page(200, body, 0.0).total("a") == 5
    assert Page(200, body, 0.0).total("lag") == 7
