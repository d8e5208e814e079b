"""Twilio's REST API: one document of an account, or a list page by page.

Source: twilio.com/docs/usage/api and twilio.com/docs/usage/twilios-response.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import TypeVar

import msgspec
from aiohttp import encode_basic_auth

from exporter.field_types import secrets
from exporter.rest_api import RestApi, Sleep
from exporter.sources.twilio import TwilioConfig

log = logging.getLogger(__name__)


class Page(msgspec.Struct):
    """What every page of a list has; its rows stand under a name of their own."""

    next_page_uri: str | None = None


_Document = TypeVar("_Document")
_Page = TypeVar("_Page", bound=Page)


class TwilioApi:
    """Reads what belongs to one account."""

    def __init__(self, config: TwilioConfig, api_url: str, sleep: Sleep = asyncio.sleep) -> None:
        self._account_sid = config.account_sid or ""
        proofs = [
            {"Authorization": encode_basic_auth(self._account_sid, token.decode(), "utf-8")}
            for token in secrets(config.auth_token)
        ]
        self._api = RestApi(api_url, proofs, "account_sid, auth_token and api_url", sleep)

    def uri(self, resource: str) -> str:
        """The path of one of the account's resources."""
        return f"/2010-04-01/Accounts/{self._account_sid}/{resource}"

    def path_of(self, url: str) -> str:
        """The path of an address that the API itself has given.

        Raises:
            ApiError: it is at another host.
        """
        return self._api.path_of(url)

    async def pages(
        self, first_uri: str, decoder: msgspec.json.Decoder[_Page]
    ) -> AsyncGenerator[_Page, None]:
        """A list from its first page to its last.

        Raises:
            ApiError: we are refused, or have asked often enough.
        """
        asked: set[str] = set()
        uri: str | None = first_uri
        async with self._api.session() as session:
            while uri and uri not in asked:
                asked.add(uri)
                page = await self._api.read(session, uri, decoder)
                yield page
                uri = page.next_page_uri
        if uri:
            log.warning("the list goes in circles after %d pages", len(asked))

    async def document(self, uri: str, decoder: msgspec.json.Decoder[_Document]) -> _Document:
        """One document.

        Raises:
            ApiError: we are refused, or have asked often enough.
        """
        async with self._api.session() as session:
            return await self._api.read(session, uri, decoder)
