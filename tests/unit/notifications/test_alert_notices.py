"""Alerts of Alertmanager that concern a tenant."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exporter.errors import Rejected
from exporter.ledger.notifications import Notice
from exporter.notifications.alert_notices import alert_notices

ALERT: dict[str, Any] = {
    "status": "firing",
    "labels": {"alertname": "DeliveryRatioLow", "severity": "page", "tenant": "acme", "channel": "sms"},
    "annotations": {"summary": "Messages do not arrive", "description": "90% of acme's SMS arrive."},
    "startsAt": "2026-11-20T12:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "fingerprint": "77c5b1a5b0e3b4f9",
}


def read(*alerts: dict[str, Any], **fields: Any) -> tuple[list[Notice], int]:
    body = {"version": "4", "status": "firing", "receiver": "r", "alerts": list(alerts), **fields}
    return alert_notices(json.dumps(body).encode(), {})


def test_an_alert_of_a_tenant_is_told_to_those_who_run_it() -> None:
    ((notice,), ignored) = read(ALERT)
    assert (notice.tenant, notice.user, notice.role, ignored) == ("acme", None, "tenant_admin", 0)
    assert (notice.type, notice.title) == ("error", "DeliveryRatioLow")
    assert notice.message == "90% of acme's SMS arrive."
    assert json.loads(notice.data or "") == {
        "alertname": "DeliveryRatioLow",
        "severity": "page",
        "channel": "sms",
        "status": "firing",
        "starts_at": "2026-11-20T12:00:00Z",
    }


def test_a_ticket_warns_and_its_end_is_good_news() -> None:
    ticket = {**ALERT, "labels": {**ALERT["labels"], "severity": "ticket"}}
    (firing, resolved), _ = read(ticket, {**ticket, "status": "resolved"})
    assert (firing.type, resolved.type, resolved.title) == (
        "warning", "success", "Resolved: DeliveryRatioLow",
    )  # fmt: skip


def test_an_alert_of_no_tenant_is_counted_as_ignored() -> None:
    labels = {"alertname": "LedgerDown"}
    assert read({**ALERT, "labels": labels}, {**ALERT, "labels": {**labels, "tenant": ""}}) == ([], 2)


def test_a_repeat_has_the_same_cause_and_another_time_or_end_another() -> None:
    again, later = {**ALERT}, {**ALERT, "startsAt": "2026-11-20T13:00:00Z"}
    told, _ = read(ALERT, again, later, {**ALERT, "status": "resolved"})
    causes = [notice.cause for notice in told]
    assert causes[0] == causes[1]
    assert len(set(causes)) == 3


def test_without_a_fingerprint_the_labels_tell_alerts_apart() -> None:
    bare = {key: value for key, value in ALERT.items() if key != "fingerprint"}
    other = {**bare, "labels": {**bare["labels"], "channel": "email"}}
    told, _ = read(bare, bare, other)
    assert len({notice.cause for notice in told}) == 2


def test_more_alerts_than_anybody_reads_are_ignored() -> None:
    told, ignored = read(*[ALERT] * 1_005)
    assert (len(told), ignored) == (1_000, 5)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"alerts": {}}', b'{"alerts": [{"labels": 1}]}', b"\xff"]
)
def test_what_is_no_notification_is_rejected(body: bytes) -> None:
    with pytest.raises(Rejected):
        alert_notices(body, {})


def test_strange_text_becomes_plain() -> None:
    strange = {**ALERT, "annotations": {"summary": "a\r\nb\x00\ud800 {tenant}"}, "startsAt": "\x00"}
    ((notice,), _) = read(strange)
    assert notice.message.isprintable()
    assert "{tenant}" in notice.message
    (notice.data or "").encode()
