"""What Alertmanager's webhook takes and what it refuses: who may wake people, and with what."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.fake_carriers import FakeCarriers
from tests.integration.paging import AUTHORIZATION, TOKEN, group, paging
from tests.integration.running_app import running_app

FIXTURE = json.loads((Path(__file__).parents[1] / "data/alertmanager/webhook_payloads.json").read_text())


@pytest.mark.parametrize("case", FIXTURE["cases"], ids=lambda case: case["id"])
async def test_recorded_notifications_are_taken(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, case: dict[str, Any]
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        status, _ = await one.app.post("/alerts", case["body"], AUTHORIZATION)
        assert status == 200
        assert len(carriers.messages) == (0 if case["id"] == "resolved" else 1)


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        ("Basic " + base64.b64encode(f"alertmanager:{TOKEN}".encode()).decode(), 200),
        (f"Bearer {TOKEN}x", 401),
        ("Basic " + base64.b64encode(f"{TOKEN}:wrong".encode()).decode(), 401),
        ("Basic not-base64", 401),
        ("Digest x", 401),
        ("", 401),
    ],
)
async def test_only_who_has_the_token_may_wake_people(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, authorization: str, status: int
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        assert await one.alert(group(), Authorization=authorization) == status
        assert len(carriers.messages) == (status == 200)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"status":"firing"}',
        json.dumps({**group(), "status": "burning"}),
        json.dumps({**group(), "alerts": []}),
    ],
)
async def test_what_can_never_page_is_answered_400(
    dsn: str, tmp_path: Path, carriers: FakeCarriers, body: str
) -> None:
    async with paging(dsn, tmp_path, carriers) as one:
        status, text = await one.app.post("/alerts", body, AUTHORIZATION)
        assert status == 400
        assert json.loads(text)["reason"]
        assert carriers.messages == []


async def test_labels_may_hold_what_a_database_may_not(
    dsn: str, tmp_path: Path, carriers: FakeCarriers
) -> None:
    strange = group("a\0b")
    strange["groupLabels"]["tenant"] = "a\0b"
    strange["groupKey"] = "\0"
    body = json.dumps(strange).replace("Too many", "\\ud800")
    async with paging(dsn, tmp_path, carriers) as one:
        assert (await one.app.post("/alerts", body, AUTHORIZATION))[0] == 200
        assert len(carriers.messages) == 1


async def test_without_people_alertmanager_is_told_to_come_back(dsn: str, tmp_path: Path) -> None:
    async with running_app(dsn, tmp_path) as app:
        assert (await app.post("/alerts", json.dumps(group())))[0] == 503
