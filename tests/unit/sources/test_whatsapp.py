"""WhatsApp Cloud: how a notification is taken apart into steps, news and what is parked, for which tenant."""

from __future__ import annotations

import contextlib
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected
from exporter.vocabulary import RANK, Status
from tests.unit.sources.sent import fixture, of_case, whatsapp_request
from tests.unit.sources.whatsapp_sent import INBOUND, STATUS, notification, read, seconds_of, whatsapp

SEQUENCES = fixture("whatsapp/sequences.json")["sequences"]


def test_an_unknown_field_is_counted_under_other():
    (submission,) = read(notification({"event": "SOMETHING"}, "brand_new_field")).submissions
    assert (submission.event.field, submission.event.state) == ("other", "other")


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence["id"])
def test_a_recorded_sequence_has_the_transitions_it_names(sequence):
    events = [s.event for step in sequence["steps"] for s in whatsapp().read(of_case(step)).submissions]
    pairs = {(event.message_id, event.status): event for event in events}
    expect = sequence["expect"]
    assert Counter(status.value for _, status in pairs) == Counter(expect["status_transitions"])
    states: dict[str, Status] = {}
    for message_id, status in pairs:
        states[message_id] = max(states.get(message_id, status), status, key=RANK.__getitem__)
    assert {message_id: status.value for message_id, status in states.items()} == expect["final_status"]


def test_a_batch_of_250_statuses_is_250_steps():
    batch = whatsapp().read(of_case(fixture("whatsapp/batch.json")))
    assert len({(s.event.message_id, s.event.status) for s in batch.submissions}) == 250
    assert not batch.parked


def test_one_odd_status_does_not_stop_those_beside_it():
    odd = ["oops", {"id": 5, "status": "sent"}, {"id": "wamid.x", "status": ["sent"]}, {"status": "sent"}]
    batch = read(notification({"statuses": [STATUS, *odd, STATUS | {"id": "wamid.3"}]}))
    assert [s.event.message_id for s in batch.submissions] == ["wamid.1", "wamid.3"]
    assert [(p.index, p.reason) for p in batch.parked] == [
        (1, Reason.BAD_FIELD),
        (2, Reason.BAD_FIELD),
        (3, Reason.BAD_FIELD),
        (4, Reason.MISSING_FIELD),
    ]


def test_a_step_needs_no_key_and_other_news_has_one_of_its_own_bytes():
    first = read(notification({"event": "APPROVED"}, "message_template_status_update", time=1755000000))
    again = read(notification({"event": "APPROVED"}, "message_template_status_update", time=1755000000))
    later = read(notification({"event": "APPROVED"}, "message_template_status_update", time=1755000001))
    other = read(notification({"event": "PAUSED"}, "message_template_status_update", time=1755000000))
    keys = [batch.submissions[0].key for batch in (first, again, later, other)]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert read(notification({"statuses": [STATUS]})).submissions[0].key is None


def test_each_error_without_a_message_is_news_of_its_own():
    batch = read(notification({"errors": [{"code": 131035}, {"code": 131035}, {}]}))
    assert [(s.event.field, s.event.state) for s in batch.submissions] == [
        ("errors", "expired"),
        ("errors", "expired"),
        ("errors", None),
    ]
    assert len({s.key for s in batch.submissions}) == 3


def test_a_notification_with_far_too_many_updates_is_rejected_whole():
    parts = ",".join(["{}"] * 20_001)
    for field, value in (
        ("messages", f'{{"statuses":[{parts}]}}'),
        ("messages", f'{{"messages":[{parts}]}}'),
        ("calls", f'{{"calls":[{parts}]}}'),
    ):
        change = f'{{"field":"{field}","value":{value}}}'
        with pytest.raises(Rejected) as rejected:
            read(f'{{"entry":[{{"changes":[{change}]}}]}}')
        assert rejected.value.reason is Reason.TOO_LARGE
    with pytest.raises(Rejected):
        read(f'{{"entry":[{{"changes":[{parts}]}}]}}')


def test_messages_news_without_anything_in_it_is_parked():
    (parked,) = read(notification({"metadata": {"phone_number_id": "77"}})).parked
    assert parked.reason is Reason.MISSING_FIELD


@pytest.mark.parametrize("odd", ["oops", 5, None, [], {"event": "\ud83d"}, {"event": ["x"]}])
def test_odd_news_about_the_account_is_still_news(odd):
    (submission,) = read(notification(odd, "account_update")).submissions
    assert (submission.event.field, submission.event.state) == ("account_update", None)


def test_news_about_the_account_has_the_time_of_its_entry():
    (submission,) = read(notification({"event": "APPROVED"}, "account_update", time=1755000000)).submissions
    assert seconds_of(submission.event) == "1755000000"


@pytest.mark.parametrize("field", ["messages", "account_update"])
@pytest.mark.parametrize(
    ("tenants", "tenant"),
    [({"77": "phone", "1": "account"}, "phone"), ({"1": "account"}, "account"), ({"2": "other"}, "default")],
)
def test_the_phone_number_id_or_the_account_decides_the_tenant(field, tenants, tenant):
    value = {"metadata": {"phone_number_id": "77"}, "statuses": [STATUS]}
    sent = whatsapp_request(notification(value, field))._replace(query={"tenant": "forged"})
    assert whatsapp(tenants).read(sent).submissions[0].event.tenant == tenant


words = st.sampled_from(["id", "status", "sent", "timestamp", "errors", "code", "pricing", "type", "changes"])
trees = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(words | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(trees, trees)
@settings(max_examples=300, deadline=None)
def test_any_signed_notification_is_counted_or_parked(statuses, value):
    for body in (
        notification({"statuses": [STATUS, statuses]}),
        notification({"messages": statuses}),
        notification(value),
        notification(value, "account_update"),
        notification({"calls": value, "errors": statuses}, "calls"),
        notification({"message_echoes": [STATUS, statuses]}, "smb_message_echoes"),
        notification({"user_preferences": statuses}, "user_preferences"),
        notification({"messages": [INBOUND | {"context": value, "interactive": statuses}]}),
        {"entry": value},
        {
            "entry": [
                {"id": value, "time": statuses, "changes": [value, {"field": "calls", "value": statuses}]}
            ]
        },
    ):
        batch = read(body)
        for submission in batch.submissions:
            str(submission.event).encode()
            assert submission.raw


@given(
    st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=300, deadline=None)
def test_any_signed_bytes_are_read_or_rejected(body):
    with contextlib.suppress(Rejected):
        read(body)
