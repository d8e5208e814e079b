"""How each sender proves who it is."""

from __future__ import annotations

import hmac
import secrets
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twilio.request_validator import RequestValidator

from exporter.demo.scene import Call, Sender
from exporter.demo.sns import SnsKey, fresh_sns_key

_JSON = {"Content-Type": "application/json"}
_NDJSON = {"Content-Type": "application/x-ndjson"}
_PLAIN = {"Content-Type": "text/plain; charset=UTF-8"}


class Secrets(NamedTuple):
    """What the simulated senders sign with; the exporter gets the same, of SendGrid and SNS the public half."""

    twilio_auth_token: str
    whatsapp_app_secret: str
    sendgrid: ec.EllipticCurvePrivateKey
    mailgun_signing_key: str
    sns: SnsKey
    stripe_secret: str
    event_token: str

    @property
    def sendgrid_public_key(self) -> str:
        """As SendGrid's settings page shows it: SubjectPublicKeyInfo in Base64."""
        public = self.sendgrid.public_key()
        return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def fresh_secrets() -> Secrets:
    """Secrets of this run only, kept in memory."""
    return Secrets(
        twilio_auth_token=secrets.token_hex(16),
        whatsapp_app_secret=secrets.token_hex(16),
        sendgrid=ec.generate_private_key(ec.SECP256R1()),
        mailgun_signing_key=secrets.token_hex(16),
        sns=fresh_sns_key(),
        stripe_secret=f"whsec_{secrets.token_hex(16)}",
        event_token=secrets.token_hex(16),
    )


class Signed(NamedTuple):
    """A request as it goes out."""

    headers: dict[str, str]
    body: bytes


class Signer:
    """Signs calls to one exporter; a forged call is signed with secrets of somebody else."""

    def __init__(self, known: Secrets, origin: str) -> None:
        self._known = known
        self._strange = fresh_secrets()
        self._origin = origin

    def signed(self, call: Call, now: datetime) -> Signed:
        """The request of a call, signed at this time, as providers sign each attempt anew."""
        held = self._strange if call.forged else self._known
        if call.sender is Sender.TWILIO:
            return _twilio(held, self._origin + call.sender, call.body)
        sign = _WEBHOOKS.get(call.sender)
        if sign is not None:
            return sign(held, call.body, int(now.timestamp()))
        content = _NDJSON if call.sender in (Sender.APP, Sender.APP_LOG) else _JSON
        return Signed({**content, "Authorization": f"Bearer {held.event_token}"}, call.body)


def _twilio(held: Secrets, url: str, body: bytes) -> Signed:
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    signature = RequestValidator(held.twilio_auth_token).compute_signature(url, fields)
    content = {"Content-Type": "application/x-www-form-urlencoded"}
    return Signed({**content, "X-Twilio-Signature": signature}, body)


def _whatsapp(held: Secrets, body: bytes, now_s: int) -> Signed:
    return Signed({**_JSON, "X-Hub-Signature-256": f"sha256={_hmac(held.whatsapp_app_secret, body)}"}, body)


def _sendgrid(held: Secrets, body: bytes, now_s: int) -> Signed:
    signature = held.sendgrid.sign(str(now_s).encode() + body, ec.ECDSA(SHA256()))
    proof = {
        "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": str(now_s),
    }
    return Signed(_JSON | proof, body)


def _stripe(held: Secrets, body: bytes, now_s: int) -> Signed:
    digest = _hmac(held.stripe_secret, b"%d.%b" % (now_s, body))
    return Signed({**_JSON, "Stripe-Signature": f"t={now_s},v1={digest}"}, body)


def _mailgun(held: Secrets, body: bytes, now_s: int) -> Signed:
    """Mailgun signs a time and a token that the body brings, and puts the signature beside them."""
    said = _whole(body)
    if said is None:
        return Signed(_JSON, body)
    signed = said["signature"]
    digest = _hmac(held.mailgun_signing_key, f"{signed['timestamp']}{signed['token']}".encode())
    return Signed(_JSON, orjson.dumps(said | {"signature": {**signed, "signature": digest}}))


def _ses(held: Secrets, body: bytes, now_s: int) -> Signed:
    said = _whole(body)
    if said is None:
        return Signed(_PLAIN, body)
    headers = {**_PLAIN, "x-amz-sns-message-type": said["Type"]}
    return Signed(headers, orjson.dumps(held.sns.signed(said)))


_WEBHOOKS: dict[Sender, Callable[[Secrets, bytes, int], Signed]] = {
    Sender.WHATSAPP: _whatsapp,
    Sender.SENDGRID: _sendgrid,
    Sender.MAILGUN: _mailgun,
    Sender.SES: _ses,
    Sender.STRIPE: _stripe,
}


def _whole(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a body, or None when it was cut: where the proof is part of it, nobody can give one."""
    try:
        said: dict[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return said


def _hmac(secret: str, text: bytes) -> str:
    return hmac.digest(secret.encode(), text, "sha256").hex()
