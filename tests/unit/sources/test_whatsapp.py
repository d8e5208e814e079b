"""WhatsApp Cloud: who is believed, how a notification is taken apart, and what a bad one comes to."""

from __future__ import annotations

import contextlib
from collections import Counter
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from exporter.errors import Reason, Rejected, SignatureFailure, SignatureReason
from exporter.event import Engagement, Message
from exporter.sources.source import Batch
from exporter.sources.whatsapp import WhatsApp, WhatsAppConfig
from exporter.vocabulary import RANK, Channel, ErrorClass, Status
from tests.unit.sources.sent import NOW, WHATSAPP_SECRET, fixture, of_case, request, whatsapp_request
from tests.unit.sources.whatsapp_sent import INBOUND, STATUS, notification, read, step, whatsapp

NEGATIVE = next(value for value in fixture("whatsapp/negative.json").values() if isinstance(value, list))
SEQUENCES = fixture("whatsapp/sequences.json")["sequences"]
HANDSHAKE = fixture("whatsapp/verify_handshake.json")
SIGNATURES = fixture("whatsapp/signature_vectors.json")["vectors"]


def seconds_of(event: Message) -> str:
    return str(int(event.at.timestamp()))


NEGATIVE_PARKED = {
    "shape.statuses_object": Reason.BAD_FIELD,
    "shape.value_string": Reason.BAD_FIELD,
    "unknown.object": Reason.BAD_FIELD,
    "status.missing": Reason.MISSING_FIELD,
    "status.no_id": Reason.MISSING_FIELD,
    "json.duplicate_keys": Reason.BAD_FIELD,
}
NEGATIVE_NOTHING = {"shape.no_entry", "shape.empty_entry", "shape.changes_null"}
NEGATIVE_UNKNOWN_STATUS = {"status.unknown_value", "status.label_injection", "status.long_value"}
NEGATIVE_RECEIVED_NOW = {"status.timestamp_text", "status.timestamp_huge", "status.timestamp_negative"}


@pytest.mark.parametrize("case", NEGATIVE, ids=lambda case: case["id"])
def test_a_bad_notification_gets_the_answer_it_deserves(case):
    expect = case["expect"]
    if expect["response_class"] == "4xx":
        with pytest.raises(Rejected if expect["signature_valid"] else SignatureFailure):
            whatsapp().read(of_case(case))
        return
    batch = whatsapp().read(of_case(case))
    if case["id"] in NEGATIVE_PARKED:
        assert [parked.reason for parked in batch.parked] == [NEGATIVE_PARKED[case["id"]]]
    else:
        assert not batch.parked
    counted = case["id"] not in NEGATIVE_PARKED and case["id"] not in NEGATIVE_NOTHING
    assert len([s for s in batch.submissions if not isinstance(s.event, Engagement)]) == counted


@pytest.mark.parametrize(
    "case", [case for case in NEGATIVE if case["id"].startswith("status.")], ids=lambda case: case["id"]
)
def test_a_bad_status_is_counted_as_what_can_be_read_of_it(case):
    for submission in whatsapp().read(of_case(case)).submissions:
        event = submission.event
        unknown = case["id"] in NEGATIVE_UNKNOWN_STATUS
        assert event.status is (Status.OTHER if unknown else Status.FAILED)
        assert (event.error_class is ErrorClass.NONE) is unknown
        assert (event.at == NOW) is (case["id"] in NEGATIVE_RECEIVED_NOW)


def test_an_error_code_as_text_means_the_same():
    assert step(status="failed", errors=[{"code": "131026"}]).error_class is ErrorClass.UNREACHABLE
    assert step(status="failed", errors=[{"code": 131026}]).error_class is ErrorClass.UNREACHABLE


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


@pytest.mark.parametrize(
    ("timestamp", "is_read"),
    [
        ("1755000000", True),
        (1755000000, True),
        ("0", False),
        ("946684799", False),
        ("9999999999", False),
        ("99999999999999999999", False),
        ("١٧٥٥٠٠٠٠٠٠", False),
        (None, False),
        (True, False),
        (1755000000.5, False),
        ([], False),
    ],
)
def test_an_absurd_timestamp_becomes_the_time_of_receipt(timestamp, is_read):
    event = step(timestamp=timestamp)
    assert seconds_of(event) == "1755000000" if is_read else event.at == NOW


@pytest.mark.parametrize(
    "odd", [5, "text", [], ["x"], {"id": 5}, {"id": "a\0b"}, {"id": "x" * 513}, {"id": ""}]
)
def test_an_odd_conversation_price_or_error_is_left_out(odd):
    event = step(status="failed", conversation=odd, pricing=odd, errors=odd)
    assert (event.conversation_id, event.pricing_type, event.category) == (None, None, None)
    assert (event.error_code, event.error_class) == (None, ErrorClass.UNKNOWN)


@pytest.mark.parametrize("bad_id", ["x" * 513, "a\0b", "", 5, ["x"], "\ud83d"])
def test_a_message_id_that_the_ledger_cannot_hold_is_parked(bad_id):
    batch = read(notification({"statuses": [STATUS | {"id": bad_id}], "messages": [INBOUND]}))
    assert [s.event.message_id for s in batch.submissions] == ["wamid.2"]
    assert len(batch.parked) == 1


