"""POST /events: what is good is submitted, what is bad is parked with its field, and neither stops the other."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected, SignatureFailure, SignatureReason
from exporter.event import KINDS, AnyEvent, Charge, Llm, Message, Payment
from exporter.sources.action_list import ActionList
from exporter.sources.source import Batch, Parked
from exporter.sources.track import Track
from exporter.vocabulary import Channel, Component, ErrorClass, Status
from tests.unit.sources.sent import DATA, NOW, request

EXAMPLES = (DATA / "track" / "examples.ndjson").read_text().splitlines()
MESSAGE: dict[str, Any] = {
    "kind": "message",
    "channel": "sms",
    "provider": "twilio",
    "direction": "outbound",
    "status": "sent",
    "message_id": "SM1",
}
PAYMENT: dict[str, Any] = {"kind": "payment", "state": "succeeded", "amount": "20.00"}
CREDIT: dict[str, Any] = {"kind": "credit", "user": "42"}


def read(body: Any) -> Batch:
    return Track(()).read(request(body if isinstance(body, str | bytes) else json.dumps(body)))


def event(body: Any) -> AnyEvent:
    batch = read(body)
    assert not batch.parked
    return batch.submissions[0].event


def parked(body: Any) -> Parked:
    batch = read(body)
    assert not batch.submissions
    return batch.parked[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: json.loads(example)["kind"])
def test_an_example_of_the_design_works_as_it_stands(example):
    (submission,) = read(example).submissions
    written = json.loads(example)
    assert submission.event.__struct_config__.tag == written["kind"]
    assert submission.raw == example.encode()
    assert submission.key == written.get("event_id")
    assert submission.source == "track"


def test_the_first_example_is_read_to_the_last_field():
    assert event(EXAMPLES[0]) == Message(
        at=datetime(2026, 11, 20, 10, tzinfo=UTC),
        tenant="acme",
        event_id="m1-sent",
        user="42",
        channel=Channel.SMS,
        provider="twilio",
        direction="outbound",
        status=Status.SENT,
        message_id="SM1",
        message_type="low_balance",
        country="US",
        segments=1,
        processing_seconds=0.8,
        cost_usd=Decimal("0.05"),
    )


@pytest.mark.parametrize(
    "body",
    [
        "[" + ",".join(EXAMPLES) + "]",
        "\n".join(EXAMPLES),
        "\n\n  " + "\r\n\r\n".join(EXAMPLES) + "\r\n",
        json.dumps([json.loads(example) for example in EXAMPLES], indent=2),
    ],
    ids=["array", "NDJSON", "NDJSON with blank lines and CRs", "indented array"],
)
def test_an_array_and_ndjson_are_told_apart_by_content(body):
    batch = read(body)
    assert not batch.parked
    assert [s.event.__struct_config__.tag for s in batch.submissions] == [
        json.loads(e)["kind"] for e in EXAMPLES
    ]


def test_an_indented_object_is_one_event():
    body = json.dumps({"kind": "llm", "provider": "p", "model": "m", "usage": {"input_tokens": 1}}, indent=2)
    assert isinstance(event(body), Llm)


def test_raw_is_the_events_own_bytes():
    first, second = '{"kind": "credit" , "used":"1"}', '{"kind":"credit","used":"2"}'
    batch = read(f"[ {first} ,\n{second}]")
    assert [s.raw.decode() for s in batch.submissions] == [first, second]


def test_an_event_without_a_time_happened_when_it_came():
    assert event(CREDIT).at == NOW


def test_an_events_own_time_counts_in_utc():
    at = event(CREDIT | {"at": "2026-11-20T12:00:00.5+02:00"}).at
    assert (at, at.tzinfo) == (datetime(2026, 11, 20, 10, 0, 0, 500_000, tzinfo=UTC), UTC)


@pytest.mark.parametrize(
    "at",
    [
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        "287000-01-01T00:00:00Z",
        (NOW + timedelta(days=1, seconds=1)).isoformat(),
        "2026-11-20T10:00:00",
        "2026-11-20",
        "yesterday",
        "",
        1760000000,
        None,
    ],
)
def test_a_time_that_cannot_be_is_refused(at):
    assert parked(CREDIT | {"at": at}).reason is Reason.BAD_TIMESTAMP


@pytest.mark.parametrize("at", ["2000-01-01T00:00:00Z", (NOW + timedelta(days=1)).isoformat()])
def test_the_edges_of_time_are_taken(at):
    assert event(CREDIT | {"at": at}).at == datetime.fromisoformat(at)


@pytest.mark.parametrize(
    ("bad", "reason", "detail"),
    [
        ({}, Reason.MISSING_FIELD, "kind: missing"),
        ({"tenant": "a"}, Reason.MISSING_FIELD, "kind: missing"),
        ({"kind": "nonsense"}, Reason.UNKNOWN_KIND, "kind: not a known value"),
        ({"kind": 5}, Reason.UNKNOWN_KIND, "kind: Expected `str`"),
        ({"kind": "llm", "model": "m"}, Reason.MISSING_FIELD, "provider: missing"),
        (MESSAGE | {"channel": 5}, Reason.BAD_FIELD, "channel: Expected `str`, got `int`"),
        (MESSAGE | {"direction": "up"}, Reason.BAD_FIELD, "direction: not a known value"),
        (MESSAGE | {"tenant": ""}, Reason.BAD_FIELD, "tenant: Expected `str` of length >= 1"),
        (MESSAGE | {"tenant": "x" * 129}, Reason.BAD_FIELD, "tenant: Expected `str` of length <= 128"),
        (MESSAGE | {"tenant": "a\0b"}, Reason.BAD_FIELD, "tenant: holds NUL"),
        (
            MESSAGE | {"message_id": "x" * 513},
            Reason.BAD_FIELD,
            "message_id: Expected `str` of length <= 512",
        ),
        (MESSAGE | {"segments": 1.5}, Reason.BAD_FIELD, "segments: Expected `int | null`, got `float`"),
        (MESSAGE | {"segments": "1"}, Reason.BAD_FIELD, "segments: Expected `int | null`, got `str`"),
        (
            MESSAGE | {"processing_seconds": -0.1},
            Reason.BAD_FIELD,
            "processing_seconds: Expected `float` >= 0.0",
        ),
        (
            {"kind": "llm", "provider": "p", "model": "m", "usage": {"input_tokens": -1}},
            Reason.BAD_FIELD,
            "usage.input_tokens: Expected `int` >= 0",
        ),
        (5, Reason.MALFORMED_EVENT, "Expected `object`, got `int`"),
        ("text", Reason.MALFORMED_EVENT, "Expected `object`, got `str`"),
        (None, Reason.MALFORMED_EVENT, "Expected `object`, got `null`"),
        ([], Reason.MALFORMED_EVENT, "Expected `object`, got `array`"),
    ],
)
def test_a_bad_event_is_parked_in_its_place_and_those_beside_it_are_taken(bad, reason, detail):
    batch = read([CREDIT, bad, CREDIT])
    assert len(batch.submissions) == 2
    assert [(p.index, p.reason, p.detail) for p in batch.parked] == [(1, reason, detail)]
    assert json.loads(batch.parked[0].raw) == bad


def test_no_value_of_a_sender_stands_in_a_detail():
    secret = "+12025550101"
    for bad in (
        {"kind": secret},
        MESSAGE | {"direction": secret},
        CREDIT | {"at": secret, "balance": secret},
    ):
        assert secret not in parked(bad).detail


@pytest.mark.parametrize(
    ("amount", "is_taken"),
    [
        ("20.00", True),
        (20, True),
        (0.1, True),
        ("999999999999.999999999999", True),
        ("1000000000000", False),
        ("0.0000000000001", False),
        ("1e131073", False),
        ("0e-400", False),
        ("-1", False),
        ("NaN", False),
        ("sNaN", False),
        ("Infinity", False),
        ("twenty", False),
        (True, False),
    ],
)
@pytest.mark.parametrize(("base", "field"), [(PAYMENT, "amount"), (MESSAGE, "cost_usd"), (CREDIT, "used")])
def test_money_is_finite_exact_and_never_negative(base, field, amount, is_taken):
    batch = read(base | {field: amount})
    assert len(batch.submissions) == is_taken
    assert [p.reason for p in batch.parked] == ([] if is_taken else [Reason.BAD_FIELD])
    if is_taken:
        assert getattr(batch.submissions[0].event, field) == Decimal(str(amount))


@pytest.mark.parametrize(
    "body", [CREDIT | {"balance": "-5"}, {"kind": "outcome", "action": "a", "amount_usd": "-5"}]
)
def test_a_balance_and_a_loss_may_be_negative(body):
    assert event(body)


@pytest.mark.parametrize("currency", [{}, {"currency": "USD"}, {"currency": "usd"}])
def test_a_payment_in_dollars_is_its_own_amount_in_dollars(currency):
    assert event(PAYMENT | currency).amount_usd == Decimal("20.00")


@pytest.mark.parametrize(("stated", "amount_usd"), [({}, None), ({"amount_usd": "21.5"}, Decimal("21.5"))])
def test_a_payment_in_another_currency_has_only_the_dollars_it_states(stated, amount_usd):
    payment = event(PAYMENT | {"currency": "EUR"} | stated)
    assert isinstance(payment, Payment)
    assert payment.amount_usd == amount_usd


@pytest.mark.parametrize(
    ("fields", "meaning"),
    [
        ({"status": "failed"}, ErrorClass.UNKNOWN),
        ({"status": "failed", "error_code": "30003"}, ErrorClass.UNREACHABLE),
        ({"status": "undelivered", "error_code": "131047"}, ErrorClass.OUTSIDE_WINDOW),
        ({"status": "failed", "error_code": "30003", "error_class": "blocked"}, ErrorClass.BLOCKED),
        ({"status": "failed", "error_class": "something new"}, ErrorClass.OTHER),
        ({"status": "delivered", "error_code": "30003"}, ErrorClass.NONE),
    ],
)
def test_a_failed_message_always_has_a_cause(fields, meaning):
    assert event(MESSAGE | fields).error_class is meaning


def test_unknown_words_and_fields_are_taken():
    taken = event(MESSAGE | {"channel": "pigeon", "status": "flown", "brand_new": {"a": [1]}})
    assert (taken.channel, taken.status) == (Channel.OTHER, Status.OTHER)


def test_an_escaped_backslash_before_u0000_is_no_nul():
    assert event(r'{"kind":"credit","user":"a\\u0000b"}').user == r"a\u0000b"


def test_a_nul_in_a_field_nobody_reads_stops_nothing():
    assert event(CREDIT | {"note": "a\0b"})


@pytest.mark.parametrize("form", ["[%s]", "%s"])
def test_a_lone_surrogate_parks_only_the_event_that_needs_it(form):
    good, bad = '{"kind":"credit"}', r'{"kind":"credit","user":"\ud83d"}'
    joined = form % ("," if form == "[%s]" else "\n").join([good, bad, good])
    batch = read(joined)
    assert len(batch.submissions) == 2
    assert [(p.index, p.reason) for p in batch.parked] == [(1, Reason.MALFORMED_EVENT)]


def test_a_broken_line_is_parked_and_the_lines_around_it_are_taken():
    batch = read(
        b'{"kind":"credit"}\n{"kind":"cre\n\xff\xfe\n[1]\n{"a":NaN}\n' + b"[" * 9000 + b'\n{"kind":"credit"}'
    )
    assert len(batch.submissions) == 2
    assert [p.index for p in batch.parked] == [1, 2, 3, 4, 5]
    assert {p.reason for p in batch.parked} == {Reason.MALFORMED_EVENT}


def test_a_first_line_that_is_broken_does_not_hide_the_rest():
    batch = read('not json\n{"kind":"credit"}')
    assert (len(batch.submissions), len(batch.parked)) == (1, 1)


@pytest.mark.parametrize(
    "body",
    [
        "",
        " \n ",
        "5",
        "null",
        '"text"',
        "not json",
        "a\nb\nc",
        '{"kind":"credit"',
        '[{"kind":"credit"}',
        '[{"kind":"credit"}]x',
        "\ufeff" + '{"kind":"credit"}',
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        b'[{"kind":"credit","user":"\xff"}]',
    ],
)
def test_a_body_that_is_nothing_of_the_three_is_rejected_whole(body):
    with pytest.raises(Rejected) as rejected:
        read(body)
    assert rejected.value.reason is Reason.MALFORMED_BODY


def test_an_empty_array_is_nothing_and_no_error():
    assert read("[]") == Batch([], [])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, SignatureReason.MISSING),
        ("", SignatureReason.MISSING),
        ("Basic dG9rZW4=", SignatureReason.MALFORMED),
        ("Bearer", SignatureReason.MALFORMED),
        ("Bearer ", SignatureReason.MALFORMED),
        ("right-token", SignatureReason.MALFORMED),
        ("Bearer wrong", SignatureReason.MISMATCH),
        ("Bearer right-token,new-token", SignatureReason.MISMATCH),
        ("Bearer right-token, Bearer right-token", SignatureReason.MISMATCH),
        ("Bearer " + "x" * 65_536, SignatureReason.MISMATCH),
        ("Bearer é\udcff", SignatureReason.MISMATCH),
    ],
)
def test_a_request_without_the_token_is_refused_with_its_reason(header, reason):
    headers = {} if header is None else {"Authorization": header}
    with pytest.raises(SignatureFailure) as failure:
        Track((b"right-token", b"new-token")).read(request("[]", headers))
    assert failure.value.reason is reason


@pytest.mark.parametrize("header", ["Bearer right-token", "bearer  new-token", "BEARER right-token "])
def test_either_token_opens_while_it_is_rotated(header):
    track = Track((b"right-token", b"new-token"))
    assert track.read(request("[]", {"Authorization": header})) == Batch([], [])


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
)
fields = st.sampled_from(["at", "tenant", "status", "amount", "cost_usd", "usage", "message_id", "seconds"])


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.dictionaries(fields, values, max_size=4)), max_size=4))
@settings(max_examples=300, deadline=None)
def test_of_any_array_each_event_is_taken_or_parked(drawn):
    events = [MESSAGE | PAYMENT | {"kind": kind} | fields for kind, fields in drawn]
    try:
        batch = read(events)
    except Rejected:
        assert any(constant in json.dumps(events) for constant in ("NaN", "Infinity"))
    else:
        assert len(batch.submissions) + len(batch.parked) == len(events)


@given(st.binary(max_size=100) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=300, deadline=None)
def test_of_any_bytes_every_line_is_taken_parked_or_the_body_rejected(body):
    try:
        batch = read(b'{"kind":"credit"}\n' + body)
    except Rejected as rejected:
        assert rejected.reason is Reason.MALFORMED_BODY  # noqa: PT017
    else:
        assert batch.submissions


@pytest.mark.parametrize("kind", ["engagement", "outcome"])
def test_an_action_out_of_the_configured_list_becomes_other(kind):
    track = Track((), ActionList(["viewed_forecast"]))
    bodies = [{"kind": kind, "action": action} for action in ("viewed_forecast", "lost_keys", "open")]
    batch = track.read(request(json.dumps(bodies)))
    assert [s.event.action for s in batch.submissions] == ["viewed_forecast", "other", "open"]


def test_without_a_list_every_action_has_its_name():
    assert event({"kind": "engagement", "action": "lost_keys"}).action == "lost_keys"


@pytest.mark.parametrize("body", [b"{}\n" * 100_001, b"[" + b",".join([b"{}"] * 100_001) + b"]"])
def test_a_body_of_too_many_events_is_refused_before_any_is_read(body: bytes):
    with pytest.raises(Rejected) as caught:
        Track(()).read(request(body))
    assert caught.value.reason is Reason.TOO_LARGE


CHARGE: dict[str, Any] = {
    "kind": "charge",
    "provider": "twilio",
    "channel": "sms",
    "basis": "billed",
    "component": "message",
    "amount_usd": "12.50",
}


def test_money_that_a_provider_states_is_an_event():
    found = event(CHARGE | {"category": "sms-outbound", "account": "AC1", "event_id": "2026-11-20"})
    assert isinstance(found, Charge)
    assert (found.amount_usd, found.basis, found.category) == (Decimal("12.50"), "billed", "sms-outbound")
    assert found.at == NOW


def test_what_money_was_for_comes_from_a_closed_list():
    assert event(CHARGE | {"component": "Carrier fee of +15005550006"}).component is Component.OTHER


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        ({"amount_usd": "-0.01"}, "amount_usd: negative"),
        ({"amount_usd": "NaN"}, "amount_usd: not a finite number"),
        ({"amount_usd": "1e12"}, "amount_usd: not below 1e12 with at most 12 decimals"),
        ({"basis": "estimated"}, "basis: not a known value"),
        ({"component": 5}, "component: Expected `str`, got `int`"),
    ],
)
def test_money_that_cannot_be_counted_is_parked(wrong, detail):
    found = parked(CHARGE | wrong)
    assert (found.reason, found.detail) == (Reason.BAD_FIELD, detail)


@pytest.mark.parametrize(
    "ours",
    [
        {"costs": [{"component": "message", "amount_usd": "9"}]},
        {"card": ""},
        {"low_usd": 0, "high_usd": "9"},
        {"unpriced": "no_rate_card"},
    ],
)
def test_what_our_price_lists_say_cannot_be_stated(ours):
    assert event(MESSAGE | ours) == event(MESSAGE)
    call = {"kind": "llm", "provider": "openai", "model": "m"}
    assert event(call | ours) == event(call)
