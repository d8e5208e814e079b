"""The environment wins over the file, and secrets may come from files of their own."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from exporter import config
from exporter.config.environment import VARIABLES, Variable
from exporter.errors import ConfigError, Problem
from exporter.field_types import secrets
from tests.unit.sources.proofs import ecdsa_key

SECRETS = [variable for variable in VARIABLES if variable.is_secret]
VALUES = {
    "DATABASE_URL": "postgresql://db.example.com/comms",
    "COMMS_LISTEN": "0.0.0.0:1",
    "COMMS_DATA_DIR": "elsewhere",
    "COMMS_PUBLIC_URL": "https://hooks.example.com",
    "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
    **{
        variable.name: f"a secret {at}"
        for at, variable in enumerate(VARIABLES)
        if variable.path[0] in ("sources", "bills")
    },
    "COMMS_JWT_SECRET": "a secret of thirty-two bytes or more",
    "COMMS_ALERT_TOKEN": "a secret",
    "COMMS_SMTP_URL": "smtps://user:a%20secret@mail.example.com",
    "SMTP_HOST": "mail.example.com",
    "SMTP_PORT": "465",
    "SMTP_USERNAME": "comms",
    "SMTP_PASSWORD": "a secret of mail",
    "SMTP_FROM_EMAIL": "no-reply@example.com",
    "SMTP_USE_TLS": "yes",
    "SENDGRID_PUBLIC_KEY": ecdsa_key(1).configured,
}
NEEDED = {
    "SMTP_HOST": {"SMTP_FROM_EMAIL": "no-reply@example.com"},
    "SMTP_USERNAME": {"SMTP_PASSWORD": "a secret of mail"},
    "SMTP_PASSWORD": {"SMTP_USERNAME": "comms"},
}
"""Variables that make no sense alone, and what goes with them."""
TYPED = {"SMTP_PORT": 465, "SMTP_USE_TLS": True}


@pytest.fixture(autouse=True)
def _no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def value_at(loaded: Any, variable: Variable) -> Any:
    for name in variable.path:
        loaded = getattr(loaded, name)
    return loaded.get_secret_value() if isinstance(loaded, SecretStr) else loaded


def problems_of(environ: dict[str, str]) -> list[Problem]:
    with pytest.raises(ConfigError) as caught:
        config.load(None, environ)
    return caught.value.problems


def test_every_variable_has_a_value_to_be_tested_with() -> None:
    assert set(VALUES) == {variable.name for variable in VARIABLES}


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_a_variable_sets_its_key(variable: Variable) -> None:
    loaded = config.load(None, {**NEEDED.get(variable.name, {}), variable.name: VALUES[variable.name]})
    assert value_at(loaded, variable) == TYPED.get(variable.name, VALUES[variable.name])


@pytest.mark.parametrize("variable", VARIABLES, ids=lambda variable: variable.name)
def test_an_empty_variable_counts_as_unset(variable: Variable) -> None:
    assert config.load(None, {variable.name: "", f"{variable.name}_FILE": ""}) == config.Config()


def test_a_variable_wins_over_the_file() -> None:
    Path("config.yaml").write_text("listen: 127.0.0.1:1\nsources:\n  track:\n    token: file\n")
    loaded = config.load(None, {"COMMS_LISTEN": "127.0.0.1:2", "COMMS_EVENT_TOKEN": "variable"})
    assert loaded.listen == "127.0.0.1:2"
    assert secrets(loaded.sources.track.token) == (b"variable",)


def test_a_variable_leaves_the_keys_beside_it_alone() -> None:
    Path("config.yaml").write_text("sources:\n  twilio:\n    auth_token: kept\n    tenants: {AC1: acme}\n")
    twilio = config.load(None, {"TWILIO_ACCOUNT_SID": "AC1"}).sources.twilio
    assert (twilio.account_sid, twilio.tenants) == ("AC1", {"AC1": "acme"})
    assert secrets(twilio.auth_token) == (b"kept",)


@pytest.mark.parametrize("above", ["sources:\n", "sources:\n  track:\n", "sources:\n  track: {}\n"])
def test_a_variable_makes_the_sections_above_it(above: str) -> None:
    Path("config.yaml").write_text(above)
    loaded = config.load(None, {"COMMS_EVENT_TOKEN": "four"})
    assert secrets(loaded.sources.track.token) == (b"four",)


def test_a_variable_below_what_is_no_section_leaves_the_files_problem() -> None:
    Path("config.yaml").write_text("sources: [track]\n")
    assert problems_of({"COMMS_EVENT_TOKEN": "x"}) == [
        Problem("sources", "must be a mapping of keys (line 1)")
    ]


def test_a_bad_value_is_reported_with_the_variable_it_came_from() -> None:
    assert problems_of({"COMMS_LISTEN": "nowhere"}) == [
        Problem("listen", "must be host:port, an IPv6 host in brackets (COMMS_LISTEN)")
    ]


def test_a_bad_value_from_a_secret_file_is_reported_with_its_variable() -> None:
    Path("url").write_text("mysql://hunter2@db")
    assert problems_of({"DATABASE_URL_FILE": "url"}) == [
        Problem("database_url", "must start with postgres:// or postgresql:// (DATABASE_URL_FILE)")
    ]


@pytest.mark.parametrize("variable", SECRETS, ids=lambda variable: variable.name)
def test_a_secret_may_come_from_a_file(variable: Variable) -> None:
    Path("secret").write_text(VALUES[variable.name] + "\n")
    loaded = config.load(None, {**NEEDED.get(variable.name, {}), f"{variable.name}_FILE": "secret"})
    assert value_at(loaded, variable) == VALUES[variable.name]


@pytest.mark.parametrize(
    ("content", "secret"), [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), (" a ", " a ")]
)
def test_only_the_final_newline_of_a_secret_file_is_dropped(content: str, secret: str) -> None:
    Path("secret").write_bytes(content.encode())
    token = config.load(None, {"COMMS_EVENT_TOKEN_FILE": "secret"}).sources.track.token
    assert token is not None
    assert token.get_secret_value() == secret


@pytest.mark.parametrize("variable", SECRETS, ids=lambda variable: variable.name)
def test_a_secret_given_twice_is_a_problem(variable: Variable) -> None:
    Path("secret").write_text("x")
    file = f"{variable.name}_FILE"
    assert problems_of({variable.name: "y", file: "secret"}) == [
        Problem(variable.name, f"{file} is set too; set one of the two")
    ]


def test_a_secret_file_that_is_missing_is_named() -> None:
    assert problems_of({"COMMS_EVENT_TOKEN_FILE": "gone"}) == [
        Problem("COMMS_EVENT_TOKEN_FILE", "cannot read gone: no such file or directory")
    ]


def test_a_secret_file_that_is_not_text_is_named_without_its_content() -> None:
    Path("secret").write_bytes(b"hunter2\xff")
    with pytest.raises(ConfigError) as caught:
        config.load(None, {"COMMS_EVENT_TOKEN_FILE": "secret"})
    assert caught.value.problems == [Problem("COMMS_EVENT_TOKEN_FILE", "secret is not UTF-8")]


def test_a_secret_file_that_is_too_large_is_named() -> None:
    Path("secret").write_bytes(b"x" * 70_000)
    assert problems_of({"COMMS_EVENT_TOKEN_FILE": "secret"}) == [
        Problem("COMMS_EVENT_TOKEN_FILE", "secret is larger than 64 KiB")
    ]


@pytest.mark.parametrize("content", ["", "\n", " ", ",", " , \n"])
def test_an_empty_secret_file_is_refused_rather_than_taken_for_no_secret(content: str) -> None:
    Path("secret").write_text(content)
    assert problems_of({"COMMS_EVENT_TOKEN_FILE": "secret"}) == [
        Problem("sources.track.token", "must not be blank (COMMS_EVENT_TOKEN_FILE)")
    ]


def test_a_plain_setting_has_no_file_variant() -> None:
    assert config.load(None, {"COMMS_LISTEN_FILE": "gone"}) == config.Config()


def test_every_problem_of_the_environment_is_reported() -> None:
    found = problems_of({"COMMS_EVENT_TOKEN_FILE": "gone", "WHATSAPP_APP_SECRET_FILE": "gone too"})
    assert [problem.path for problem in found] == ["WHATSAPP_APP_SECRET_FILE", "COMMS_EVENT_TOKEN_FILE"]


def test_bytes_that_are_no_text_are_a_problem_and_no_crash() -> None:
    assert [problem.path for problem in problems_of({"COMMS_EVENT_TOKEN": "hunter2\udcff"})] == [
        "sources.track.token"
    ]
