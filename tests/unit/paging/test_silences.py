"""Alertmanager's API: whatever it answers is a silence or a reason to try again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from exporter.ledger.pages import Acknowledged
from exporter.paging.silences import SilenceFailed, silence
from tests.conftest import NOON

PAGE = Acknowledged(7, {"alertname": "A"}, "first", NOON + timedelta(hours=1))


@pytest.mark.parametrize("status", [302, 400, 401, 500, 503])
async def test_a_refusal_is_tried_again(status: int) -> None:
    await _fails(web.Response(status=status))


@pytest.mark.parametrize("body", ["", "{}", "[{]", "[1]", '"x"'])
async def test_an_answer_that_is_no_list_of_silences_is_tried_again(body: str) -> None:
    await _fails(web.Response(text=body))


async def test_nobody_there_is_tried_again() -> None:
    with pytest.raises(SilenceFailed, match="no answer of Alertmanager"):
        await silence("http://127.0.0.1:1", PAGE)


async def _fails(answer: web.Response) -> None:
    app = web.Application()

    async def silences(request: web.Request) -> web.Response:
        return answer

    app.router.add_get("/api/v2/silences", silences)
    async with TestServer(app) as server:
        with pytest.raises(SilenceFailed):
            await silence(str(server.make_url("")).rstrip("/"), PAGE)
