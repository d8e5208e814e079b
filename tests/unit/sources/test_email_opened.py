"""POST /webhook/email-opened: what is an opening, by whom, and when a second one is a repeat."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from exporter.errors import Reason, Rejected, SignatureFailure
from exporter.event import Engagement, Submission
from exporter.sources.email_opened import EmailOpened
from exporter.vocabulary import Actor, Channel
from tests.unit.sources.sent import NOW, request

AT = "2026-11-20T10:00:00Z"


def taken(**body: Any) -> Submission:
    (submission,) = EmailOpened(()).read(request(json.dumps(body))).submissions
    return submission


def key(**body: Any) -> str | None:
    return taken(message_id="m1", **body).key


def test_a_message_id_is_enough():
    submission = taken(message_id="m1")
    assert submission.source == "track"
    assert submission.event == Engagement(
        at=NOW, action="open", actor=Actor.HUMAN, channel=Channel.EMAIL, message_id="m1"
    )


def test_the_example_of_the_guide_has_a_number_for_an_id():
    assert taken(message_id=456).event.message_id == "456"


def test_the_tenant_the_user_and_the_time_are_taken():
    event = taken(message_id="m1", tenant="acme", user_id=42, at=AT).event
    assert (event.tenant, event.user, event.at) == ("acme", "42", datetime(2026, 11, 20, 10, tzinfo=UTC))


@pytest.mark.parametrize("name", ["at", "timestamp"])
@pytest.mark.parametrize("at", ["2026-11-20T10:00:00", "2026-11-20T12:00:00+02:00", AT])
def test_a_time_has_two_names_and_without_a_zone_it_is_utc(name, at):
    assert taken(message_id="m1", **{name: at}).event.at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("user_agent", "actor"),
    [
        (None, Actor.HUMAN),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15", Actor.HUMAN),
        ("Mozilla/5.0", Actor.MACHINE),
        ("Barracuda Sentinel (EE)", Actor.MACHINE),
    ],
)
def test_a_machine_that_opens_is_told_by_its_user_agent(user_agent, actor):
    assert taken(message_id="m1", user_agent=user_agent).event.actor is actor


def test_what_cannot_be_told_apart_is_one_opening():
    assert key() == key()
    assert key() is not None


def test_openings_at_different_times_are_different_and_a_retry_of_one_is_not():
    assert key(at=AT) == key(at="2026-11-20T12:00:00+02:00")
    assert len({key(), key(at=AT), key(at="2026-11-20T10:00:01Z")}) == 3


def test_the_callers_own_id_tells_openings_apart():
    assert key(event_id="o1", at=AT) == key(event_id="o1") == "o1"


def test_keys_of_different_messages_never_meet():
    at = "2026-11-20T10:00:00+00:00"
    assert taken(message_id="m1", at=at).key != taken(message_id=f'm1","{at}').key


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", Reason.MALFORMED_BODY),
        (b"message_id=1", Reason.MALFORMED_BODY),
        (b"[]", Reason.MALFORMED_BODY),
        (b"{}", Reason.MALFORMED_BODY),
        (b'{"message_id": null}', Reason.MALFORMED_BODY),
        (b'{"message_id": ""}', Reason.BAD_FIELD),
        (b'{"message_id": "a\\u0000b"}', Reason.BAD_FIELD),
        (b'{"message_id": "\\ud800"}', Reason.MALFORMED_BODY),
        (b'{"message_id": "%s"}' % (b"x" * 513), Reason.BAD_FIELD),
        (b'{"message_id": %s}' % (b"1" * 5_000), Reason.MALFORMED_BODY),
        (b'{"message_id": 1, "tenant": ""}', Reason.BAD_FIELD),
        (b'{"message_id": 1, "event_id": "\\u0000"}', Reason.BAD_FIELD),
        (b'{"message_id": 1, "at": "yesterday"}', Reason.MALFORMED_BODY),
        (b'{"message_id": 1, "at": "1999-01-01T00:00:00Z"}', Reason.BAD_TIMESTAMP),
        (b'{"message_id": 1, "at": "0001-01-01T00:00:00+14:00"}', Reason.BAD_TIMESTAMP),
    ],
)
def test_what_is_no_opening_is_rejected_with_its_reason(body, reason):
    with pytest.raises(Rejected) as rejected:
        EmailOpened(()).read(request(body))
    assert rejected.value.reason is reason


def test_a_refusal_names_the_field_and_no_value():
    with pytest.raises(Rejected) as rejected:
        EmailOpened(()).read(request(b'{"message_id": 1, "at": "canary"}'))
    assert rejected.value.detail == "at: Invalid RFC3339 encoded datetime"


def test_the_guides_example_without_authentication_is_refused_where_a_token_is_set():
    source = EmailOpened((b"token",))
    with pytest.raises(SignatureFailure):
        source.read(request(b'{"message_id": 1}'))
    assert source.read(request(b'{"message_id": 1}', {"Authorization": "Bearer token"})).submissions
