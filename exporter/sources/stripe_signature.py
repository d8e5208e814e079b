"""Stripe-Signature: HMAC-SHA256 over a timestamp and the raw body.

Source: docs.stripe.com/webhooks#verify-manually, and stripe-python's `_webhook.py`.
"""

from __future__ import annotations

import hmac
import re

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.source import Request

_is_epoch_s = re.compile(r"[0-9]{1,10}").fullmatch
_is_sha256 = re.compile(r"[0-9a-f]{64}").fullmatch


def verify(secrets: tuple[bytes, ...], request: Request, tolerance_s: float) -> None:
    """Believe a request that one of the secrets has signed, at about the time we received it.

    Raises:
        SignatureFailure: with the reason; a time too far ahead is refused like one too long ago.
    """
    if not secrets:
        raise SignatureFailure(SignatureReason.NOT_CONFIGURED)
    header = request.headers.get("Stripe-Signature")
    if not header:
        raise SignatureFailure(SignatureReason.MISSING)
    timestamp, given = _parsed(header)
    signed = timestamp.encode() + b"." + request.body
    digests = [hmac.digest(secret, signed, "sha256").hex() for secret in secrets]
    if not any(hmac.compare_digest(digest, signature) for digest in digests for signature in given):
        raise SignatureFailure(SignatureReason.MISMATCH)
    if abs(request.received_at.timestamp() - int(timestamp)) > tolerance_s:
        raise SignatureFailure(SignatureReason.EXPIRED)


def _parsed(header: str) -> tuple[str, list[str]]:
    """The one timestamp, and every signature of scheme v1; other schemes may follow and prove nothing."""
    pairs = [piece.partition("=") for piece in header.split(",")]
    timestamps = [value for name, _, value in pairs if name == "t"]
    signatures = [value for name, _, value in pairs if name == "v1" and _is_sha256(value)]
    if len(timestamps) != 1 or not _is_epoch_s(timestamps[0]) or not signatures:
        raise SignatureFailure(SignatureReason.MALFORMED)
    return timestamps[0], signatures
