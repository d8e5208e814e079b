"""X-Twilio-Signature: HMAC-SHA1 over the URL and the sorted form, or over a URL that holds the body's hash.

Source: twilio.com/docs/usage/webhooks/webhooks-security, and the validators of Twilio's own libraries.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from binascii import b2a_base64
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes, urlsplit

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.source import Request

Pairs = list[tuple[str, str]]

_FORM = "application/x-www-form-urlencoded"
_escaped_separator = re.compile(rb"%(?:26|3[dD])").search
_stated_hash = re.compile(r"[?&]bodySHA256=([0-9A-Fa-f]{64})\Z").search
_well_formed = re.compile(r"[A-Za-z0-9+/]{27}=").fullmatch
_DEFAULT_PORT = {"https": 443, "http": 80}


def verified_form(tokens: tuple[bytes, ...], request: Request) -> tuple[Pairs, str]:
    """The form's pairs, each once and sorted, and the signature that proves them; a JSON body has no pairs.

    Raises:
        SignatureFailure: with the reason.
    """
    if not tokens:
        raise SignatureFailure(SignatureReason.NOT_CONFIGURED)
    signature = request.headers.get("X-Twilio-Signature")
    if not signature:
        raise SignatureFailure(SignatureReason.MISSING)
    if not _well_formed(signature):
        raise SignatureFailure(SignatureReason.MALFORMED)
    if not is_form(request):
        _check_body_hash(request)
    pairs = form_pairs(request.body) if is_form(request) else []
    if not any(signature_matches(token, request.url, pairs, signature) for token in tokens):
        raise SignatureFailure(SignatureReason.MISMATCH)
    return pairs, signature


def is_form(request: Request) -> bool:
    """Whether the body is a form; one that does not say so is."""
    return request.headers.get("Content-Type", _FORM).lower().startswith(_FORM)


def form_pairs(body: bytes) -> Pairs:
    """Decode a form as it is signed: blank values kept, equal pairs once, sorted by name and value."""
    form = body.replace(b"+", b" ")
    if _escaped_separator(form) is None:
        # With no separator hidden in an escape, one pass may undo them all before the form is split.
        return sorted(set(_split(_unquoted(form))))
    pairs = _split(form.decode("latin-1"))
    return sorted(
        {(_unquoted(name.encode("latin-1")), _unquoted(value.encode("latin-1"))) for name, value in pairs}
    )


def _split(form: str) -> Pairs:
    return [(name, value) for name, _, value in (piece.partition("=") for piece in form.split("&") if piece)]


def _unquoted(quoted: bytes) -> str:
    return unquote_to_bytes(quoted).decode("utf-8", "replace")


def signature_matches(token: bytes, url: str, pairs: Iterable[tuple[str, str]], signature: str) -> bool:
    """Whether a signature belongs to a URL, as called or with its port added or taken away, and its pairs."""
    glued = "".join(map("".join, pairs))
    given = signature.encode("ascii", "replace")
    if hmac.compare_digest(_signature(token, url, glued), given):
        return True
    other = _with_port_toggled(url)
    return other is not None and hmac.compare_digest(_signature(token, other, glued), given)


def _signature(token: bytes, url: str, glued: str) -> bytes:
    digest = hmac.digest(token, (url + glued).encode("utf-8", "surrogatepass"), "sha1")
    return b2a_base64(digest, newline=False)


def _with_port_toggled(url: str) -> str | None:
    """The same URL with its port removed, or with its scheme's own port added; None when it has no sense."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    bare = parts.netloc.removesuffix(f":{port}")
    netloc = bare if port else f"{bare}:{_DEFAULT_PORT.get(parts.scheme, 80)}"
    return url.replace(parts.netloc, netloc, 1)


def _check_body_hash(request: Request) -> None:
    """Only the last word of the URL is believed, where Twilio puts it.

    A form is signed glued to its URL, so a captured one can be asked for as a longer URL. What a customer wrote would
    then stand in the URL, a hash of his choice included, but never as its last word.
    """
    stated = _stated_hash(request.url)
    if stated is None or stated[1].lower() != hashlib.sha256(request.body).hexdigest():
        raise SignatureFailure(SignatureReason.BODY_HASH)
