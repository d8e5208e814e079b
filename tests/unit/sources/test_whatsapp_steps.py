"""WhatsApp Cloud: what a status, a customer's message or an echo from the phone app says about a message."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from exporter.event import Account, Message
from exporter.vocabulary import Direction, ErrorClass, Status
from tests.unit.sources.sent import NOW, whatsapp_request
from tests.unit.sources.whatsapp_sent import (
    INBOUND,
    METADATA,
    STATUS,
    notification,
    read,
    received,
    step,
    whatsapp,
)

PERSON = "US.13491208655302741918"
GROUP = {"recipient_type": "group", "recipient_id": "Y2FwaV9ncm91cDox"}


def echo(**message: Any) -> Any:
    echoed = {
        "id": "wamid.9",
        "from": "15550783881",
        "to": "447700900123",
        "timestamp": "1755000000",
    } | message
    (submission,) = read(notification({"message_echoes": [echoed]}, "smb_message_echoes")).submissions
    return submission.event


@pytest.mark.parametrize(
    ("given", "peer", "country"),
    [
        ({"recipient_id": "16505551234"}, "16505551234", "US"),
        ({"recipient_id": "+447700900123", "recipient_user_id": PERSON}, "+447700900123", "GB"),
        ({"recipient_user_id": PERSON}, PERSON, "US"),
        ({"recipient_user_id": "us.1"}, "us.1", None),
        ({"recipient_user_id": "1É.1"}, "1É.1", None),
        ({"recipient_id": "", "recipient_user_id": 5}, None, None),
        ({"recipient_id": ["16505551234"]}, None, None),
        ({}, None, None),
    ],
)
def test_the_customer_of_a_status_is_its_peer_and_tells_the_country(given, peer, country):
    event = step(**given)
    assert (event.peer, event.country) == (peer, country)


def test_the_customer_of_a_message_is_its_peer_by_number_or_else_by_user_id():
    assert received()[0].peer == "16505551234"
    by_id = {"from": None, "from_user_id": PERSON}
    assert (received(**by_id)[0].peer, received(**by_id)[0].country) == (PERSON, "US")


@pytest.mark.parametrize("kind", ["edit", "reaction", "revoke", "system"])
def test_what_nobody_has_to_answer_has_no_peer(kind):
    event, _ = received(type=kind)
    assert (event.peer, event.country, event.message_type) == (None, "US", kind)


@pytest.mark.parametrize(
    ("senders", "sender"),
    [
        ({}, "phone_number_id:77"),
        ({"77": "shop"}, "shop"),
        ({"+1 (555) 078-3881": "support"}, "support"),
        ({"15550783881": "support", "77": "shop"}, "shop"),
        ({"1": "account"}, "phone_number_id:77"),
    ],
)
def test_our_number_goes_by_its_alias_or_else_by_its_id(senders, sender):
    value = {"metadata": METADATA, "statuses": [STATUS], "messages": [INBOUND]}
    submissions = whatsapp(senders=senders).read(whatsapp_request(notification(value))).submissions
    assert [s.event.sender for s in submissions] == [sender, sender]  # type: ignore[union-attr]


def test_without_a_number_of_ours_the_account_has_to_do():
    assert step().sender == "waba:1"


@pytest.mark.parametrize(
    ("pricing", "category", "pricing_type"),
    [
        (
            {"type": "regular", "category": "authentication-international"},
            "authentication_international",
            "regular",
        ),
        (
            {"type": "regular", "category": "AUTHENTICATION_INTERNATIONAL"},
            "authentication_international",
            "regular",
        ),
        (
            {"type": "free_entry_point", "category": "referral_conversion"},
            "referral_conversion",
            "free_entry_point",
        ),
        ({"billable": True, "pricing_model": "PMP", "category": "utility"}, "utility", "regular"),
        ({"billable": False, "pricing_model": "PMP", "category": "utility"}, "utility", "free"),
        ({"billable": True, "pricing_model": "CBP", "category": "service"}, "service", "conversation"),
        ({"pricing_model": "CBP", "category": "service"}, "service", "conversation"),
        ({"billable": False, "pricing_model": "CBP", "category": "service"}, "service", "free"),
        ({"billable": "yes", "pricing_model": "XYZ"}, None, None),
        ({"type": "brand_new"}, None, "brand_new"),
        ({}, None, None),
        (None, None, None),
        ("free", None, None),
    ],
)
def test_both_pricing_models_say_category_and_type(pricing, category, pricing_type):
    event = step(pricing=pricing)
    assert (event.category, event.pricing_type) == (category, pricing_type)


def test_a_category_left_out_is_the_origin_of_the_conversation():
    event = step(conversation={"id": "c1", "origin": {"type": "marketing"}}, pricing={"type": "regular"})
    assert (event.conversation_id, event.category, event.pricing_type) == ("c1", "marketing", "regular")


@pytest.mark.parametrize("origin", [5, "x", [], {"type": 5}, {"type": "a\0"}])
def test_an_odd_origin_is_left_out(origin):
    assert step(conversation={"id": "c1", "origin": origin}).category is None


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (0, ErrorClass.AUTH),
        (131041, ErrorClass.INVALID_NUMBER),
        (131026, ErrorClass.UNREACHABLE),
        (130497, ErrorClass.BLOCKED),
        (131050, ErrorClass.OPTED_OUT),
        (131049, ErrorClass.FILTERED),
        (133010, ErrorClass.UNREGISTERED),
        (131208, ErrorClass.RATE_LIMITED),
        (131047, ErrorClass.OUTSIDE_WINDOW),
        (130501, ErrorClass.CONTENT),
        (131053, ErrorClass.MEDIA),
        (132015, ErrorClass.TEMPLATE),
        (134011, ErrorClass.ACCOUNT),
        (131215, ErrorClass.PERMISSION),
        (131035, ErrorClass.EXPIRED),
        (131057, ErrorClass.PROVIDER),
        (987654, ErrorClass.UNKNOWN),
    ],
)
def test_a_failure_has_the_class_of_its_code(code, meaning):
    event = step(status="failed", errors=[{"code": code}])
    assert (event.error_code, event.error_class) == (str(code), meaning)


def test_each_participant_of_a_group_has_a_ladder_of_their_own():
    heard = [
        STATUS | GROUP | {"status": status, "recipient_participant_id": person}
        for status in ("delivered", "read")
        for person in ("16505551234", "447700900123")
    ]
    for statuses in permutations(heard):
        events = [s.event for s in read(notification({"statuses": [*statuses, heard[0]]})).submissions]
        steps = {(e.message_id, e.status, e.country, e.peer) for e in events if isinstance(e, Message)}
        assert steps == {
            (f"wamid.1:{person}", status, country, GROUP["recipient_id"])
            for person, country in (("16505551234", "US"), ("447700900123", "GB"))
            for status in (Status.DELIVERED, Status.READ)
        }


def test_a_participant_may_be_known_by_user_id_only():
    assert step(**GROUP, recipient_participant_user_id=PERSON).message_id == f"wamid.1:{PERSON}"


def test_a_groups_own_step_has_no_ladder_and_a_key_instead():
    """Nobody reports a final status of the whole group: it would be overdue for good."""
    batch = read(notification({"statuses": [STATUS | GROUP, STATUS | GROUP | {"status": "failed"}]}))
    assert [(s.event.message_id, s.key) for s in batch.submissions] == [  # type: ignore[union-attr]
        (None, "group:wamid.1:sent"),
        (None, "group:wamid.1:failed"),
    ]


@pytest.mark.parametrize("bad_id", [None, 5, "a\0b", "x" * 512])
def test_a_group_status_without_a_usable_id_is_parked(bad_id):
    status = STATUS | GROUP | {"id": bad_id, "recipient_participant_id": "16505551234"}
    batch = read(notification({"statuses": [status, STATUS]}))
    assert (len(batch.submissions), len(batch.parked)) == (1, 1)


def test_the_peer_of_a_message_to_a_group_is_the_group():
    assert received(group_id="G1")[0].peer == "G1"
    assert step(**GROUP).peer == GROUP["recipient_id"]


def test_a_message_from_the_phone_app_is_an_outbound_message_that_was_sent():
    event = echo(type="text")
    assert isinstance(event, Message)
    assert (event.direction, event.status, event.message_id) == (Direction.OUTBOUND, Status.SENT, "wamid.9")
    assert (event.peer, event.country, event.message_type) == ("447700900123", "GB", "text")


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_a_message_changed_in_the_phone_app_is_not_another_message(kind):
    event = echo(type=kind)
    assert isinstance(event, Account)
    assert (event.field, event.state) == ("smb_message_echoes", kind)


def test_an_odd_echo_does_not_stop_those_beside_it():
    good = {"id": "wamid.9", "type": "text"}
    batch = read(notification({"message_echoes": ["oops", {}, good]}, "smb_message_echoes"))
    assert [s.event.message_id for s in batch.submissions] == ["wamid.9"]  # type: ignore[union-attr]
    assert (len(batch.parked), batch.submissions[0].event.at) == (2, NOW)


@pytest.mark.parametrize("field", ["calls", "history", "group_status_update"])
def test_statuses_of_other_fields_are_no_messages(field):
    value = {"statuses": [STATUS], "messages": [INBOUND], "history": [{"threads": [{"messages": [INBOUND]}]}]}
    events = [s.event for s in read(notification(value, field)).submissions]
    assert [(type(event), event.field) for event in events] == [(Account, field)]  # type: ignore[union-attr]
