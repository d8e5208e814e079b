"""Messages of Amazon SNS over HTTPS, and the RSA signature that proves them.

Source: docs.aws.amazon.com/sns/latest/dg: sns-verify-signature-of-message, http-notification-json,
http-subscription-confirmation-json. Raw message delivery signs nothing and is refused.
"""

from __future__ import annotations

import base64
import re

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from exporter.errors import Rejected, SignatureFailure, SignatureReason
from exporter.sources.source import Request
from exporter.sources.strict_json import decode_body

NOTIFICATION = "Notification"
SUBSCRIPTION_CONFIRMATION = "SubscriptionConfirmation"
UNSUBSCRIBE_CONFIRMATION = "UnsubscribeConfirmation"

_NOTIFICATION_FIELDS = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION_FIELDS = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_SIGNED_FIELDS = {
    NOTIFICATION: _NOTIFICATION_FIELDS,
    SUBSCRIPTION_CONFIRMATION: _CONFIRMATION_FIELDS,
    UNSUBSCRIBE_CONFIRMATION: _CONFIRMATION_FIELDS,
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(),  # noqa: S303 what SNS signs with until a topic is set to version 2
    "2": hashes.SHA256(),
}
# A whole address, so that there is no room for a user, a port, another host, a fragment or an escape.
_HOST = r"https://sns\.[a-z]{2}(?:-[a-z]{2,12}){1,2}-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?"
_is_certificate_url = re.compile(_HOST + r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem").fullmatch
_is_subscribe_url = re.compile(
    _HOST + r"/\?Action=ConfirmSubscription&[0-9A-Za-z%&=:_.~+-]{1,2000}"
).fullmatch
_MOST_CERTIFICATES = 16


class SnsMessage(msgspec.Struct, rename="pascal"):
    """An SNS message as it is signed."""

    type: str
    message_id: str
    topic_arn: str
    message: str
    timestamp: str
    signature: str | None = None
    signature_version: str | None = None
    subject: str | None = None
    token: str | None = None
    signing_cert_url: str | None = msgspec.field(name="SigningCertURL", default=None)
    subscribe_url: str | None = msgspec.field(name="SubscribeURL", default=None)

    def signed_text(self) -> bytes:
        """The fields that its type signs, where they are there, each as name and value on lines of their own."""
        values = msgspec.structs.asdict(self)
        names = {field.encode_name: field.name for field in msgspec.structs.fields(self)}
        pairs = ((name, values[names[name]]) for name in _SIGNED_FIELDS[self.type])
        return "".join(f"{name}\n{value}\n" for name, value in pairs if value is not None).encode()

    def is_unambiguous(self) -> bool:
        """Whether only the text has line ends: in another field they could move signed words between fields."""
        return not any(
            "\n" in str(getattr(self, name)) for name in self.__struct_fields__ if name != "message"
        )


_message = msgspec.json.Decoder(SnsMessage)


def read_message(body: bytes) -> SnsMessage:
    """The message of a body, not yet believed.

    Raises:
        SignatureFailure: it is no SNS message, or none that is signed.
    """
    try:
        message = decode_body(_message, body)
    except Rejected:
        raise SignatureFailure(SignatureReason.MALFORMED) from None
    if message.type not in _SIGNED_FIELDS or not message.is_unambiguous():
        raise SignatureFailure(SignatureReason.MALFORMED)
    if not message.signature or not message.signing_cert_url:
        raise SignatureFailure(SignatureReason.MISSING)
    return message


def is_subscribe_url(url: str | None) -> bool:
    """Whether a GET of this URL confirms a subscription, and does nothing else."""
    return url is not None and _is_subscribe_url(url) is not None


class Certificates:
    """The certificates that SNS signs with, by URL: the last few that were needed."""

    def __init__(self) -> None:
        self._known: dict[str, x509.Certificate] = {}

    def needed(self, url: str | None) -> str | None:
        """The URL, where it is one of SNS and its certificate is not here yet."""
        return url if url and url not in self._known and _is_certificate_url(url) else None

    def learn(self, url: str, document: bytes) -> None:
        """Keep a certificate; what is none is not kept, and signatures by it are then refused."""
        try:
            certificate = x509.load_pem_x509_certificate(document)
            usable = isinstance(certificate.public_key(), rsa.RSAPublicKey)
        except (ValueError, UnsupportedAlgorithm):
            return
        if usable:
            self._known[url] = certificate
        if len(self._known) > _MOST_CERTIFICATES:
            del self._known[next(iter(self._known))]

    def verify(self, message: SnsMessage, request: Request) -> None:
        """Let a message pass that its certificate proves.

        Raises:
            SignatureFailure: with the reason.
        """
        certificate = self._known.get(message.signing_cert_url or "")
        algorithm = _HASHES.get(message.signature_version or "")
        if certificate is None or algorithm is None:
            raise SignatureFailure(SignatureReason.MALFORMED)
        if not certificate.not_valid_before_utc <= request.received_at <= certificate.not_valid_after_utc:
            raise SignatureFailure(SignatureReason.EXPIRED)
        _verify(certificate, message, algorithm)


def _verify(certificate: x509.Certificate, message: SnsMessage, algorithm: hashes.HashAlgorithm) -> None:
    key = certificate.public_key()
    try:
        signature = base64.b64decode(message.signature or "", validate=True)
    except ValueError:
        raise SignatureFailure(SignatureReason.MALFORMED) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise SignatureFailure(SignatureReason.MALFORMED)
    try:
        key.verify(signature, message.signed_text(), padding.PKCS1v15(), algorithm)
    except (InvalidSignature, UnsupportedAlgorithm):
        raise SignatureFailure(SignatureReason.MISMATCH) from None
