"""SendGrid: who is believed: signatures as published, bad ones, and configured keys."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr, ValidationError

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.sendgrid import SendGrid, SendGridConfig
from tests.unit.sources.mail_sent import SENDGRID_KEY, sendgrid, sendgrid_request
from tests.unit.sources.proofs import ecdsa_key
from tests.unit.sources.sendgrid_read import DELIVERED
from tests.unit.sources.sent import fixture, request

VECTORS = fixture("sendgrid/signature_vectors.json")["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_signature_vector_is_judged_as_published(vector):
    name = "X-Twilio-Email-Event-Webhook"
    headers = {f"{name}-Signature": vector["signature"], f"{name}-Timestamp": vector["timestamp"]}
    sent = request(vector["payload"], headers)
    if vector["valid"]:
        assert len(sendgrid(vector["public_key"]).read(sent).submissions) == 1
    else:
        with pytest.raises(SignatureFailure) as failure:
            sendgrid(vector["public_key"]).read(sent)
        assert failure.value.reason is SignatureReason.MISMATCH


@pytest.mark.parametrize(
    ("signature", "timestamp", "reason"),
    [
        (None, "1700000000", SignatureReason.MISSING),
        ("AA==", None, SignatureReason.MISSING),
        ("", "", SignatureReason.MISSING),
        ("é", "1700000000", SignatureReason.MALFORMED),
        ("A", "1700000000", SignatureReason.MALFORMED),
        ("AA==\n", "1700000000", SignatureReason.MALFORMED),
        ("AA==", "1700000000", SignatureReason.MISMATCH),
        ("AA==", "\udcff", SignatureReason.MISMATCH),
        ("A" * 4_000, "1" * 4_000, SignatureReason.MISMATCH),
    ],
)
def test_a_bad_signature_is_refused_with_its_reason(signature, timestamp, reason):
    name = "X-Twilio-Email-Event-Webhook"
    headers = {f"{name}-Signature": signature, f"{name}-Timestamp": timestamp}
    sent = request("[]", {name: value for name, value in headers.items() if value is not None})
    with pytest.raises(SignatureFailure) as failure:
        sendgrid().read(sent)
    assert failure.value.reason is reason


def test_without_a_key_nobody_is_believed():
    with pytest.raises(SignatureFailure) as failure:
        SendGrid(SendGridConfig()).read(sendgrid_request([DELIVERED]))
    assert failure.value.reason is SignatureReason.NOT_CONFIGURED


def test_while_a_key_is_rotated_either_one_is_believed():
    other = ecdsa_key(8).configured
    for keys in (f"{other},{SENDGRID_KEY.configured}", f"{SENDGRID_KEY.configured}, {other}"):
        assert len(sendgrid(keys).read(sendgrid_request([DELIVERED])).submissions) == 1
    with pytest.raises(SignatureFailure):
        sendgrid(other).read(sendgrid_request([DELIVERED]))


def _spki(key: Any) -> str:
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@pytest.mark.parametrize(
    "key",
    [
        "not base64",
        "AAAA",
        SENDGRID_KEY.configured[:-8],
        _spki(ec.generate_private_key(ec.SECP384R1())),
        _spki(ed25519.Ed25519PrivateKey.generate()),
    ],
    ids=["no base64", "too short", "cut off", "P-384", "Ed25519"],
)
def test_a_configured_key_that_is_no_p256_key_is_a_problem_of_the_configuration(key):
    with pytest.raises(ValidationError, match="ECDSA P-256"):
        SendGridConfig(public_key=SecretStr(f"{SENDGRID_KEY.configured},{key}"))


def test_every_changed_byte_of_the_body_is_noticed():
    sent = sendgrid_request([{"event": "open"}])
    for place in range(len(sent.body)):
        changed = sent.body[:place] + bytes([sent.body[place] ^ 1]) + sent.body[place + 1 :]
        with pytest.raises(SignatureFailure):
            sendgrid().read(sent._replace(body=changed))


def test_a_signed_timestamp_that_is_no_number_is_no_reason_to_refuse():
    assert len(sendgrid().read(sendgrid_request([DELIVERED], "data timestamp")).submissions) == 1
