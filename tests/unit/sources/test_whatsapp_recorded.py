"""WhatsApp Cloud: every recorded notification becomes exactly the events that its entry names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exporter.error_class import error_class
from exporter.event import Account, Engagement, Message
from exporter.label import REDACTED, label
from exporter.sources.whatsapp_account_fields import FIELDS
from exporter.vocabulary import Direction, ErrorClass, Status
from tests.unit.sources.sent import fixture, of_case
from tests.unit.sources.whatsapp_sent import whatsapp

WEBHOOKS = fixture("whatsapp/webhooks.json")["webhooks"]
CLICKS = ("button_reply", "list_reply", "nfm_reply")
LIMITS = {"TIER_250": 250, "TIER_2K": 2_000, "TIER_10K": 10_000, "TIER_100K": 100_000}


def value_of(entry: dict[str, Any]) -> dict[str, Any]:
    value = json.loads(entry["body"])["entry"][0]["changes"][0]["value"]
    assert isinstance(value, dict)
    return value


def events_of(entry: dict[str, Any]) -> list[Any]:
    return [submission.event for submission in whatsapp().read(of_case(entry)).submissions]


def check_step(event: Any, expect: dict[str, Any], entry: dict[str, Any]) -> None:
    assert isinstance(event, Message)
    assert (event.direction, event.message_id) == (Direction.OUTBOUND, expect["id"])
    assert (event.status, event.peer) == (
        expect["status"],
        expect["recipient_id"] or value_of(entry)["statuses"][0]["recipient_user_id"],
    )
    codes = [str(code) for code in expect["error_codes"]]
    assert event.error_code == (codes[0] if codes else None)
    failed = event.status is Status.FAILED
    assert event.error_class is (error_class(codes[0]) if failed else ErrorClass.NONE)
    assert not failed or event.error_class not in (ErrorClass.UNKNOWN, ErrorClass.OTHER)
    assert str(int(event.at.timestamp())) == expect["timestamp"]
    check_price(event, expect)


def check_price(event: Message, expect: dict[str, Any]) -> None:
    pricing = expect["pricing"] or {}
    category = pricing.get("category")
    assert event.category == (category and category.replace("-", "_"))
    by_model = "conversation" if pricing.get("pricing_model") == "CBP" else None
    assert event.pricing_type == (pricing.get("type") or by_model)


def check_message(event: Any, expect: dict[str, Any], entry: dict[str, Any]) -> None:
    assert isinstance(event, Message)
    assert (event.direction, event.status) == (Direction.INBOUND, Status.RECEIVED)
    assert (event.message_id, event.message_type) == (expect["id"], expect["type"])
    assert str(int(event.at.timestamp())) == expect["timestamp"]
    assert event.error_code == (str(expect["error_codes"][0]) if expect["error_codes"] else None)
    assert event.error_class is ErrorClass.NONE


def check_account(event: Any, expect: dict[str, Any], entry: dict[str, Any]) -> None:
    assert isinstance(event, Account)
    assert event.field == (expect["field"] or "other")
    stated = [
        expect[name] for name in FIELDS.get(event.field, FIELDS["account_update"]).named_by if name in expect
    ]
    limits = [
        expect[name] for name in ("max_daily_conversations_per_business", "current_limit") if name in expect
    ]
    unlimited = bool(limits) and limits[0] in (-1, "TIER_UNLIMITED")
    if stated or unlimited:
        assert event.state == ("unlimited" if unlimited else stated[0].lower())
    if limits:
        assert event.value == (None if unlimited else LIMITS.get(limits[0], limits[0]))
    if "message_template_name" in expect:
        assert event.subject == expect["message_template_name"]
    else:
        assert event.subject is not None
        assert event.subject.startswith(("phone_number_id:", "waba:"))


def check_call(event: Any, expect: dict[str, Any], entry: dict[str, Any]) -> None:
    assert isinstance(event, Account)
    stated = (expect["status"] or expect["event"]).lower()
    assert (event.field, event.state) == ("calls", stated if stated.isalpha() else "other")


def check_error(event: Any, expect: dict[str, Any], entry: dict[str, Any]) -> None:
    assert isinstance(event, Account)
    assert event.field == ("errors" if expect["field"] == "messages" else expect["field"])
    assert event.state == error_class(str(expect["error_codes"][0]))


def check_echo(event: Any, expect: dict[str, Any], entry: dict[str, Any]) -> None:
    """Every recorded echo edits or deletes; a new message has a test of its own."""
    assert isinstance(event, Account)
    assert (event.field, event.state) == ("smb_message_echoes", expect["type"])


def check_preference(event: Any, expect: dict[str, Any], entry: dict[str, Any]) -> None:
    assert isinstance(event, Engagement)
    assert (event.action, event.message_id) == ("opt_in", None)
    assert event.at.timestamp() == value_of(entry)["user_preferences"][0]["timestamp"]


CHECKS = {
    "account": check_account,
    "call": check_call,
    "error": check_error,
    "message": check_message,
    "message_echo": check_echo,
    "user_preference": check_preference,
}


def engagements_expected(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """The rule: a reaction with an emoji, else what answers a message by its id."""
    expected = []
    for message in value_of(entry).get("messages", []):
        if message["type"] == "reaction":
            reaction = message["reaction"]
            expected += [("reaction", reaction["message_id"])] if reaction.get("emoji") else []
        elif "id" in message.get("context", {}):
            pressed = message["type"] == "button" or message.get("interactive", {}).get("type") in CLICKS
            expected.append(("click" if pressed else "reply", message["context"]["id"]))
    return expected


@pytest.mark.parametrize("entry", WEBHOOKS, ids=lambda entry: entry["id"])
def test_a_recorded_notification_becomes_the_events_it_holds(entry):
    batch = whatsapp().read(of_case(entry))
    assert not batch.parked
    events = [s.event for s in batch.submissions]
    answers = [e for e in events if isinstance(e, Engagement) and e.action in ("click", "reply", "reaction")]
    others = [event for event in events if event not in answers]
    assert [(answer.action, answer.message_id) for answer in answers] == engagements_expected(entry)
    for event, expect in zip(others, entry["expect"]["events"], strict=True):
        is_call = expect["field"] == "calls" and expect["kind"] == "status"
        check = check_call if is_call else CHECKS.get(expect["kind"], check_step)
        check(event, expect | ({"event": None} if is_call else {}), entry)


@pytest.mark.parametrize("entry", WEBHOOKS, ids=lambda entry: entry["id"])
def test_a_recorded_person_is_the_peer_of_a_message_and_nothing_else(entry):
    for event in events_of(entry):
        assert event.user is None
        kept_in_the_ledger = ("peer", "own_number")
        shown = str({n: getattr(event, n) for n in event.__struct_fields__ if n not in kept_in_the_ledger})
        if isinstance(event, Message):
            assert event.own_number != event.peer
        for person in ("16505551234", "972987654321", "Test Name", "US.1349", "15550783881"):
            assert person not in shown


@pytest.mark.parametrize("entry", WEBHOOKS, ids=lambda entry: entry["id"])
def test_what_may_become_a_label_needs_no_redaction(entry):
    for event in events_of(entry):
        for name in ("subject", "sender", "state", "field", "action"):
            value = getattr(event, name, None)
            assert value is None or label(value) == value != REDACTED


@pytest.mark.parametrize("entry", WEBHOOKS, ids=lambda entry: entry["id"])
def test_raw_is_the_elements_own_bytes(entry):
    for submission in whatsapp().read(of_case(entry)).submissions:
        assert submission.raw in entry["body"].encode()
        assert submission.raw.startswith(b"{")


@pytest.mark.parametrize("entry", WEBHOOKS, ids=lambda entry: entry["id"])
def test_a_notification_sent_again_is_recognised_event_by_event(entry):
    def identities() -> list[Any]:
        batch = whatsapp().read(of_case(entry))
        return [s.key or (s.event.message_id, s.event.status) for s in batch.submissions]  # type: ignore[union-attr]

    assert identities() == identities()
    assert len(set(identities())) == len(identities())
