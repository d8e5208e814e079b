"""The document: what is on it for whom, from a look that is made up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from exporter.api.caller import Caller, Role
from exporter.config import parse
from exporter.front_page.document import BOARDS, document, login
from exporter.front_page.firing import Alert, Firing
from exporter.front_page.look import Inbox, Look
from exporter.front_page.money import Drift, Line, Money
from exporter.front_page.visit import Visit
from exporter.spend.forecast import Forecast
from tests.unit.front_page.reading import Page

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DASHBOARDS = Path(__file__).parents[3] / "grafana" / "dashboards"
MONEY = Money(
    Line("", Decimal("1.5"), Decimal("60.10"), Forecast(80.0, 90.5, 100.0), Decimal(100)),
    [Line("sms", Decimal("0.0079"), Decimal("60.10"), None, None)],
    [Drift("twilio", "sms", 0.02), Drift("openai", "llm", 0.001)],
)
ALERT = Alert("LedgerDown", "page", "acme", datetime(2026, 11, 21, 11, 50, tzinfo=UTC))


def shown(config: dict[str, Any] | None = None, **changes: Any) -> Page:
    seen = Look(
        visit=Visit(None, None, "24h"),
        now=NOW,
        ready=True,
        demo=False,
        seq=1234,
        pace_per_s=2.5,
        tenants=["acme"],
        sums=None,
        money=MONEY,
        firing=Firing([ALERT], 1, "By Alertmanager."),
        senders=[],
        counts=[],
        inbox=None,
    )
    return Page(document(seen._replace(**changes), parse(config or {})))


def test_a_forecast_has_its_range_and_a_budget_what_is_left() -> None:
    page = shown()
    assert page.figures["money//forecast"] == "90.5"
    assert "$90.50 ($80.00 to $100.00)" in page.text
    assert page.figures["money//left"] == "39.90"
    assert "$0.0079" in page.text


def test_a_drift_is_held_against_its_threshold() -> None:
    page = shown()
    assert "twilio sms: 2 % ✗ should be at most 1 %" in page.text
    assert "openai llm: 0.1 % ✓ at most 1 %" in page.text


def test_an_alert_says_since_when() -> None:
    assert "LedgerDown (page) acme, since 10 min ago" in shown().text


def test_more_alerts_than_are_shown_are_counted() -> None:
    assert "and 69 more" in shown(firing=Firing([ALERT], 70, "By Alertmanager.")).text


def test_unread_notifications_are_counted_at_the_top_and_listed() -> None:
    assert "unread" not in shown().text
    page = shown(inbox=Inbox(3, ["Low balance", "<b>"]))
    assert page.text.startswith("comms-exporter Skip to content comms-exporter Notifications: 3 unread")
    assert page.figures["unread"] == "3"
    assert "Low balance" in page.text
    assert "<b>" not in page.html


def test_volume_of_all_tenants_is_for_who_may_see_all() -> None:
    assert shown().figures["events_per_s"] == "2.5"
    own = shown(visit=Visit(Caller("7", Role.TENANT_ADMIN, "acme"), "acme", "24h"))
    assert not {"events_per_s", "seq"} & own.figures.keys()


def test_the_demo_says_that_it_is_one() -> None:
    assert "Demo: these numbers come from simulated senders." in shown(demo=True).text
    assert "simulated" not in shown().text


def test_boards_are_linked_where_grafana_is_known() -> None:
    links = {"grafana_url": "https://comms.example/grafana", "docs_url": "https://docs.example/comms"}
    page = shown({"links": links})
    assert 'href="https://comms.example/grafana/d/money"' in page.html
    assert 'href="https://docs.example/comms"' in page.html
    assert "Boards" not in shown().text


def test_the_boards_are_those_that_are_shipped() -> None:
    shipped = {json.loads(path.read_text())["uid"] for path in DASHBOARDS.glob("*.json")}
    assert set(BOARDS) == shipped


def test_what_was_wrong_with_a_token_is_escaped() -> None:
    assert "<i>" not in login("<i>")
    assert 'role="alert"' not in login(None)
