"""WhatsApp Cloud: who is believed, by the handshake and by the signature of each notification."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from exporter.errors import Rejected, SignatureFailure, SignatureReason
from exporter.sources.source import Batch
from exporter.sources.whatsapp import WhatsApp, WhatsAppConfig
from tests.unit.sources.sent import WHATSAPP_SECRET, fixture, request, whatsapp_request
from tests.unit.sources.whatsapp_sent import STATUS, notification, whatsapp

HANDSHAKE = fixture("whatsapp/verify_handshake.json")
SIGNATURES = fixture("whatsapp/signature_vectors.json")["vectors"]


@pytest.mark.parametrize("case", HANDSHAKE["cases"], ids=lambda case: case["id"])
def test_the_handshake_answers_as_recorded(case):
    reader = WhatsApp(WhatsAppConfig(verify_token=SecretStr(HANDSHAKE["verify_token"])))
    query: dict[str, str] = {}
    for name, value in parse_qsl(case["query"]):
        query.setdefault(name, value)
    if case["expect"].get("status") == 200:
        assert reader.handshake(query) == query["hub.challenge"]
    else:
        with pytest.raises(SignatureFailure):
            reader.handshake(query)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({}, SignatureReason.MISSING),
        (
            {"hub.verify_token": "é\udcff", "hub.mode": "subscribe", "hub.challenge": "1"},
            SignatureReason.MISMATCH,
        ),
        ({"hub.verify_token": "t", "hub.mode": "x", "hub.challenge": "1"}, SignatureReason.MALFORMED),
    ],
)
def test_a_wrong_handshake_has_its_reason(query, reason):
    reader = WhatsApp(WhatsAppConfig(verify_token=SecretStr("t,u")))
    with pytest.raises(SignatureFailure) as failure:
        reader.handshake(query)
    assert failure.value.reason is reason


def test_a_handshake_without_a_configured_token_is_refused():
    with pytest.raises(SignatureFailure) as failure:
        WhatsApp(WhatsAppConfig()).handshake({"hub.verify_token": ""})
    assert failure.value.reason is SignatureReason.NOT_CONFIGURED


@pytest.mark.parametrize("vector", SIGNATURES, ids=lambda vector: vector["id"])
def test_a_signature_vector_is_judged_as_published(vector):
    """Upper-case hex is an implementation choice of that file; here it is accepted."""
    sent = request(vector["body"], {"X-Hub-Signature-256": vector["signature"]})
    believed = True
    try:
        whatsapp(secret=vector["secret"]).read(sent)
    except SignatureFailure:
        believed = False
    except Rejected:
        pass
    assert believed is bool(vector["valid"])


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (None, SignatureReason.MISSING),
        ("", SignatureReason.MISSING),
        ("0" * 64, SignatureReason.MALFORMED),
        ("sha1=" + "0" * 40, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 62, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 65_536, SignatureReason.MALFORMED),
        ("sha256=" + "é" * 64, SignatureReason.MALFORMED),
        ("sha256=" + "\udcff" * 64, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 64 + "\n", SignatureReason.MALFORMED),
        ("sha256=" + "0" * 64 + ", sha256=" + "0" * 64, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 64, SignatureReason.MISMATCH),
    ],
)
def test_a_bad_signature_is_refused_with_its_reason(signature, reason):
    headers = {} if signature is None else {"X-Hub-Signature-256": signature}
    with pytest.raises(SignatureFailure) as failure:
        whatsapp().read(request("{}", headers))
    assert failure.value.reason is reason


def test_without_a_secret_nobody_is_believed():
    with pytest.raises(SignatureFailure) as failure:
        WhatsApp(WhatsAppConfig()).read(whatsapp_request("{}"))
    assert failure.value.reason is SignatureReason.NOT_CONFIGURED


@pytest.mark.parametrize("configured", [WHATSAPP_SECRET + ",new", "old," + WHATSAPP_SECRET])
def test_while_a_secret_is_rotated_either_one_is_believed(configured):
    assert whatsapp(secret=configured).read(whatsapp_request("{}")) == Batch([], [])


def test_every_changed_byte_of_the_body_is_noticed():
    sent = whatsapp_request(notification({"statuses": [STATUS]}))
    for place in range(len(sent.body)):
        changed = sent.body[:place] + bytes([sent.body[place] ^ 1]) + sent.body[place + 1 :]
        with pytest.raises(SignatureFailure):
            whatsapp().read(sent._replace(body=changed))
