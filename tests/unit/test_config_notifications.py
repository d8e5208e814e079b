"""Mail servers and tokens of notifications: whole, or refused with the key's name."""

from __future__ import annotations

from typing import Any

import pytest

from exporter import config
from exporter.errors import ConfigError

WHOLE = {"host": "mail.example.com", "from_email": "no-reply@example.com"}
ALL = {
    "SMTP_HOST": "smtp.example.com",
    "SMTP_PORT": "587",
    "SMTP_USERNAME": "your-email@example.com",
    "SMTP_PASSWORD": "canary-password",
    "SMTP_FROM_EMAIL": "noreply@example.com",
    "SMTP_USE_TLS": "true",
}


def refusal(**smtp: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        config.parse({"notifications": {"smtp": smtp}})
    return str(caught.value)


def test_the_documented_variables_are_a_mail_server(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    smtp = config.load(None, ALL).notifications.smtp
    assert (smtp.host, smtp.port, smtp.username) == ("smtp.example.com", 587, "your-email@example.com")
    assert (smtp.from_email, smtp.use_tls) == ("noreply@example.com", True)
    assert "canary-password" not in repr(smtp)


@pytest.mark.parametrize(("value", "flag"), [("true", True), ("FALSE", False), ("0", False), ("1", True)])
def test_the_flag_is_read_as_people_write_it(value: str, flag: bool) -> None:
    parsed = config.parse({"notifications": {"smtp": {"use_tls": value}}})
    assert parsed.notifications.smtp.use_tls is flag


@pytest.mark.parametrize(
    ("smtp", "said"),
    [
        ({"host": "mail.example.com"}, "from_email"),
        ({**WHOLE, "username": "u"}, "password"),
        ({**WHOLE, "username": "u", "password": "canary", "use_tls": False}, "use_tls"),
        ({**WHOLE, "port": 0}, "notifications.smtp.port"),
        ({**WHOLE, "port": "many"}, "notifications.smtp.port"),
        ({**WHOLE, "use_tls": "perhaps"}, "notifications.smtp.use_tls"),
        ({**WHOLE, "from_email": "a@b.example\r\nBcc: c@d.example"}, "notifications.smtp.from_email"),
    ],
)
def test_half_a_mail_server_is_refused(smtp: dict[str, Any], said: str) -> None:
    problem = refusal(**smtp)
    assert said in problem
    assert "canary" not in problem


def test_notifications_are_kept_for_longer_than_a_month() -> None:
    with pytest.raises(ConfigError, match=r"retention\.notifications_days"):
        config.parse({"retention": {"notifications_days": 31}})


TWILIO = {"account_sid": "AC1", "auth_token": "canary", "tenants": {}}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"sender": "COMPANY"}, "notifications.sms.sender: must be a number in E.164 or a Messaging Service"),
        ({"api_url": "https://api.twilio.com/v1"}, "notifications.sms.api_url"),
        ({"twilio": {}}, "notifications.sms: needs sources.twilio.account_sid"),
        ({"public_url": None}, "public_url: is required"),
    ],
)
def test_sms_that_could_not_be_sent_or_counted_are_refused(given: dict[str, Any], said: str) -> None:
    top = {"public_url": "https://x.example", "twilio": TWILIO, "sender": "+15005550006", **given}
    twilio, public_url = top.pop("twilio"), top.pop("public_url")
    address = {"public_url": public_url} if public_url else {}
    with pytest.raises(ConfigError) as caught:
        config.parse({"notifications": {"sms": top}, "sources": {"twilio": twilio}, **address})
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)


def test_without_a_sender_of_sms_nothing_is_asked_for() -> None:
    assert config.parse({}).notifications.sms.sender is None
