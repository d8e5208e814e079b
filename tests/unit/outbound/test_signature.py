"""Signatures as Standard Webhooks has them."""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode

from exporter.outbound.signature import new_secret, signed_headers

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_the_signature_is_of_id_time_and_body() -> None:
    """The example of Standard Webhooks' own libraries (tests of standard-webhooks/standard-webhooks)."""
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY, [SECRET])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_rotated_both_sign() -> None:
    other = new_secret()
    one, two = signed_headers("msg_1", 1, BODY, [other, SECRET])["webhook-signature"].split(" ")
    for signature, secret in ((one, other), (two, SECRET)):
        key = b64decode(secret.removeprefix("whsec_"))
        assert signature == "v1," + b64encode(hmac.digest(key, b"msg_1.1." + BODY, "sha256")).decode()


def test_a_new_secret_is_as_long_as_the_standard_asks_and_never_the_same() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(24 <= len(b64decode(secret.removeprefix("whsec_"))) <= 64 for secret in made)
    assert all(re.fullmatch(r"whsec_[A-Za-z0-9+/=]+", secret) for secret in made)
