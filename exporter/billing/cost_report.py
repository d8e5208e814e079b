"""Cost reports of OpenAI and Anthropic: buckets of a day, page after page. The two have the same shape."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from exporter.rest_api import ApiError, RestApi

_MOST_PAGES = 1_000


class CostPage(msgspec.Struct):
    """What every page has; its buckets stand under `data`."""

    has_more: bool = False
    next_page: str | None = None


_Page = TypeVar("_Page", bound=CostPage)


async def cost_pages(
    api: RestApi, path: str, query: dict[str, str | int], decoder: msgspec.json.Decoder[_Page]
) -> AsyncGenerator[_Page, None]:
    """A report from its first page to its last.

    Raises:
        ApiError: we are refused, have asked often enough, or the report has no end.
    """
    token: str | None = None
    async with api.session() as session:
        for _ in range(_MOST_PAGES):
            asked = query if token is None else {**query, "page": token}
            page = await api.read(session, f"{path}?{urlencode(asked)}", decoder)
            yield page
            if not page.has_more:
                return
            if page.next_page is None or page.next_page == token:
                break
            token = page.next_page
    raise ApiError("the report says that it has more, and not where")
