"""Signatures as Standard Webhooks has them.

Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, 2026-11: HMAC-SHA256 of
`id.timestamp.body`, as `v1,<base64>`, several apart by a space; secrets are `whsec_` and base64 of 24 to 64 bytes.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from secrets import token_bytes

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret for one endpoint."""
    return _PREFIX + b64encode(token_bytes(_SECRET_BYTES)).decode()


def signed_headers(webhook_id: str, timestamp: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The three headers; each of the secrets signs. `timestamp` is in seconds since 1970."""
    content = b"%s.%d.%s" % (webhook_id.encode(), timestamp, body)
    signatures = (
        hmac.digest(b64decode(secret.removeprefix(_PREFIX)), content, "sha256") for secret in secrets
    )
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{b64encode(one).decode()}" for one in signatures),
    }
