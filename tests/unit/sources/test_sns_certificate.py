"""SNS: which certificates prove a message, when, and how many are remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.sns_signature import Certificates
from tests.unit.sources.mail_sent import CERTIFICATE, CERTIFICATE_URL, ses, sns_request
from tests.unit.sources.proofs import sns_certificate
from tests.unit.sources.sent import NOW
from tests.unit.sources.sns_sent import HOST, SIGNED, refusal


def test_another_key_behind_the_same_address_proves_nothing():
    _, _, other = sns_certificate("other")
    source, sent = ses(), sns_request(SIGNED)
    source.learn(CERTIFICATE_URL, other)
    with pytest.raises(SignatureFailure) as failure:
        source.read(sent)
    assert failure.value.reason is SignatureReason.MISMATCH


def _certificate(key: Any, first: datetime, last: datetime) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    signed = builder.serial_number(1).not_valid_before(first).not_valid_after(last).sign(key, SHA256())
    return signed.public_bytes(Encoding.PEM)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"not a certificate",
        b"<html>404</html>",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        CERTIFICATE[:200],
        _certificate(ec.generate_private_key(ec.SECP256R1()), NOW, NOW + timedelta(days=1)),
    ],
)
def test_a_document_that_is_no_rsa_certificate_is_not_kept(document):
    source, sent = ses(), sns_request(SIGNED)
    source.learn(CERTIFICATE_URL, document)
    with pytest.raises(SignatureFailure):
        source.read(sent)
    assert source.document_needed(sent) == CERTIFICATE_URL


@pytest.mark.parametrize(
    "received_at", [datetime(2019, 12, 31, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)]
)
def test_a_certificate_proves_nothing_outside_its_dates(received_at):
    assert refusal(sns_request(SIGNED)._replace(received_at=received_at)) is SignatureReason.EXPIRED


def test_only_the_last_few_certificates_are_remembered():
    certificates = Certificates()
    urls = [f"{HOST}/SimpleNotificationService-{number}.pem" for number in range(17)]
    for url in urls:
        certificates.learn(url, CERTIFICATE)
    assert [url for url in urls if certificates.needed(url)] == urls[:1]
