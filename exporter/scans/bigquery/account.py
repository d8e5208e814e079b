"""A service account: its key file, and the access tokens that the key buys.

Source: developers.google.com/identity/protocols/oauth2/service-account (HTTP/REST). Google's own libraries are not
used: for one signed form they bring a second HTTP client with threads.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import jwt
import msgspec
from aiohttp import ClientError, ClientSession

from exporter.errors import ScanFailed, ScanStatus
from exporter.scans.bigquery.answers import bounded
from exporter.scans.bigquery.error import AskAgain

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# What a token may do is decided by the account's roles; jobs.query takes no narrower scope than this everywhere.
_SCOPE = "https://www.googleapis.com/auth/bigquery"
_LIFE_S = 3_600
_EARLY_S = 60
_MOST_BYTES = 65_536
_SERVER_ERROR = 500


class Key(msgspec.Struct, frozen=True):
    """What we need of the JSON file that Google gives out for a service account."""

    type: str
    client_email: str = ""
    private_key: str = ""
    private_key_id: str = ""
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address

    def __repr__(self) -> str:
        return "Key(…)"


class _Token(msgspec.Struct):
    access_token: str
    expires_in: int


class _Refusal(msgspec.Struct):
    error: str = ""


def read_key(path: str | None) -> Key:
    """The key in a file.

    Raises:
        ScanFailed: no file is named, or it holds no service account's key.
    """
    if path is None:
        raise ScanFailed(
            ScanStatus.AUTHENTICATION,
            "no credentials: name the key file of a service account by credentials_path in database_url, "
            "or by GOOGLE_APPLICATION_CREDENTIALS",
        )
    try:
        with Path(path).open("rb") as opened:
            key = msgspec.json.decode(opened.read(_MOST_BYTES), type=Key)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not the JSON file of a key"
        raise ScanFailed(ScanStatus.AUTHENTICATION, f"cannot read the credentials in {path}: {why}") from None
    if key.type != "service_account":
        raise ScanFailed(
            ScanStatus.AUTHENTICATION, f"{path} must hold the key of a service account, of no other type"
        )
    return key


class Account:
    """Buys a token when there is none, or the last one is about to end."""

    def __init__(self, key: Key, now_s: Callable[[], float] = time.time) -> None:
        self._key = key
        self._now_s = now_s
        self._token = ""
        self._until_s = 0.0

    async def token(self, session: ClientSession) -> str:
        """A token that is good for a while.

        Raises:
            AskAgain: no answer now.
            ScanFailed: the key is not believed.
        """
        if self._now_s() >= self._until_s:
            bought = await self._buy(session)
            self._token = bought.access_token
            self._until_s = self._now_s() + bought.expires_in - _EARLY_S
        return self._token

    def forget(self) -> None:
        """Drop a token that was refused."""
        self._until_s = 0.0

    async def _buy(self, session: ClientSession) -> _Token:
        form = {"grant_type": _GRANT, "assertion": self._assertion()}
        try:
            async with session.post(self._key.token_uri, data=form, allow_redirects=False) as answer:
                status, body = answer.status, await bounded(answer, _MOST_BYTES)
        except (ClientError, TimeoutError) as error:
            raise AskAgain(ScanStatus.UNREACHABLE, f"no token: {type(error).__name__}") from error
        return _bought(status, body)

    def _assertion(self) -> str:
        now_s = int(self._now_s())
        claims = {
            "iss": self._key.client_email,
            "scope": _SCOPE,
            "aud": self._key.token_uri,
            "iat": now_s,
            "exp": now_s + _LIFE_S,
        }
        try:
            return jwt.encode(claims, self._key.private_key, "RS256", {"kid": self._key.private_key_id})
        except (jwt.PyJWTError, ValueError, TypeError):
            pass
        # Raised out of reach of the error, which may hold the key.
        raise ScanFailed(ScanStatus.AUTHENTICATION, "the credentials hold no private key that can sign")


def _bought(status: int, body: bytes) -> _Token:
    if status >= _SERVER_ERROR:
        raise AskAgain(ScanStatus.UNREACHABLE, f"no token: status {status}")
    try:
        return msgspec.json.decode(body, type=_Token)
    except msgspec.MsgspecError:
        pass
    raise ScanFailed(
        ScanStatus.AUTHENTICATION, f"no token: status {status}{_said(body)}: look at the credentials"
    )


def _said(body: bytes) -> str:
    """Google's word for a refusal, such as invalid_grant."""
    try:
        word = msgspec.json.decode(body, type=_Refusal).error
    except msgspec.MsgspecError:
        return ""
    return f", {word}" if word.replace("_", "").isalpha() and len(word) < 64 else ""
