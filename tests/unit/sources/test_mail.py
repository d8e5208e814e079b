"""What the mail senders share: ids of recipients, reasons of failures, machines that open."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exporter.sources.mail import Mail, mail_id, member, recipient_digest, tenant_name
from exporter.sources.mail_actor import INSTANT, actor_of
from exporter.sources.mail_error import mail_error_class, smtp_code
from exporter.vocabulary import Actor, ErrorClass
from tests.unit.sources.sent import NOW

GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile"
)


def test_one_address_has_one_digest_however_it_is_written():
    ways = ("jane@example.com", "Jane@Example.COM", " jane@example.com ", "Jane Doe <jane@example.com>")
    assert {recipient_digest(way) for way in ways} == {recipient_digest("jane@example.com")}
    assert recipient_digest("jane@example.com") != recipient_digest("john@example.com")
    assert "jane" not in recipient_digest("jane@example.com")


@pytest.mark.parametrize("odd", [None, "", 5, [], {}, "a\0b", "\ud800", "x" * 513])
def test_what_is_no_address_has_no_digest(odd):
    assert recipient_digest(odd) == ""
    assert mail_id("m1", odd) == "m1"
    assert mail_id(odd, "jane@example.com") is None


def test_a_mail_id_always_fits_the_ledger():
    longest = mail_id("x" * 495, "jane@example.com")
    assert longest is not None
    assert len(longest) == 512
    assert mail_id("x" * 496, "jane@example.com") is None


def test_a_path_that_ends_early_leads_nowhere():
    assert member({"a": {"b": 1}}, "a", "b") == 1
    assert member({"a": [1]}, "a", "b") is None
    assert member(None, "a") is None


@pytest.mark.parametrize(
    ("value", "is_name"),
    [("acme", True), ("a.b:c-d_e", True), ("a" * 128, True)]
    + [(odd, False) for odd in ("", "a b", "-a", "a" * 129, "a\n", None, 5, ["acme"], "ä")],
)
def test_only_a_plain_word_names_a_tenant(value, is_name):
    assert tenant_name(value) == (value if is_name else None)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("5.1.1",), "5.1.1"),
        ((None, 550), "550"),
        (("", "4.2.2", "550"), "4.2.2"),
        ((605,), "605"),
        ((250,), None),
        (("2.0.0",), None),
        ((True,), None),
        ((10**30,), None),
        (("5.1.1 <jane@example.com>",), None),
        (("5.1.1\n",), None),
        (("٥٥٠",), None),
        ((["550"],), None),
        ((), None),
    ],
)
def test_only_the_code_of_a_failure_is_a_code(values, code):
    assert smtp_code(*values) == code


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        ("5.1.1", ErrorClass.INVALID_NUMBER),
        ("5.1.10", ErrorClass.INVALID_NUMBER),
        ("5.1.8", ErrorClass.ACCOUNT),
        ("5.2.1", ErrorClass.UNREACHABLE),
        ("4.2.2", ErrorClass.UNREACHABLE),
        ("5.2.3", ErrorClass.CONTENT),
        ("5.3.0", ErrorClass.PROVIDER),
        ("5.3.4", ErrorClass.CONTENT),
        ("5.4.4", ErrorClass.UNREACHABLE),
        ("4.4.7", ErrorClass.EXPIRED),
        ("5.5.2", ErrorClass.PROVIDER),
        ("5.6.1", ErrorClass.CONTENT),
        ("5.7.1", ErrorClass.FILTERED),
        ("5.7.26", ErrorClass.AUTH),
        ("5.7.28", ErrorClass.RATE_LIMITED),
        ("5.0.0", ErrorClass.UNKNOWN),
        ("5.9.9", ErrorClass.UNKNOWN),
        ("550", ErrorClass.UNKNOWN),
        (None, ErrorClass.UNKNOWN),
    ],
)
def test_a_status_code_says_why(code, error_class):
    assert mail_error_class((), code) is error_class


def test_the_providers_word_wins_over_the_code_and_an_unknown_word_says_nothing():
    assert mail_error_class(("Mailbox Unavailable",), "5.7.1") is ErrorClass.UNREACHABLE
    assert mail_error_class(("REPUTATION",), None) is ErrorClass.FILTERED
    assert (
        mail_error_class(("Unclassified", None, 5, ["Content"], "x" * 10**6), "5.7.1") is ErrorClass.FILTERED
    )
    assert mail_error_class((None, "suppress-bounce"), None) is ErrorClass.BLOCKED


@pytest.mark.parametrize(
    ("user_agent", "actor"),
    [
        ("Mozilla/5.0", Actor.MACHINE),
        (GMAIL_PREFETCH, Actor.MACHINE),
        ("Barracuda Sentinel (EE)", Actor.MACHINE),
        ("python-requests/2.31", Actor.MACHINE),
        ("Mozilla/5.0 (compatible; Proofpoint URL Defense)", Actor.MACHINE),
        (PHONE, Actor.HUMAN),
        (
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            Actor.HUMAN,
        ),
        ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", Actor.HUMAN),
        ("x" * 10**6 + "barracuda", Actor.HUMAN),
        ("", Actor.HUMAN),
        (None, Actor.HUMAN),
        (["Mozilla/5.0"], Actor.HUMAN),
    ],
)
def test_a_machine_is_known_by_its_name(user_agent, actor):
    assert actor_of(user_agent) is actor


@pytest.mark.parametrize(
    ("after", "actor"),
    [
        (timedelta(0), Actor.MACHINE),
        (INSTANT - timedelta(milliseconds=1), Actor.MACHINE),
        (-timedelta(seconds=1), Actor.MACHINE),
        (INSTANT, Actor.HUMAN),
        (-timedelta(days=1), Actor.HUMAN),
        (None, Actor.HUMAN),
    ],
)
def test_nobody_opens_within_seconds_of_sending(after, actor):
    assert actor_of(PHONE, after=after) is actor


def test_the_providers_word_is_enough():
    assert actor_of(PHONE, flagged=True, after=timedelta(days=1)) is Actor.MACHINE


@pytest.mark.parametrize(
    ("word", "state"),
    [("blocked", "blocked"), ("New Word", "other"), ("a@example.com", "other"), (7, "other")],
)
def test_only_a_plain_word_of_a_provider_becomes_a_label(word: object, state: str):
    assert Mail("mailgun", "default", NOW, None).news("other", word).state == state
