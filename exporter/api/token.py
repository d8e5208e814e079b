"""JSON Web Tokens: read with care, and made for trials."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt

from exporter.api.caller import Caller, Role
from exporter.api.key_set import Fetch, KeySet
from exporter.config import ApiConfig
from exporter.errors import ExporterError, Refusal, RefusalReason
from exporter.field_types import secrets

_REQUIRED = ["exp", "iss", "aud", "sub"]
_LONGEST = 8_192
_BAD = RefusalReason.UNBELIEVED


class Tokens:
    """Checks tokens by the configuration in force."""

    def __init__(self, config: Callable[[], ApiConfig], fetch: Fetch) -> None:
        self._config = config
        self._fetch = fetch
        self._of: ApiConfig | None = None
        self._key_set = KeySet(None, None, fetch)

    async def caller(self, authorization: str | None) -> Caller:
        """Who sent this Authorization header.

        Raises:
            Refusal: nobody that the token proves.
            DocumentUnavailable: the keys cannot be had now.
        """
        config = self._current()
        token = _bearer(authorization)
        claims = await self._claims(token, config)
        return _caller(claims, config)

    def _current(self) -> ApiConfig:
        config = self._config()
        if config is not self._of:
            self._of, self._key_set = config, KeySet(config.jwks_file, config.jwks_url, self._fetch)
        return config

    async def _claims(self, token: str, config: ApiConfig) -> dict[str, Any]:
        header = _header(token)
        algorithm = header.get("alg")
        if algorithm not in config.algorithms:
            raise Refusal(_BAD, "signed with an algorithm that is not allowed")
        if algorithm == "HS256":
            return _by_secret(token, config)
        key = await self._key_set.key(str(header.get("kid", "")), algorithm)
        return _decoded(token, key, algorithm, config)


def made(config: ApiConfig, caller: Caller, now: datetime, valid_for: timedelta) -> str:
    """A token of HS256 for trials.

    Raises:
        ExporterError: no secret is configured.
    """
    keys = secrets(config.jwt_secret)
    if not keys:
        raise ExporterError("api.jwt_secret is not set (COMMS_JWT_SECRET)")
    claims = {
        "iss": config.issuer,
        "aud": config.audience,
        "sub": caller.user,
        "iat": now,
        "exp": now + valid_for,
        config.role_claim: caller.role.value,
    }
    if caller.tenant is not None:
        claims[config.tenant_claim] = caller.tenant
    return jwt.encode(claims, keys[0], algorithm="HS256")


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise Refusal(RefusalReason.UNPROVEN, "send Authorization: Bearer <token>")
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST:
        raise Refusal(_BAD, "send Authorization: Bearer <token>")
    return token.strip()


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError) as error:
        raise Refusal(_BAD, "not a JSON Web Token") from error


def _by_secret(token: str, config: ApiConfig) -> dict[str, Any]:
    """By whichever of the secrets signed it."""
    keys = secrets(config.jwt_secret)
    if not keys:
        raise Refusal(RefusalReason.NOT_CONFIGURED, "no key of HS256 is configured")
    *older, last = keys
    for key in older:
        try:
            return _decoded(token, key, "HS256", config)
        except Refusal as refusal:
            if refusal.reason is RefusalReason.EXPIRED:
                raise
    return _decoded(token, last, "HS256", config)


def _decoded(token: str, key: jwt.PyJWK | bytes, algorithm: str, config: ApiConfig) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=config.audience,
            issuer=config.issuer,
            leeway=config.leeway_s,
            options={"require": _REQUIRED},
        )
    except jwt.ExpiredSignatureError as error:
        raise Refusal(RefusalReason.EXPIRED, "the token has expired") from error
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise Refusal(_BAD, "the token is not valid here") from error
    return claims


def _caller(claims: dict[str, Any], config: ApiConfig) -> Caller:
    role, tenant, user = claims.get(config.role_claim, "user"), claims.get(config.tenant_claim), claims["sub"]
    if not isinstance(role, str) or role not in set(Role):
        raise Refusal(_BAD, f"the claim {config.role_claim} is no role")
    if not _is_name(user) or not (tenant is None or _is_name(tenant)):
        raise Refusal(_BAD, "the token names no user or tenant")
    if tenant is None and role != Role.ADMIN:
        raise Refusal(_BAD, f"the claim {config.tenant_claim} is missing")
    if tenant in config.closed_tenants:
        raise Refusal(RefusalReason.FORBIDDEN, "the tenant is closed")
    return Caller(user, Role(role), tenant)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 512 and "\x00" not in value and value.isprintable()
