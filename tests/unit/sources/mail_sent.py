"""Requests of the mail senders: signed as the recorded ones are, around any content."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from pydantic import SecretStr

from exporter.sources.mailgun import Mailgun, MailgunConfig
from exporter.sources.sendgrid import SendGrid, SendGridConfig
from exporter.sources.ses import Ses, SesConfig
from exporter.sources.source import Batch, Request
from tests.unit.sources.proofs import ecdsa_key, sns_certificate
from tests.unit.sources.sent import NOW, request

SENDGRID_KEY = ecdsa_key(7)
MAILGUN_KEY = "fixtures-fake-mailgun-key"
TOPIC_ARN = "arn:aws:sns:us-east-1:1234567890:SES_Events"
_SNS_KEY, CERTIFICATE_URL, CERTIFICATE = sns_certificate("12345abcde")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 what version 1 is
    "2": hashes.SHA256(),
}
_NAME = "X-Twilio-Email-Event-Webhook"
_tokens = (hashlib.sha256(b"%d" % number).hexdigest()[:50] for number in itertools.count())


def sendgrid(public_key: str = SENDGRID_KEY.configured, **keys: Any) -> SendGrid:
    return SendGrid(SendGridConfig(public_key=SecretStr(public_key), **keys))


def sendgrid_request(events: Any, timestamp: str = "1700000000") -> Request:
    body = events if isinstance(events, bytes) else json.dumps(events).encode() + b"\r\n"
    signature = SENDGRID_KEY.key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    signed = {f"{_NAME}-Signature": base64.b64encode(signature).decode(), f"{_NAME}-Timestamp": timestamp}
    return request(body, signed)


def mailgun(signing_key: str = MAILGUN_KEY, **keys: Any) -> Mailgun:
    return Mailgun(MailgunConfig(signing_key=SecretStr(signing_key), **keys))


def mailgun_proof(token: str | None = None, timestamp: str | None = None) -> dict[str, Any]:
    token = token or next(_tokens)
    timestamp = timestamp or str(int(NOW.timestamp()))
    digest = hmac.digest(MAILGUN_KEY.encode(), (timestamp + token).encode(), "sha256").hex()
    return {"timestamp": timestamp, "token": token, "signature": digest}


def mailgun_request(event_data: Any, proof: Mapping[str, Any] | None = None) -> Request:
    return request(json.dumps({"signature": proof or mailgun_proof(), "event-data": event_data}))


def ses(*topic_arns: str, **keys: Any) -> Ses:
    return Ses(SesConfig(topic_arns=list(topic_arns or (TOPIC_ARN,)), **keys))


def sns_signed(fields: Mapping[str, Any], version: str = "2") -> dict[str, Any]:
    """The fields with what makes them an SNS message; one given as None is left out."""
    whole = {
        "Type": "Notification",
        "MessageId": "00000001-1111-4222-8333-000000000001",
        "TopicArn": TOPIC_ARN,
        "Timestamp": "2018-03-26T17:58:59.675Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **fields,
    }
    names = ["Message", "MessageId", "Timestamp", "TopicArn", "Type"]
    names += ["Subject"] if whole["Type"] == "Notification" else ["SubscribeURL", "Token"]
    text = "".join(f"{name}\n{whole[name]}\n" for name in sorted(names) if name in whole)
    signature = _SNS_KEY.key[0].sign(text.encode(), padding.PKCS1v15(), _HASHES[version])
    return whole | {"Signature": base64.b64encode(signature).decode()}


def sns_request(message: Mapping[str, Any]) -> Request:
    return request(json.dumps(message), {"Content-Type": "text/plain; charset=UTF-8"})


def ses_request(event: Any, message_id: str = "00000001-1111-4222-8333-000000000001") -> Request:
    text = event if isinstance(event, str) else json.dumps(event)
    return sns_request(sns_signed({"Message": text, "MessageId": message_id}))


def read_sns(source: Ses, sent: Request) -> Batch:
    """As the receiver does: what the source needs is fetched first, and there is one certificate to be had."""
    if url := source.document_needed(sent):
        source.learn(url, CERTIFICATE if url == CERTIFICATE_URL else b"no such certificate")
    return source.read(sent)
