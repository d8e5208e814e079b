"""X-Twilio-Signature, against the vectors of Twilio's own libraries and against its Python library itself."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from exporter.errors import SignatureFailure, SignatureReason
from exporter.sources.source import Request
from exporter.sources.twilio import Twilio, TwilioConfig
from exporter.sources.twilio_signature import form_pairs, signature_matches, verified_form
from tests.unit.sources.sent import (
    TWILIO_TOKEN,
    TWILIO_URL,
    fixture,
    request,
    twilio_request,
    twilio_signature,
)

VECTORS = fixture("twilio/signature_vectors.json")["vectors"]
FORM_VECTORS = [vector for vector in VECTORS if "params" in vector]
JSON_VECTORS = [vector for vector in VECTORS if "raw_body" in vector]
TOKENS = (TWILIO_TOKEN.encode(),)
FORM = "application/x-www-form-urlencoded"
URLS = (
    "https://exporter.example.com/webhooks/twilio",
    "https://exporter.example.com:443/webhooks/twilio?tenant=acme",
    "http://exporter.example.com/webhooks/twilio",
    "http://exporter.example.com:8080/webhooks/twilio",
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def pairs_of(vector: dict) -> list[tuple[str, str]]:
    return sorted({(name, value) for name, value in vector["params"]})


def reason_of(tokens: tuple[bytes, ...], sent: Request) -> SignatureReason:
    with pytest.raises(SignatureFailure) as failure:
        verified_form(tokens, sent)
    return failure.value.reason


def test_every_vector_has_a_test():
    assert len(FORM_VECTORS) + len(JSON_VECTORS) == len(VECTORS) == 30


@pytest.mark.parametrize("vector", FORM_VECTORS, ids=lambda vector: vector["id"])
def test_a_form_vector_is_judged_as_published(vector):
    token, signature = vector["auth_token"].encode(), vector["signature"] or ""
    assert signature_matches(token, vector["url"], pairs_of(vector), signature) is vector["valid"]


@pytest.mark.parametrize("vector", JSON_VECTORS, ids=lambda vector: vector["id"])
def test_a_json_vector_is_judged_as_published(vector):
    headers = {"Content-Type": vector["content_type"], "X-Twilio-Signature": vector["signature"]}
    sent = request(vector["raw_body"], headers, vector["url"])
    tokens = (vector["auth_token"].encode(),)
    if vector["valid"]:
        assert verified_form(tokens, sent) == ([], vector["signature"])
    else:
        assert reason_of(tokens, sent) is SignatureReason.BODY_HASH


@given(st.dictionaries(text, text, max_size=8), st.sampled_from(URLS), st.booleans())
@settings(max_examples=150, deadline=None)
def test_our_verdict_is_that_of_twilios_own_validator(params, url, port_is_signed):
    validator = RequestValidator(TWILIO_TOKEN)
    signed_url = url.replace(".com/", ".com:443/") if port_is_signed else url
    signature = validator.compute_signature(signed_url, params)
    ours = signature_matches(TOKENS[0], url, sorted(params.items()), signature)
    assert ours == validator.validate(url, params, signature)


@given(st.lists(st.tuples(text, text), max_size=12))
@settings(max_examples=150, deadline=None)
def test_a_form_is_read_as_it_was_written(pairs):
    sent = twilio_request(pairs)
    read, _ = verified_form(TOKENS, sent)
    assert [pair for pair in read if pair != ("", "")] == sorted(set(pairs) - {("", "")})


@pytest.mark.parametrize(
    ("body", "pairs"),
    [
        (b"", []),
        (b"a=1&a=1&a=0", [("a", "0"), ("a", "1")]),
        (b"b=&a", [("a", ""), ("b", "")]),
        (b"&&a=1&&", [("a", "1")]),
        (b"a=b+c%20d%2Be", [("a", "b c d+e")]),
        (b"a=1%262%3D3", [("a", "1&2=3")]),
        (b"a%3d=1", [("a=", "1")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a=%253D", [("a", "%3D")]),
        (b"a=caf%E9&b=%E0%A4%A", [("a", "caf�"), ("b", "�%A")]),
        (b"a=caf\xc3\xa9", [("a", "café")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
    ],
)
def test_a_form_is_split_as_twilio_signs_it(body, pairs):
    assert form_pairs(body) == pairs


@pytest.mark.parametrize("sep", [b"%26", b"x"])
def test_both_ways_of_undoing_escapes_agree(sep):
    pairs = form_pairs(b"Body=%C3%A9+%E0%A4&From=%2B1&Z=" + sep)
    assert pairs[:2] == [("Body", "é �"), ("From", "+1")]


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (None, SignatureReason.MISSING),
        ("", SignatureReason.MISSING),
        ("%%%", SignatureReason.MALFORMED),
        ("A" * 28, SignatureReason.MALFORMED),
        ("A" * 65_536, SignatureReason.MALFORMED),
        ("é" * 27 + "=", SignatureReason.MALFORMED),
        ("\udcff" * 27 + "=", SignatureReason.MALFORMED),
        ("A" * 27 + "=\n", SignatureReason.MALFORMED),
        ("A" * 27 + "=, " + "A" * 27 + "=", SignatureReason.MALFORMED),
        ("A" * 27 + "=", SignatureReason.MISMATCH),
    ],
)
def test_a_bad_signature_is_refused_with_its_reason(signature, reason):
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    assert reason_of(TOKENS, request("a=1", headers)) is reason


def test_another_spelling_of_the_same_signature_bytes_is_refused():
    """Base64 of 20 bytes has two unused bits: accepted, each spelling would be a new key."""
    sent = twilio_request({"MessageSid": "SM1", "MessageStatus": "sent"})
    right = sent.headers["X-Twilio-Signature"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = right[:-2] + alphabet[alphabet.index(right[-2]) + 1] + "="
    assert reason_of(TOKENS, request(sent.body, {"X-Twilio-Signature": other})) is SignatureReason.MISMATCH


def test_without_a_token_nobody_is_believed():
    assert reason_of((), twilio_request({"a": "1"})) is SignatureReason.NOT_CONFIGURED


@pytest.mark.parametrize("configured", ["old-token," + TWILIO_TOKEN, TWILIO_TOKEN + ",new-token"])
def test_while_a_token_is_rotated_either_one_is_believed(configured):
    twilio = Twilio(TwilioConfig(auth_token=SecretStr(configured)))
    assert twilio.read(twilio_request({"MessageSid": "SM1", "MessageStatus": "sent"})).submissions


def test_of_a_doubled_header_only_the_first_is_read():
    sent = twilio_request({"a": "1"})
    sent.headers.add("X-Twilio-Signature", "A" * 27 + "=")  # type: ignore[attr-defined]
    assert verified_form(TOKENS, sent)[0] == [("a", "1")]


def test_every_changed_byte_of_the_body_is_noticed():
    sent = twilio_request({"MessageSid": "SM1", "MessageStatus": "sent", "To": "+12025550101"})
    for place in range(len(sent.body)):
        changed = sent.body[:place] + bytes([sent.body[place] ^ 1]) + sent.body[place + 1 :]
        if form_pairs(changed) != form_pairs(sent.body):
            assert reason_of(TOKENS, sent._replace(body=changed)) is SignatureReason.MISMATCH


@pytest.mark.parametrize(
    "url",
    [
        TWILIO_URL + "/",
        TWILIO_URL + "?",
        TWILIO_URL.replace("https", "http"),
        TWILIO_URL.replace("exporter", "EXPORTER"),
        TWILIO_URL.replace("exporter.", "other."),
        TWILIO_URL.replace("twilio", "twili%6F"),
    ],
)
def test_the_verdict_depends_on_the_whole_url(url):
    sent = twilio_request({"a": "1"})
    assert reason_of(TOKENS, sent._replace(url=url)) is SignatureReason.MISMATCH


@pytest.mark.parametrize("url", ["", "https://[", "https://host:99999/", "nonsense", "http://host:x/"])
def test_a_url_without_sense_is_a_mismatch_and_no_crash(url):
    signature = twilio_signature([("a", "1")])
    assert not signature_matches(TOKENS[0], url, [("a", "1")], signature)


def test_a_body_that_is_no_form_needs_its_hash_in_the_url():
    sent = twilio_request({"a": "1"})
    sent.headers["Content-Type"] = "multipart/form-data; boundary=x"  # type: ignore[index]
    assert reason_of(TOKENS, sent) is SignatureReason.BODY_HASH


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_random_header_is_believed_and_none_crashes(signature):
    assert reason_of(TOKENS, request("a=1", {"X-Twilio-Signature": signature})) in SignatureReason


def hashed(body: bytes, behind: str = "") -> Request:
    """A JSON request, with something behind the hash in its URL."""
    url = f"{TWILIO_URL}?tenant=acme&bodySHA256={hashlib.sha256(body).hexdigest()}{behind}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": twilio_signature([], url)}
    return request(body, headers, url)


def test_a_hash_that_ends_the_url_proves_the_body():
    assert verified_form(TOKENS, hashed(b"{}")) == ([], hashed(b"{}").headers["X-Twilio-Signature"])


@pytest.mark.parametrize("behind", ["From+12025550102", "&To=1", "0", "\n", "#"])
def test_a_hash_within_the_url_proves_nothing(behind):
    assert reason_of(TOKENS, hashed(b"{}", behind)) is SignatureReason.BODY_HASH


def test_what_a_customer_wrote_cannot_vouch_for_a_forged_body():
    forged = b'{"MessageSid":"SM1","MessageStatus":"delivered"}'
    text = f"&bodySHA256={hashlib.sha256(forged).hexdigest()}"
    url = f"{TWILIO_URL}?tenant=acme"
    captured = twilio_request({"Body": text, "From": "+12025550102", "MessageSid": "SM1"}, url)
    glued = f"{url}Body{text}From+12025550102MessageSidSM1"
    headers = {**captured.headers, "Content-Type": "application/json"}
    assert signature_matches(TOKENS[0], glued, [], captured.headers["X-Twilio-Signature"])
    assert reason_of(TOKENS, request(forged, headers, glued)) is SignatureReason.BODY_HASH


FRAGMENT = Twilio.url_fragment


def test_the_fragment_is_for_twilio_alone_and_no_part_of_what_is_signed():
    """Twilio's own validator, given the URL that arrives, believes only what was signed without the fragment."""
    validator = RequestValidator(TWILIO_TOKEN)
    params = {"MessageSid": "SM1", "MessageStatus": "sent"}
    signature = validator.compute_signature(TWILIO_URL, params)
    assert validator.validate(TWILIO_URL, params, signature)
    assert not validator.validate(TWILIO_URL + FRAGMENT, params, signature)
    assert signature_matches(TOKENS[0], TWILIO_URL, sorted(params.items()), signature)
