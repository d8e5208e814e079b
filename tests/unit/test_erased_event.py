"""How a person is found, and what is left of their events."""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest

from exporter.event import Engagement, Message, Tally
from exporter.label import REDACTED, label
from exporter.ledger.erased_event import Eraser
from exporter.ledger.person import Person, PersonKind, person
from exporter.vocabulary import Channel, Direction, Status
from tests.conftest import NOON

NUMBER, EMAIL = "+15550100777", "José.O'Neil+x@example.com"


def whom(kind: PersonKind, subject: str, *addresses: str) -> Person:
    return person("acme", kind, subject, addresses, "salt")


def finds(one: Person, text: str) -> bool:
    return re.search(one.pattern, text, re.IGNORECASE) is not None


def message(**fields: object) -> Message:
    values: dict[str, object] = {
        "at": NOON,
        "channel": Channel.SMS,
        "provider": "twilio",
        "direction": Direction.OUTBOUND,
        "status": Status.SENT,
    }
    return Message(**{**values, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "z", "yz"])
@pytest.mark.parametrize(("kind", "text"), [(PersonKind.NUMBER, NUMBER), (PersonKind.EMAIL, EMAIL)])
def test_an_address_is_found_in_every_form(kind: PersonKind, text: str, before: str, after: str) -> None:
    one, stands = whom(kind, text), f"{before}{text}{after}"
    encoded = stands.encode()
    forms = [stands, stands.upper(), quote(stands), quote(stands, safe=""), json.dumps(stands)]
    assert all(finds(one, form) for form in forms)
    assert finds(one, b64encode(encoded).decode())
    assert finds(one, urlsafe_b64encode(encoded).decode())


@pytest.mark.parametrize(
    "written",
    ["15550100777", "whatsapp:+15550100777", "+1 (555) 010-0777", "1.555.010.0777", "%2B15550100777"],
)
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    assert finds(whom(PersonKind.NUMBER, NUMBER), f'{{"to":"{written}"}}')


@pytest.mark.parametrize("other", ["+15550100778", "+1555010077", "5550100777", "SM15550100", ""])
def test_another_number_is_not_found(other: str) -> None:
    assert not finds(whom(PersonKind.NUMBER, NUMBER), other)


@pytest.mark.parametrize("user", ["42", "a-long-name-of-a-user"])
def test_a_user_is_found_where_a_user_stands(user: str) -> None:
    one = whom(PersonKind.USER, user)
    for text in (f'{{"user_id": "{user}"}}', f'{{"user":"{user}","x":1}}', f'{{"userId":"{user}" }}'):
        assert finds(one, text)


def test_a_short_name_of_a_user_is_not_found_in_other_ids() -> None:
    one = whom(PersonKind.USER, "42", "x", "1234")
    assert not any(finds(one, text) for text in ("SM4242", '"user":"421"', '"count":42', "x1234"))


def test_the_numbers_of_a_user_go_with_the_user() -> None:
    assert finds(whom(PersonKind.USER, "42", "whatsapp:+15550100777"), "15550100777")


def test_every_way_an_event_may_write_a_number_is_a_customer_of_a_thread() -> None:
    forms = {"15550100777", "+15550100777", "whatsapp:+15550100777", "whatsapp:15550100777"}
    assert set(whom(PersonKind.NUMBER, NUMBER).customers) == forms


def test_an_event_of_the_person_loses_who_it_is_and_keeps_what_counts() -> None:
    event = message(peer=NUMBER, user="42", conversation_id="c1", message_id="SM1", country="US", length=5)
    left = Eraser(whom(PersonKind.NUMBER, NUMBER)).event(event, is_theirs=False)
    assert left == message(message_id="SM1", country="US", length=5)


def test_an_event_of_somebody_else_that_names_the_person_keeps_whose_it_is() -> None:
    event = message(peer="+15550100999", user="7", event_id=f"call {NUMBER}", message_id="SM1")
    left = Eraser(whom(PersonKind.NUMBER, NUMBER)).event(event, is_theirs=False)
    assert left == message(peer="+15550100999", user="7", message_id="SM1")


def test_an_id_that_holds_the_number_gets_another_name_and_always_the_same() -> None:
    eraser = Eraser(whom(PersonKind.NUMBER, NUMBER))
    wamid = "wamid." + b64encode(b"\x1c\x18\x0b" + NUMBER[1:].encode() + b"\x15\x02").decode()
    first, again = eraser.identity(wamid), eraser.identity(wamid)
    assert first == again
    assert first is not None
    assert re.fullmatch("erased:[0-9a-f]{64}", first)
    assert eraser.identity("SM1") == "SM1"
    assert eraser.identity(None) is None


def test_a_label_that_was_redacted_stays_so() -> None:
    event = Engagement(at=NOON, action=f"called {NUMBER}")
    left = Eraser(whom(PersonKind.NUMBER, NUMBER)).event(event, is_theirs=False)
    assert isinstance(left, Engagement)
    assert NUMBER not in left.action
    assert label(left.action) == label(event.action) == REDACTED


def test_a_label_that_shows_keeps_what_it_says() -> None:
    """A user may be called as a channel or an action is: totals never change."""
    event = Engagement(at=NOON, action="whatsapp", channel=Channel.WHATSAPP, user="whatsapp")
    left = Eraser(whom(PersonKind.USER, "whatsapp")).event(event, is_theirs=True)
    assert left == Engagement(at=NOON, action="whatsapp", channel=Channel.WHATSAPP)


def test_a_message_that_is_called_as_a_user_is_of_somebody_else() -> None:
    event = message(message_id="42", user="7")
    assert Eraser(whom(PersonKind.USER, "42")).event(event, is_theirs=False) == event


def test_what_a_scan_counted_loses_the_person_too() -> None:
    tally = Tally(at=NOON, event=message(user="42", peer=NUMBER), count=3)
    left = Eraser(whom(PersonKind.USER, "42")).event(tally, is_theirs=True)
    assert left == Tally(at=NOON, event=message(), count=3)
