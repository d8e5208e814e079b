"""How each kind of sender proves a request: signatures and tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import cramjam
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from multidict import CIMultiDict

from exporter.sources.source import Request
from exporter.sources.twilio_signature import form_pairs
from tests.unit.sources.sent import twilio_signature

JSON = "application/json"
NDJSON = "application/x-ndjson"
FORM = "application/x-www-form-urlencoded"
PROTOBUF = "application/x-protobuf"
ORIGIN = "https://exporter.example.com"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:SES_Events"


class Sending(NamedTuple):
    """What a sender wants to say, before it proves who it is."""

    body: bytes
    content_type: str = JSON


class Secret(NamedTuple):
    """One secret: what the configuration holds of it, and what the sender proves with."""

    configured: str
    key: Any


Prove = Callable[[Sending, str, Secret, datetime], Request]
"""The request to this path that a holder of the secret makes at this time."""


def shared(word: str) -> Secret:
    """A secret that both sides know."""
    return Secret(word, word.encode())


def request(
    sending: Sending, path: str, at: datetime, headers: Mapping[str, str], body: bytes | None = None
) -> Request:
    """A request with these headers; with `body`, that one is sent in place of the sender's own."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(path.partition("?")[2], keep_blank_values=True):
        query.setdefault(name, value)
    all_headers = CIMultiDict({"Content-Type": sending.content_type, **headers})
    return Request(ORIGIN + path, query, all_headers, sending.body if body is None else body, at)


def bearer(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """A token in the Authorization header."""
    return request(sending, path, at, {"Authorization": f"Bearer {secret.configured}"})


def packed_bearer(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """The same, and protobuf goes packed with snappy, as Loki's clients send it."""
    body = bytes(cramjam.snappy.compress_raw(sending.body)) if sending.content_type == PROTOBUF else None
    return request(sending, path, at, {"Authorization": f"Bearer {secret.configured}"}, body)


def twilio(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """HMAC-SHA1 over the URL and the form, or over a URL that holds the digest of another body."""
    is_form = sending.content_type.startswith(FORM)
    # Two decoders differ on broken escapes, and what is spoiled must still be proved.
    fields = form_pairs(sending.body) if is_form else []
    if not is_form:
        path += f"{'&' if '?' in path else '?'}bodySHA256={hashlib.sha256(sending.body).hexdigest()}"
    return request(
        sending, path, at, {"X-Twilio-Signature": twilio_signature(fields, ORIGIN + path, secret.configured)}
    )


def whatsapp(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """HMAC-SHA256 over the body."""
    digest = hmac.digest(secret.key, sending.body, "sha256").hex()
    return request(sending, path, at, {"X-Hub-Signature-256": f"sha256={digest}"})


def stripe(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """HMAC-SHA256 over the time and the body."""
    time = str(int(at.timestamp()))
    digest = hmac.digest(secret.key, time.encode() + b"." + sending.body, "sha256").hex()
    return request(sending, path, at, {"Stripe-Signature": f"t={time},v1={digest}"})


def mailgun(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """HMAC-SHA256 over a time and a token, beside the event that the body holds; a retry repeats both."""
    time, token = str(int(at.timestamp()) // 3600 * 3600), hashlib.sha256(sending.body).hexdigest()[:50]
    digest = hmac.digest(secret.key, (time + token).encode(), "sha256").hex()
    signature = json.dumps({"timestamp": time, "token": token, "signature": digest}).encode()
    body = b'{"signature": %s, "event-data": %s}' % (signature, sending.body)
    return request(sending, path, at, {}, body)


def ecdsa_key(number: int) -> Secret:
    """A SendGrid key pair; the configuration holds its public half."""
    key = ec.derive_private_key(number, ec.SECP256R1())
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Secret(base64.b64encode(public).decode(), key)


def sendgrid(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """ECDSA over the time and the body."""
    time = str(int(at.timestamp()))
    signature = secret.key.sign(time.encode() + sending.body, ec.ECDSA(hashes.SHA256()))
    name = "X-Twilio-Email-Event-Webhook"
    signed = {f"{name}-Signature": base64.b64encode(signature).decode(), f"{name}-Timestamp": time}
    return request(sending, path, at, signed)


class Certified(NamedTuple):
    """A key, and the URL and text of its certificate."""

    secret: Secret
    url: str
    document: bytes


def sns_certificate(name: str) -> Certified:
    """A new key of SNS."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=20_000))
        .sign(key, hashes.SHA256())
    )
    url = f"https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{name}.pem"
    return Certified(Secret(TOPIC_ARN, (key, url)), url, certificate.public_bytes(serialization.Encoding.PEM))


def sns(sending: Sending, path: str, secret: Secret, at: datetime) -> Request:
    """RSA over some fields of the envelope; the event is a text in it."""
    key, certificate_url = secret.key
    fields = {
        "Message": sending.body.decode("utf-8", "replace"),
        "MessageId": hashlib.sha256(sending.body).hexdigest()[:36],
        "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S.000Z}",
        "TopicArn": TOPIC_ARN,
        "Type": "Notification",
    }
    signed = "".join(f"{name}\n{value}\n" for name, value in fields.items()).encode()
    signature = base64.b64encode(key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode()
    proof = {"SignatureVersion": "2", "Signature": signature, "SigningCertURL": certificate_url}
    body = json.dumps(fields | proof).encode()
    headers = {"Content-Type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": "Notification"}
    return request(sending, path, at, headers, body)
