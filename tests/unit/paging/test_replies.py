"""Only an inbound ACK from somebody on call is a reply."""

from __future__ import annotations

import pytest

from exporter.config import OncallConfig
from exporter.paging.replies import Reply, replies
from exporter.sources.twilio import Twilio, TwilioConfig
from tests.unit.sources.sent import TWILIO_TOKEN, twilio_request

NUMBER = "+15005550011"
ONCALL = OncallConfig.model_validate({"people": [{"name": "first", "numbers": [NUMBER]}]})
TWILIO = Twilio(
    TwilioConfig.model_validate({"auth_token": TWILIO_TOKEN, "tenants": {"+15005550006": "oncall"}})
)


def heard(body: str, sender: str = NUMBER, **more: str) -> list[Reply]:
    fields = {
        "MessageSid": "SM1",
        "SmsStatus": "received",
        "From": sender,
        "To": "+15005550006",
        "Body": body,
    }
    return list(replies(ONCALL, TWILIO.read(twilio_request({**fields, **more})).submissions))


@pytest.mark.parametrize("body", ["ACK", "ack", "Ack!", " ack \n", "ACK looking into it", "ack, on it"])
def test_an_ack_is_one_however_it_is_written(body: str) -> None:
    assert heard(body) == [Reply("first", "oncall", "SM1")]


@pytest.mark.parametrize("body", ["", "no", "ACKNOWLEDGED", "not ACK", "+ACK", "A C K"])
def test_anything_else_is_none(body: str) -> None:
    assert heard(body) == []


def test_a_stranger_answers_nothing() -> None:
    assert heard("ACK", "+15005559999") == []


def test_whatsapp_from_the_same_number_counts_as_well() -> None:
    assert heard("ACK", f"whatsapp:{NUMBER}") == [Reply("first", "oncall", "SM1")]


def test_a_receipt_is_no_answer() -> None:
    assert heard("ACK", SmsStatus="delivered", MessageStatus="delivered") == []
