"""Stripe-Signature, against the vectors of Stripe's own library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.source import Request
from exporter.sources.stripe_signature import verify
from tests.unit.sources.sent import NOW, fixture, request
from tests.unit.sources.stripe_events import SECRET, signature

VECTORS = fixture("stripe/signature_vectors.json")["vectors"]
REFUSALS = {
    "malformed_header": SignatureReason.MALFORMED,
    "bad_header": SignatureReason.MALFORMED,
    "bad_signature": SignatureReason.MALFORMED,
    "outside_tolerance": SignatureReason.EXPIRED,
    "timestamp_tampered": SignatureReason.MISMATCH,
    "no_timestamp": SignatureReason.MALFORMED,
    "no_header": SignatureReason.MISSING,
    "payload_whitespace": SignatureReason.MISMATCH,
    "uppercase_hex": SignatureReason.MALFORMED,
    "huge_timestamp": SignatureReason.MALFORMED,
}
BODY = b'{"id":"evt_1"}'
KEYS = (SECRET.encode(),)


def reason_of(sent: Request, secrets: tuple[bytes, ...] = KEYS, tolerance_s: float = 300) -> SignatureReason:
    with pytest.raises(SignatureFailure) as failure:
        verify(secrets, sent, tolerance_s)
    return failure.value.reason


def sent_of(header: str | None) -> Request:
    return request(BODY, {} if header is None else {"Stripe-Signature": header})


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_a_vector_is_judged_as_published(vector):
    headers = {"Stripe-Signature": vector["header"]} if vector["header"] else {}
    received_at = datetime.fromtimestamp(vector["now"], UTC)
    sent = request(vector["payload"], headers)._replace(received_at=received_at)
    if vector["id"] in REFUSALS:
        reason = reason_of(sent, (vector["secret"].encode(),), vector["tolerance"])
        assert reason is REFUSALS[vector["id"]]
    else:
        verify((vector["secret"].encode(),), sent, vector["tolerance"])


def test_every_vector_has_a_verdict():
    refused = {vector["id"] for vector in VECTORS if vector["verified"] == "recomputed with hmac: refused"}
    assert refused == set(REFUSALS)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_a_time_at_the_tolerance_is_believed(seconds):
    verify(KEYS, sent_of(signature(BODY, at=NOW + timedelta(seconds=seconds))), 300)


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_time_beyond_the_tolerance_is_refused_on_either_side(seconds):
    sent = sent_of(signature(BODY, at=NOW + timedelta(seconds=seconds)))
    assert reason_of(sent) is SignatureReason.EXPIRED


def test_either_of_two_secrets_is_believed_while_one_is_rotated():
    for secret in ("old", "new"):
        verify((b"old", b"new"), sent_of(signature(BODY, secret)), 300)
    assert reason_of(sent_of(signature(BODY, "other")), (b"old", b"new")) is SignatureReason.MISMATCH


def test_no_secret_believes_nothing():
    assert reason_of(sent_of(signature(BODY)), ()) is SignatureReason.NOT_CONFIGURED


def test_another_scheme_proves_nothing():
    header = signature(BODY).replace("v1=", "v0=")
    assert reason_of(sent_of(header)) is SignatureReason.MALFORMED


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.replace("t=", "t=1760000000,t=", 1),
        lambda header: header.replace("t=", "t=+", 1),
        lambda header: header.replace("t=", "t= ", 1),
        lambda header: header.replace("t=", "t=-", 1),
        lambda header: header.replace("t=", "t=²", 1),
        lambda header: header.replace(",v1", ", v1"),
        lambda header: header + "0",
        lambda header: header[:-1],
        lambda header: header.replace("=", ""),
        lambda header: "," * 5000,
    ],
)
def test_a_header_of_another_form_is_malformed(change):
    assert reason_of(sent_of(change(signature(BODY)))) is SignatureReason.MALFORMED


def test_no_byte_of_the_body_may_change():
    header = signature(BODY)
    for place in range(len(BODY)):
        changed = BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :]
        assert reason_of(request(changed, {"Stripe-Signature": header})) is SignatureReason.MISMATCH


@given(st.text(max_size=80) | st.from_regex(r"t=[0-9]{1,12},v1=[0-9a-f]{64}", fullmatch=True))
@settings(max_examples=300, deadline=None)
def test_no_random_header_is_believed_and_none_crashes(header):
    assert reason_of(sent_of(header)) in SignatureReason
