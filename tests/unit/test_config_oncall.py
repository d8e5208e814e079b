"""Who is on call: what would leave somebody asleep is refused before it is in force, and no number shows."""

from __future__ import annotations

from typing import Any

import pytest

from exporter import config
from exporter.config import Config
from exporter.errors import ConfigError

NUMBER, SENDER = "+15005550011", "+15005550006"
TWILIO = {"account_sid": "AC1", "auth_token": "canary", "tenants": {SENDER: "oncall"}}


def parsed(
    *people: dict[str, Any],
    twilio: dict[str, Any] = TWILIO,
    public_url: str | None = "https://x.example",
    **oncall: Any,
) -> Config:
    made = {"token": "canary", "sender": SENDER, "people": list(people), **oncall}
    given = {key: value for key, value in made.items() if value is not None}
    top = {"public_url": public_url} if public_url else {}
    return config.parse({"oncall": given, "sources": {"twilio": twilio}, **top})


def person(**changes: Any) -> dict[str, Any]:
    return {"name": "first", "numbers": [NUMBER], **changes}


def refusal(*people: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(*people, **changes)
    assert NUMBER not in str(caught.value)
    assert "canary" not in str(caught.value)
    return str(caught.value)


def test_nobody_is_on_call_by_default() -> None:
    assert Config().oncall.people == []


def test_one_person_with_a_number_is_enough() -> None:
    assert parsed(person()).oncall.people[0].numbers[0].get_secret_value() == NUMBER


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"token": None}, "oncall.token: is required"),
        ({"sender": None}, "oncall.sender: is required"),
        ({"sender": "pager"}, "oncall.sender: must be a number in E.164 or a Messaging Service"),
        ({"twilio": {"tenants": {SENDER: "oncall"}}}, "oncall: needs sources.twilio.account_sid"),
        ({"twilio": {**TWILIO, "tenants": {}}}, "oncall.sender: give it a tenant of its own"),
        (
            {"twilio": {**TWILIO, "tenants": {SENDER: "default"}}},
            "oncall.sender: give it a tenant of its own",
        ),
        ({"public_url": None}, "public_url: is required"),
        ({"timezone": "Mars/Olympus"}, "oncall.timezone: is no time zone"),
        ({"timezone": "../etc"}, "oncall.timezone: is no time zone"),
        ({"smtp_url": "http://mail.example.com"}, "oncall.smtp_url: must be smtp://"),
        ({"patience_s": 0}, "oncall.patience_s"),
        ({"storm_sms": 0}, "oncall.storm_sms"),
    ],
)
def test_what_would_leave_a_page_unsent_is_refused(changes: dict[str, Any], problem: str) -> None:
    assert problem in refusal(person(), **changes)


def test_a_messaging_service_needs_a_number_to_call_from() -> None:
    service = "MG" + "0" * 32
    twilio = {**TWILIO, "tenants": {service: "oncall"}}
    assert "oncall.voice: is required to call" in refusal(person(), sender=service, twilio=twilio)
    assert parsed(person(call=False), sender=service, twilio=twilio)
    assert parsed(person(), sender=service, twilio=twilio, voice="+15005550009")


@pytest.mark.parametrize(
    ("people", "problem"),
    [
        ([person(numbers=[NUMBER[1:]])], "oncall.people[0].numbers[0]: must be a number in E.164"),
        ([person(numbers=[NUMBER, NUMBER])], "oncall.people[0].numbers: has a number twice"),
        (
            [person(), person(name="second")],
            "oncall.people[1].numbers: has a number twice, or one of somebody",
        ),
        ([person(), person(numbers=["+15005550012"])], "oncall.people[1].name: is used twice"),
        ([person(numbers=[])], "oncall.people[0]: has neither numbers nor email"),
        ([person(email="first@example.com")], "oncall.smtp_url: is required"),
        (
            [person(email="first@x.example\nBcc: a@b.example")],
            "oncall.people[0].email: must be one e-mail address",
        ),
        ([person(level=0)], "oncall.people[0].level"),
        ([person(duty=[{"start": "24:00"}])], "oncall.people[0].duty[0].start: must be a time of day"),
        ([person(duty=[{"days": ["sunday"]}])], "oncall.people[0].duty[0].days[0]: must be one of"),
        ([person(name="a b")], "oncall.people[0].name"),
    ],
)
def test_people_who_could_not_be_reached_are_refused(people: list[dict[str, Any]], problem: str) -> None:
    assert problem in refusal(*people)


def test_mail_alone_needs_no_twilio() -> None:
    mailed = person(numbers=[], email="first@example.com")
    loaded = parsed(
        mailed, twilio={}, public_url=None, sender=None, smtp_url="smtp://mail", email_from="p@example.com"
    )
    assert loaded.oncall.people[0].email is not None


def test_no_number_shows_in_a_printed_configuration() -> None:
    loaded = parsed(
        person(email="first@example.com"), smtp_url="smtp://u:canary@m", email_from="p@example.com"
    )
    printed = f"{loaded} {loaded!r} {loaded.model_dump()} {loaded.model_dump_json()}"
    assert NUMBER not in printed
    assert "first@example" not in printed
    assert "canary" not in printed
