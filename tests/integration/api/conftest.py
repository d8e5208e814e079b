"""The API of a running exporter, and a customer's endpoint for its webhooks, for each test of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.api.asking import Api, running_api
from tests.integration.api.customer_hook import Hook, inside, listening
from tests.integration.api.webhook_outbox import Tables


@pytest.fixture
async def api(dsn: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(dsn, tmp_path) as running:
        yield running


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with listening() as one:
        yield one


@pytest.fixture
async def hooked(dsn: str, tmp_path: Path, hook: Hook) -> AsyncIterator[Api]:
    """An exporter that may send webhooks to the hook."""
    async with running_api(dsn, tmp_path, webhooks=inside(hook)) as running:
        yield running


@pytest.fixture
def tables(dsn: str) -> Tables:
    return Tables(dsn)
