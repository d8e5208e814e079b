"""A stand-in for an exporter, a client of it, where it keeps events, and warnings that are given anew in each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.client import Client, report
from tests.unit.stand_in import StandIn, stand_in


@pytest.fixture
def server() -> Iterator[StandIn]:
    with stand_in() as one:
        yield one


@pytest.fixture
def client(server: StandIn) -> Iterator[Client]:
    with Client(server.url) as one:
        yield one


@pytest.fixture(params=["memory", "disk"])
def spool_dir(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "spool" if request.param == "disk" else None


@pytest.fixture(autouse=True)
def _says_everything_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "_said_at_s", {})
