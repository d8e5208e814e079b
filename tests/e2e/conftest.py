"""The story is lived once a session; each test asks every generation about it."""

from __future__ import annotations

import asyncio

import pytest

from tests.e2e.story import Tale, told_by
from tests.e2e.told import Told
from tests.stack.generation import GENERATIONS


@pytest.fixture(scope="session")
def tale(tmp_path_factory: pytest.TempPathFactory) -> Tale:
    return asyncio.run(told_by(tmp_path_factory.mktemp("e2e"), GENERATIONS))


@pytest.fixture(params=GENERATIONS)
def told(request: pytest.FixtureRequest, tale: Tale) -> Told:
    return tale[str(request.param)]
