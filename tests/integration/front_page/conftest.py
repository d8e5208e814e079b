"""Exporters with the page: one that asks nobody who they are, and one that asks for a token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exporter import schedule
from tests.integration.api.asking import Api, running_api


@pytest.fixture(autouse=True)
def _money_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_SPEND_S", 0.2)


@pytest.fixture
async def open_page(dsn: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(dsn, tmp_path, api={}) as api:
        yield api


@pytest.fixture
async def closed_page(dsn: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(dsn, tmp_path) as api:
        yield api
