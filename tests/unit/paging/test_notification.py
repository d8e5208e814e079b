"""What Alertmanager posts is read whatever it leaves out, and what tells alerts apart survives its order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import Rejected
from exporter.paging.notification import Notification, group_key, identities, read_notification
from exporter.paging.text import page_text

CASES = json.loads((Path(__file__).parents[2] / "data/alertmanager/webhook_payloads.json").read_text())[
    "cases"
]
BY_ID = {case["id"]: json.loads(case["body"]) for case in CASES}


def taken(body: dict[str, Any]) -> Notification:
    return read_notification(json.dumps(body).encode())


@pytest.mark.parametrize("name", BY_ID)
def test_recorded_notifications_are_read(name: str) -> None:
    notification = taken(BY_ID[name])
    assert notification.status == BY_ID[name]["status"]
    assert len(identities(notification)) == len(BY_ID[name]["alerts"])
    assert page_text(notification).startswith(BY_ID[name]["status"].upper())


def test_the_order_of_alerts_does_not_matter() -> None:
    body = BY_ID["firing"]
    turned = {**body, "alerts": body["alerts"][::-1]}
    assert identities(taken(body)) == identities(taken(turned))


def test_an_alert_that_began_anew_is_another_one() -> None:
    body = BY_ID["firing"]
    later = {**body, "alerts": [{**alert, "startsAt": "2026-08-02T10:00:00Z"} for alert in body["alerts"]]}
    assert not set(identities(taken(body))) & set(identities(taken(later)))


def test_without_a_fingerprint_labels_tell_alerts_apart() -> None:
    body = BY_ID["msteams_sample"]
    alert = body["alerts"][0]
    another = {**alert, "labels": {**alert["labels"], "instance": "other"}}
    assert len(identities(taken({**body, "alerts": [alert, another, alert]}))) == 2


def test_alerts_that_ended_are_no_part_of_a_group_that_fires() -> None:
    body = BY_ID["firing"]
    ended = {**body["alerts"][1], "status": "resolved"}
    assert len(identities(taken({**body, "alerts": [body["alerts"][0], ended]}))) == 1


def test_the_name_of_a_group_is_kept_as_a_digest_only() -> None:
    key = group_key(taken(BY_ID["firing"]))
    assert key == group_key(taken(BY_ID["resolved"]))
    assert "Sms" not in key


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["groupKey", "status", "alerts", "labels", "startsAt"]), inner)
        ),
    )
)
def test_json_of_another_shape_is_refused(value: object) -> None:
    with pytest.raises(Rejected):
        read_notification(json.dumps(value).encode())


@given(st.binary(max_size=300))
def test_bytes_that_are_no_notification_are_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        read_notification(body)
