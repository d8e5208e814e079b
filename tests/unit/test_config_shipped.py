"""config.yaml changes nothing as shipped, explains every key, and its examples work."""

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from exporter import config, strict_yaml
from exporter.config import Budget, Config, ScanConfig
from exporter.sources.log_rule import LogRule

SECRETS_OF_PAGING = {
    "COMMS_ALERT_TOKEN": "a secret",
    "COMMS_SMTP_URL": "smtp://mail.example.com",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "a secret",
}
SHIPPED = Path(__file__).parents[2] / "config.yaml"


def uncommented(text: str) -> str:
    """The file with every block after `# Example:` made active, in place of the empty value above it."""
    lines: list[str] = []
    in_example = False
    for line in text.splitlines():
        if line.strip() == "# Example:":
            in_example = True
            assert re.search(r": (null|\[\]|\{\})$", lines.pop())
        elif in_example and line.lstrip().startswith("# ") and not is_prose(line):
            lines.append(re.sub(r"^( *)# ", r"\1", line))
        else:
            in_example = False
            lines.append(line)
    return "\n".join(lines) + "\n"


def is_prose(line: str) -> bool:
    return bool(re.match(r" *# [A-Z]", line))


def active_keys(
    model: type[BaseModel], prefix: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, field in model.model_fields.items():
        yield (*prefix, name), field.description or ""
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from active_keys(field.annotation, (*prefix, name))


def comment_above(line_number: int, lines: list[str]) -> str:
    words: list[str] = []
    for line in reversed(lines[: line_number - 1]):
        if not line.lstrip().startswith("#"):
            break
        words.insert(0, line.strip().removeprefix("# "))
    return " ".join(words)


def test_the_shipped_file_equals_the_defaults() -> None:
    assert config.load(SHIPPED, {}) == Config()


def test_the_shipped_file_names_its_schema_in_the_first_line() -> None:
    first = SHIPPED.read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=config.schema.json"


@pytest.mark.parametrize(("path", "description"), [*active_keys(Config)], ids=str)
def test_every_key_is_there_under_its_description(path: tuple[str, ...], description: str) -> None:
    text = SHIPPED.read_text()
    line_number = strict_yaml.read(text).lines[path]
    assert description
    assert description in comment_above(line_number, text.splitlines())


def test_the_examples_are_valid_when_uncommented(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(uncommented(SHIPPED.read_text()))
    loaded = config.load(path, SECRETS_OF_PAGING)
    assert loaded.public_url == "https://hooks.example.com"
    assert loaded.database_url is not None
    assert loaded.sources.twilio.tenants["+15005550006"] == "globex"
    assert loaded.sources.whatsapp.tenants == {"100000000000001": "acme"}
    assert [rule.name for rule in loaded.logs] == ["answered-by-llm"]
    assert [(scan.interval_s, scan.gap_patience_s) for scan in loaded.scans] == [(30, 3600)]
    assert [(budget.tenant, str(budget.limit_usd)) for budget in loaded.budgets] == [("acme", "250.00")]
    assert [person.name for person in loaded.oncall.people] == ["first"]
    assert loaded.credits.margin_ratio == Fraction(15, 100)
    assert len(config.thresholds(loaded)) == len(config.thresholds(config.Config())) + 3


@pytest.mark.parametrize(
    ("section", "model"), [("logs", LogRule), ("scans", ScanConfig), ("budgets", Budget)]
)
def test_an_example_shows_every_key_with_its_description(section: str, model: type[BaseModel]) -> None:
    text = uncommented(SHIPPED.read_text())
    document = strict_yaml.read(text)
    for name, field in model.model_fields.items():
        line_number = document.lines[section, 0, name]
        assert (field.description or "?") in comment_above(line_number, text.splitlines())


def test_every_environment_variable_is_named_in_the_file() -> None:
    from exporter.config.environment import VARIABLES

    words: set[Any] = set(re.findall(r"\w+", SHIPPED.read_text()))
    assert {variable.name for variable in VARIABLES} <= words
