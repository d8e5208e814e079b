"""Tokens: what is believed, and everything that is not."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from exporter.api.caller import Caller, Role
from exporter.api.token import Tokens, made
from exporter.config import ApiConfig
from exporter.errors import DocumentUnavailable, ExporterError, Refusal, RefusalReason

SECRET = "a-secret-of-more-than-thirty-two-bytes"
OTHER = "another-secret-of-more-than-thirty-two"
NOW = datetime.now(UTC)
IN_AN_HOUR = NOW + timedelta(hours=1)
"""Longer than a run of all tests takes."""
CLAIMS: dict[str, Any] = {
    "iss": "comms-exporter",
    "aud": "comms-exporter",
    "sub": "42",
    "exp": IN_AN_HOUR,
    "role": "user",
    "tenant": "acme",
}


async def _no_fetch(url: str) -> bytes:
    raise DocumentUnavailable("nobody there")


def config(**keys: Any) -> ApiConfig:
    return ApiConfig.model_validate({"jwt_secret": SECRET} | keys)


def tokens(fetch: Any = _no_fetch, **keys: Any) -> Tokens:
    one = config(**keys)
    return Tokens(lambda: one, fetch)


def signed(key: Any = SECRET, algorithm: str = "HS256", kid: str | None = None, **claims: Any) -> str:
    content = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode(content, key, algorithm, {"kid": kid} if kid else None)


async def believed(token: str, of: Tokens | None = None) -> Caller:
    return await (of or tokens()).caller(f"Bearer {token}")


async def refusal(token: str, of: Tokens | None = None) -> RefusalReason:
    with pytest.raises(Refusal) as caught:
        await believed(token, of)
    return caught.value.reason


async def test_a_good_token_names_the_caller() -> None:
    assert await believed(signed()) == Caller("42", Role.USER, "acme")


async def test_an_admin_may_be_of_no_tenant() -> None:
    assert await believed(signed(role="admin", tenant=None)) == Caller("42", Role.ADMIN, None)


async def test_the_scheme_is_read_in_any_case() -> None:
    assert (await tokens().caller(f"bearer {signed()}")).user == "42"


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub"])
async def test_a_token_without_a_required_claim_is_refused(claim: str) -> None:
    assert await refusal(signed(**{claim: None})) is RefusalReason.UNBELIEVED


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "somebody"},
        {"aud": "something"},
        {"sub": ""},
        {"sub": "a\x00b"},
        {"sub": "x" * 600},
        {"role": "root"},
        {"role": ["admin"]},
        {"tenant": None},
        {"tenant": ""},
        {"tenant": 7},
        {"tenant": ["acme"]},
        {"nbf": NOW + timedelta(hours=9)},
        {"exp": "tomorrow"},
    ],
)
async def test_a_token_that_says_something_wrong_is_refused(claims: dict[str, Any]) -> None:
    assert await refusal(signed(**claims)) is RefusalReason.UNBELIEVED


async def test_an_old_token_is_refused_as_such() -> None:
    assert await refusal(signed(exp=NOW - timedelta(minutes=2))) is RefusalReason.EXPIRED


async def test_clocks_may_differ_a_little() -> None:
    just_now = datetime.now(UTC) - timedelta(seconds=5)
    assert (await believed(signed(exp=just_now), tokens(leeway_s=300))).user == "42"


async def test_another_secret_is_refused() -> None:
    assert await refusal(signed(OTHER)) is RefusalReason.UNBELIEVED


async def test_both_secrets_are_believed_while_one_is_rotated() -> None:
    both = tokens(jwt_secret=f"{OTHER},{SECRET}")
    assert (await believed(signed(SECRET), both)).user == "42"
    assert (await believed(signed(OTHER), both)).user == "42"
    assert await refusal(signed("a-third-secret-of-more-than-32-bytes"), both) is RefusalReason.UNBELIEVED


async def test_unsigned_tokens_are_refused() -> None:
    assert await refusal(jwt.encode(CLAIMS, "", "none")) is RefusalReason.UNBELIEVED


async def test_an_algorithm_that_is_not_allowed_is_refused_even_with_the_right_key() -> None:
    assert await refusal(signed(algorithm="HS384", key=SECRET * 2)) is RefusalReason.UNBELIEVED
    assert await refusal(signed(), tokens(algorithms=["RS256"])) is RefusalReason.UNBELIEVED


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic abc", "Bearer a.b.c", "Bearer " + "x" * 9_000, "Bearer é"],
)
async def test_what_is_no_token_is_refused(header: str | None) -> None:
    with pytest.raises(Refusal) as caught:
        await tokens().caller(header)
    missing = not header
    assert caught.value.reason is (RefusalReason.UNPROVEN if missing else RefusalReason.UNBELIEVED)


async def test_without_a_secret_no_token_is_believed() -> None:
    assert await refusal(signed(), tokens(jwt_secret=None)) is RefusalReason.NOT_CONFIGURED


async def test_tokens_of_a_closed_tenant_are_refused() -> None:
    assert await refusal(signed(), tokens(closed_tenants=["acme"])) is RefusalReason.FORBIDDEN


async def test_claims_may_have_other_names() -> None:
    of = tokens(tenant_claim="org_id", role_claim="https://example.com/role")
    token = signed(tenant=None, role=None, org_id="acme", **{"https://example.com/role": "tenant_admin"})
    assert await believed(token, of) == Caller("42", Role.TENANT_ADMIN, "acme")


def test_a_short_secret_is_refused_by_the_configuration() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        config(jwt_secret="too-short")


RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
EC = ec.generate_private_key(ec.SECP256R1())


def key_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def public(key: Any, kid: str) -> dict[str, Any]:
    of = jwt.algorithms.RSAAlgorithm if key is RSA else jwt.algorithms.ECAlgorithm
    return json.loads(of.to_jwk(key.public_key())) | {  # type: ignore[no-any-return]
        "kid": kid,
        "alg": "RS256" if key is RSA else "ES256",
        "use": "sig",
    }


SET = key_set(public(RSA, "r1"), public(EC, "e1"))


@pytest.fixture
def in_a_file(tmp_path: Path) -> Tokens:
    file = tmp_path / "jwks.json"
    file.write_bytes(SET)
    return tokens(jwks_file=str(file))


async def test_tokens_of_a_key_set_are_believed(in_a_file: Tokens) -> None:
    assert (await believed(signed(RSA, "RS256", "r1"), in_a_file)).user == "42"
    assert (await believed(signed(EC, "ES256", "e1"), in_a_file)).user == "42"


async def test_a_key_of_another_algorithm_is_no_key(in_a_file: Tokens) -> None:
    assert await refusal(signed(RSA, "RS256", "e1"), in_a_file) is RefusalReason.UNBELIEVED


async def test_an_unknown_key_is_refused(in_a_file: Tokens) -> None:
    assert await refusal(signed(RSA, "RS256", "r2"), in_a_file) is RefusalReason.UNBELIEVED
    assert await refusal(signed(RSA, "RS256"), in_a_file) is RefusalReason.UNBELIEVED


async def test_a_public_key_is_no_secret_of_hs256(in_a_file: Tokens) -> None:
    """The confusion of CVE-2015-9235: the token claims HS256 and is signed with the public key's bytes."""
    import hashlib
    import hmac

    def part(data: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=")

    claims = CLAIMS | {"exp": int(CLAIMS["exp"].timestamp())}
    content = part({"alg": "HS256", "kid": "r1"}) + b"." + part(claims)
    mac = hmac.new(json.dumps(public(RSA, "r1")).encode(), content, hashlib.sha256).digest()
    token = content + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")
    assert await refusal(token.decode(), in_a_file) is RefusalReason.UNBELIEVED


async def test_a_key_set_is_fetched_once_and_not_for_each_unknown_key() -> None:
    asked: list[str] = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        return SET

    of = tokens(fetch, jwks_url="https://id.example.com/jwks.json")
    await believed(signed(RSA, "RS256", "r1"), of)
    for number in range(20):
        await refusal(signed(RSA, "RS256", f"x{number}"), of)
    assert asked == ["https://id.example.com/jwks.json"]


async def test_while_the_key_set_cannot_be_had_the_caller_is_told_to_come_back() -> None:
    of = tokens(jwks_url="https://id.example.com/jwks.json")
    with pytest.raises(DocumentUnavailable):
        await believed(signed(RSA, "RS256", "r1"), of)


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b'{"keys": 7}', b'{"keys": [{"kty": "x"}]}', b"\xff"]
)
async def test_what_is_no_key_set_is_said_so(document: bytes) -> None:
    async def fetch(url: str) -> bytes:
        return document

    with pytest.raises(DocumentUnavailable):
        await believed(signed(RSA, "RS256", "r1"), tokens(fetch, jwks_url="https://id.example.com/k"))


async def test_a_made_token_is_believed() -> None:
    caller = Caller("7", Role.TENANT_ADMIN, "globex")
    assert await believed(made(config(), caller, NOW, timedelta(hours=1))) == caller


def test_no_token_is_made_without_a_secret() -> None:
    with pytest.raises(ExporterError, match="COMMS_JWT_SECRET"):
        made(ApiConfig(), Caller("7", Role.USER, "acme"), NOW, timedelta(minutes=1))


def test_who_may_ask_about_which_tenant() -> None:
    user, admin = Caller("42", Role.USER, "acme"), Caller("1", Role.ADMIN, None)
    assert user.tenant_asked(None) == "acme"
    assert user.tenant_asked("acme") == "acme"
    assert admin.tenant_asked(None) is None
    assert admin.tenant_asked("globex") == "globex"
    with pytest.raises(Refusal) as caught:
        user.tenant_asked("globex")
    assert caught.value.reason is RefusalReason.FOREIGN_TENANT


def test_a_role_includes_the_lower_ones() -> None:
    admin = Caller("1", Role.TENANT_ADMIN, "acme")
    admin.require(Role.USER)
    admin.require(Role.TENANT_ADMIN)
    with pytest.raises(Refusal):
        admin.require(Role.ADMIN)
