"""WhatsApp Cloud: news about templates, numbers and accounts, each state from a closed list."""

from __future__ import annotations

from typing import Any

import pytest

from exporter.sources.whatsapp_account_fields import FIELDS
from exporter.vocabulary import ErrorClass
from tests.unit.sources.whatsapp_sent import METADATA, news, notification, read

STATED = {
    field: known
    for field, known in FIELDS.items()
    if known.named_by and known.states and field != "smb_message_echoes"
}


def one(field: str, value: Any, senders: dict[str, str] | None = None, **entry: Any) -> Any:
    (event,) = news(field, value, senders, **entry)
    return event


def value_with(field: str, word: object) -> dict[str, Any]:
    """A value of that field whose state is a word."""
    known = FIELDS[field]
    element = {known.named_by[0]: word}
    return {known.lists[0]: [element]} if known.lists else element


@pytest.mark.parametrize("field", STATED)
def test_every_documented_state_is_itself_in_lower_case_and_another_is_other(field):
    for state in STATED[field].states:
        assert one(field, value_with(field, state.upper())).state == state
    assert one(field, value_with(field, "BRAND_NEW")).state == "other"
    assert one(field, value_with(field, 'x"}\n')).state == "other"


@pytest.mark.parametrize("field", STATED)
@pytest.mark.parametrize("odd", [None, "", 5, ["x"], {"x": 1}, "\ud83d"])
def test_a_state_that_is_no_word_is_left_out(field, odd):
    assert one(field, value_with(field, odd)).state is None


@pytest.mark.parametrize("field", sorted(FIELDS.keys() - {"errors"}))
@pytest.mark.parametrize(
    "value", [{}, "oops", None, {"calls": "oops"}, {"groups": {}}, {"message_echoes": None}]
)
def test_news_without_anything_readable_is_counted_under_its_field(field, value):
    event = one(field, value)
    assert (event.field, event.state, event.value) == (field, None, None)


def test_an_unknown_field_is_other_and_keeps_a_state_that_is_known_elsewhere():
    assert (one("brand_new", {"event": "PARTNER_ADDED"}).field, one("brand_new", {}).state) == ("other", None)
    assert one("brand_new", {"event": "PARTNER_ADDED"}).state == "partner_added"
    assert one("brand_new", {"event": "BRAND_NEW"}).state == "other"
    assert [one(odd, {}).field for odd in ("", "x" * 20_000, "messages2")] == ["other"] * 3


@pytest.mark.parametrize("field", [5, None, ["account_update"], {"a": 1}, True])
def test_a_field_that_is_no_text_is_other(field):
    (submission,) = read(notification({"event": "PARTNER_ADDED"}, field)).submissions
    assert submission.event.field == "other"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("limit", "state", "customers"),
    [
        (250, None, 250),
        (2_000, None, 2_000),
        (-1, "unlimited", None),
        ("-1", "unlimited", None),
        ("TIER_UNLIMITED", "unlimited", None),
        ("UNLIMITED", "unlimited", None),
        ("TIER_50", None, 50),
        ("TIER_2K", None, 2_000),
        ("TIER_100K", None, 100_000),
        ("TIER_NOT_SET", None, None),
        ("TIER_٢", None, None),
        (-5, None, None),
        (10**400, None, None),
        (True, None, None),
        (2.5, None, None),
        ([250], None, None),
    ],
)
@pytest.mark.parametrize(
    "name", ["max_daily_conversations_per_business", "max_daily_conversation_per_phone", "current_limit"]
)
def test_a_limit_has_many_spellings(name, limit, state, customers):
    for field in ("business_capability_update", "phone_number_quality_update"):
        event = one(field, {name: limit})
        assert (event.state, event.value) == (state, customers)


def test_the_newest_name_of_a_limit_wins_and_one_that_says_nothing_does_not():
    both = {"current_limit": "TIER_NOT_SET", "max_daily_conversations_per_business": "TIER_250"}
    assert one("phone_number_quality_update", both).value == 250
    assert one("phone_number_quality_update", both | {"current_limit": "TIER_2K"}).value == 250
    both["max_daily_conversations_per_business"] = "TIER_NOT_SET"
    assert one("phone_number_quality_update", both | {"current_limit": "TIER_2K"}).value == 2_000


@pytest.mark.parametrize("quality", ["FLAGGED", "UNFLAGGED"])
def test_a_quality_is_not_hidden_by_an_unlimited_number(quality):
    event = one("phone_number_quality_update", {"event": quality, "current_limit": "TIER_UNLIMITED"})
    assert (event.state, event.value) == (quality.lower(), None)


def test_only_news_about_limits_has_one():
    assert one("account_update", {"event": "PARTNER_ADDED", "current_limit": "TIER_2K"}).value is None


@pytest.mark.parametrize(
    ("value", "subject"),
    [
        ({"message_template_name": "order_confirmation", "metadata": METADATA}, "order_confirmation"),
        ({"metadata": METADATA}, "phone_number_id:77"),
        ({"display_phone_number": "15550783881"}, "waba:1"),
        ({"display_phone_number": "+1 555-078-3882"}, "support"),
        ({"phone_number": "15550783882"}, "support"),
        ({}, "waba:1"),
        ({"message_template_name": ["x"]}, "waba:1"),
    ],
)
def test_the_subject_is_the_template_or_our_number_and_never_a_telephone_number(value, subject):
    assert one("account_update", value, {"15550783882": "support"}).subject == subject


def test_an_account_may_have_an_alias_too():
    assert one("business_capability_update", {}, {"1": "main"}).subject == "main"


@pytest.mark.parametrize("account_id", [None, 5, "", "a\0b", ["1"], "x" * 600])
def test_an_account_without_a_usable_id_has_no_subject(account_id):
    assert one("account_update", {}, id=account_id).subject is None


def test_an_alert_is_read_in_its_old_and_in_its_new_form():
    for value in ({"alert_severity": "CRITICAL"}, {"alert_info": {"alert_severity": "CRITICAL"}}):
        assert one("account_alerts", value).state == "critical"
    assert one("account_alerts", {"alert_info": "oops"}).state is None


def test_each_call_and_each_status_and_error_of_calls_is_news():
    value = {
        "calls": [
            {"event": "connect"},
            {"event": "terminate", "status": "COMPLETED", "timestamp": "1755000000"},
        ],
        "statuses": [{"type": "call", "status": "RINGING"}],
        "errors": [{"code": 131044}, {"code": "oops"}],
    }
    events = news("calls", value, time=1755000005)
    assert [event.state for event in events] == [
        "connect",
        "completed",
        "ringing",
        ErrorClass.UNKNOWN,
        ErrorClass.UNKNOWN,
    ]
    assert [event.at.timestamp() % 10 for event in events] == [5, 0, 5, 5, 5]
    assert {event.field for event in events} == {"calls"}


def test_a_list_that_is_none_does_not_stop_those_beside_it():
    value = {"calls": [{"event": "connect"}], "statuses": "oops", "errors": None}
    assert [event.state for event in news("calls", value)] == ["connect", None]


def test_each_group_of_a_notification_is_news_with_a_key_of_its_own():
    groups = [{"type": "group_suspend", "group_id": name, "timestamp": "1755000000"} for name in ("a", "a")]
    batch = read(notification({"groups": groups}, "group_status_update"))
    assert [s.event.state for s in batch.submissions] == ["group_suspend", "group_suspend"]  # type: ignore[union-attr]
    assert len({s.key for s in batch.submissions}) == 2