def test_an_unknown_message_type_is_other():
    (submission,) = read(notification({"messages": [INBOUND | {"type": 'x"}\n'}]})).submissions
    assert submission.event.message_type == "other"
    assert submission.event.channel is Channel.WHATSAPP


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"entry":[]} x', "not valid JSON"),
        (b'{"entry":[]}\x00', "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"a":Infinity}', "not valid JSON"),
        (b'{"a":"\xff"}', "not valid JSON"),
        (b'{"a":"\xed\xa0\x80"}', "not valid JSON"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON"),
        (b'{"a":"\\ud800","b":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON"),
        (b'{"a":"\\ud800","b":NaN}', "not valid JSON"),
        (b'{"a":"\\ud800","b":1e400}', "not valid JSON"),
        (b"5", "Expected `object`"),
    ],
)
def test_a_body_that_is_no_json_object_is_rejected_whole(body, detail):
    with pytest.raises(Rejected, match=detail) as rejected:
        read(body)
    assert rejected.value.reason is Reason.MALFORMED_BODY


def test_numbers_too_big_for_anything_stop_nothing():
    body = b'{"x":1e131073,"y":%s,"entry":[]}' % (b"9" * 5000)
    assert read(body) == Batch([], [])


@pytest.mark.parametrize("case", HANDSHAKE["cases"], ids=lambda case: case["id"])
def test_the_handshake_answers_as_recorded(case):
    reader = WhatsApp(WhatsAppConfig(verify_token=SecretStr(HANDSHAKE["verify_token"])))
    query: dict[str, str] = {}
    for name, value in parse_qsl(case["query"]):
        query.setdefault(name, value)
    if case["expect"].get("status") == 200:
        assert reader.handshake(query) == query["hub.challenge"]
    else:
        with pytest.raises(SignatureFailure):
            reader.handshake(query)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({}, SignatureReason.MISSING),
        (
            {"hub.verify_token": "é\udcff", "hub.mode": "subscribe", "hub.challenge": "1"},
            SignatureReason.MISMATCH,
        ),
        ({"hub.verify_token": "t", "hub.mode": "x", "hub.challenge": "1"}, SignatureReason.MALFORMED),
    ],
)
def test_a_wrong_handshake_has_its_reason(query, reason):
    reader = WhatsApp(WhatsAppConfig(verify_token=SecretStr("t,u")))
    with pytest.raises(SignatureFailure) as failure:
        reader.handshake(query)
    assert failure.value.reason is reason


def test_a_handshake_without_a_configured_token_is_refused():
    with pytest.raises(SignatureFailure) as failure:
        WhatsApp(WhatsAppConfig()).handshake({"hub.verify_token": ""})
    assert failure.value.reason is SignatureReason.NOT_CONFIGURED


@pytest.mark.parametrize("vector", SIGNATURES, ids=lambda vector: vector["id"])
def test_a_signature_vector_is_judged_as_published(vector):
    """Upper-case hex is an implementation choice of that file; here it is accepted."""
    sent = request(vector["body"], {"X-Hub-Signature-256": vector["signature"]})
    believed = True
    try:
        whatsapp(secret=vector["secret"]).read(sent)
    except SignatureFailure:
        believed = False
    except Rejected:
        pass
    assert believed is bool(vector["valid"])


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        (None, SignatureReason.MISSING),
        ("", SignatureReason.MISSING),
        ("0" * 64, SignatureReason.MALFORMED),
        ("sha1=" + "0" * 40, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 62, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 65_536, SignatureReason.MALFORMED),
        ("sha256=" + "é" * 64, SignatureReason.MALFORMED),
        ("sha256=" + "\udcff" * 64, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 64 + "\n", SignatureReason.MALFORMED),
        ("sha256=" + "0" * 64 + ", sha256=" + "0" * 64, SignatureReason.MALFORMED),
        ("sha256=" + "0" * 64, SignatureReason.MISMATCH),
    ],
)
def test_a_bad_signature_is_refused_with_its_reason(signature, reason):
    headers = {} if signature is None else {"X-Hub-Signature-256": signature}
    with pytest.raises(SignatureFailure) as failure:
        whatsapp().read(request("{}", headers))
    assert failure.value.reason is reason


def test_without_a_secret_nobody_is_believed():
    with pytest.raises(SignatureFailure) as failure:
        WhatsApp(WhatsAppConfig()).read(whatsapp_request("{}"))
    assert failure.value.reason is SignatureReason.NOT_CONFIGURED


@pytest.mark.parametrize("configured", [WHATSAPP_SECRET + ",new", "old," + WHATSAPP_SECRET])
def test_while_a_secret_is_rotated_either_one_is_believed(configured):
    assert whatsapp(secret=configured).read(whatsapp_request("{}")) == Batch([], [])


def test_every_changed_byte_of_the_body_is_noticed():
    sent = whatsapp_request(notification({"statuses": [STATUS]}))
    for place in range(len(sent.body)):
        changed = sent.body[:place] + bytes([sent.body[place] ^ 1]) + sent.body[place + 1 :]
        with pytest.raises(SignatureFailure):
            whatsapp().read(sent._replace(body=changed))


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
