"""A secret never shows, whatever is printed and whatever goes wrong."""

import re
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from exporter import config
from exporter.config.environment import VARIABLES
from exporter.config.profile import TableScan
from exporter.errors import ConfigError
from exporter.field_types import Section, secrets

HIDDEN = "hunter2"
SECRET_WORDS = re.compile(r"token$|secret|password|database_url|key$")


def with_every_secret() -> config.Config:
    return config.parse(
        {
            "database_url": f"postgresql://u:{HIDDEN}@db/comms",
            "sources": {
                "twilio": {"auth_token": HIDDEN},
                "whatsapp": {"app_secret": HIDDEN, "verify_token": HIDDEN},
                "track": {"token": f"{HIDDEN},{HIDDEN}"},
            },
            "bills": {
                "whatsapp": {"access_token": HIDDEN},
                "openai": {"admin_key": HIDDEN},
                "anthropic": {"admin_key": HIDDEN},
            },
            "scans": [
                {"name": "s", "profile": "sms_usage_logs", "database_url": f"postgres://u:{HIDDEN}@db"}
            ],
        }
    )


def sections(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        yield child
        yield from sections(child)


def test_every_field_that_sounds_secret_is_one() -> None:
    found = {
        f"{section.__name__}.{name}": "SecretStr" in str(field.annotation)
        for section in sections(Section)
        for name, field in section.model_fields.items()
        if SECRET_WORDS.search(name) and section is not TableScan  # its key is that of a row
    }
    assert len(found) == 16
    assert all(found.values()), found


def test_every_secret_may_be_set_by_a_variable_marked_secret() -> None:
    marked = {variable.path[-1] for variable in VARIABLES if variable.is_secret}
    shared = {"database_url", "auth_token", "app_secret", "verify_token", "token"}
    of_one = {
        "webhook_secret",
        "public_key",
        "signing_key",
        "access_token",
        "admin_key",
        "jwt_secret",
        "smtp_url",
        "password",
    }
    assert marked == shared | of_one


def test_no_secret_shows_in_a_printed_configuration() -> None:
    loaded = with_every_secret()
    printed = f"{loaded} {loaded!r} {loaded.model_dump()} {loaded.model_dump_json()}"
    assert HIDDEN not in printed
    assert printed.count("**********") == 4 * 9


@pytest.mark.parametrize(
    "data",
    [
        {"database_url": HIDDEN},
        {"database_url": [HIDDEN]},
        {"database_url": {"url": HIDDEN}},
        {"sources": HIDDEN},
        {"sources": [HIDDEN]},
        {"sources": {"twilio": HIDDEN}},
        {"sources": {"twilio": {"auth_token": [HIDDEN]}}},
        {"sources": {"twilio": {"auth_token": HIDDEN.encode()}}},
        {"sources": {"twilio": {"token": HIDDEN}}},
        {"sources": {"twilio": {"tenants": HIDDEN}}},
        {"sources": {"track": {"token": HIDDEN}}, "listen": "nowhere"},
        {"sources": {"track": {"token": HIDDEN}}, "tenants": ["a", "a"]},
        {"scans": [{"name": "s", "profile": "sms_usage_logs", "database_url": HIDDEN}]},
        {"scans": HIDDEN},
        {"listen": HIDDEN},
        {"public_url": f"https://u:{HIDDEN}@host"},
        {"limits": {"body_seconds": HIDDEN}},
        {"sla": {"error_ratio": HIDDEN}},
        {"logs": [{"name": "r", "match": {"a": 1.5}, "kind": HIDDEN}]},
    ],
)
def test_no_value_shows_in_an_error_or_its_traceback(data: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(data)
    error = caught.value
    told = f"{error} {error!r} {''.join(traceback.format_exception(error))}"
    assert HIDDEN not in told
    assert error.__context__ is None


def test_no_value_shows_even_in_pydantics_own_error() -> None:
    with pytest.raises(ValidationError) as caught:
        config.Config.model_validate({"database_url": HIDDEN, "sources": {"track": HIDDEN}})
    assert HIDDEN not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize("number", [12345, 1.2345, True])
def test_a_number_in_a_secrets_place_does_not_show(number: float) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse({"sources": {"track": {"token": number}}})
    assert str(caught.value) == "sources.track.token: must be text (quote it)"


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("one", (b"one",)),
        ("one,two", (b"one", b"two")),
        (" one , two ", (b"one", b"two")),
        ("one,,", (b"one",)),
        (",", ()),
        ("", ()),
        ("café", ("café".encode(),)),
    ],
)
def test_a_secret_may_hold_two_values_while_it_is_rotated(written: str, values: tuple[bytes, ...]) -> None:
    assert secrets(SecretStr(written)) == values


def test_no_secret_means_no_values() -> None:
    assert secrets(None) == ()
