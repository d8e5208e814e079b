"""Authorization: Bearer, for senders that sign nothing."""

from __future__ import annotations

import hmac

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.source import Request


def check_bearer(tokens: tuple[bytes, ...], request: Request) -> None:
    """Let a request pass when it carries one of the tokens, or when there are none.

    Raises:
        SignatureFailure: with the reason.
    """
    if not tokens:
        return
    header = request.headers.get("Authorization")
    if not header:
        raise SignatureFailure(SignatureReason.MISSING)
    scheme, _, credential = header.strip().partition(" ")
    if scheme.lower() != "bearer" or not credential:
        raise SignatureFailure(SignatureReason.MALFORMED)
    given = credential.strip().encode("utf-8", "surrogatepass")
    if not any(hmac.compare_digest(token, given) for token in tokens):
        raise SignatureFailure(SignatureReason.MISMATCH)
