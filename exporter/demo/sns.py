"""Amazon SNS as far as the demo needs it: a key with its certificate, signed messages, and two documents.

Source: docs.aws.amazon.com/sns, "Verifying the signatures of Amazon SNS messages" (2026-11).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from exporter.errors import DocumentUnavailable

_HOST = "https://sns.us-east-1.amazonaws.com"
CERTIFICATE_URL = f"{_HOST}/SimpleNotificationService-{0:032x}.pem"
SUBSCRIBE_URL = f"{_HOST}/?Action=ConfirmSubscription"

_SIGNED_FIELDS = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Subject",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
_LIFE = timedelta(days=3650)


class SnsKey(NamedTuple):
    """What SNS signs with, and the certificate (PEM) by which that is checked."""

    key: rsa.RSAPrivateKey
    certificate: bytes

    def signed(self, message: Mapping[str, str]) -> dict[str, str]:
        """The message with its signature, version 2."""
        text = "".join(f"{name}\n{message[name]}\n" for name in _SIGNED_FIELDS if name in message)
        signature = self.key.sign(text.encode(), padding.PKCS1v15(), SHA256())
        return {
            **message,
            "SignatureVersion": "2",
            "Signature": b64encode(signature).decode(),
            "SigningCertURL": CERTIFICATE_URL,
        }

    async def fetch(self, url: str) -> bytes:
        """Amazon's side of what the exporter fetches, so that the demo opens no connection to the world.

        Raises:
            DocumentUnavailable: the demo has nothing at this URL.
        """
        if url == CERTIFICATE_URL:
            return self.certificate
        if url.startswith(SUBSCRIBE_URL):
            return b"<ConfirmSubscriptionResponse/>"
        raise DocumentUnavailable("the demo has no such document")


def fresh_sns_key() -> SnsKey:
    """A key with a certificate signed by itself."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _LIFE)
        .not_valid_after(now + _LIFE)
        .sign(key, SHA256())
    )
    return SnsKey(key, certificate.public_bytes(Encoding.PEM))
