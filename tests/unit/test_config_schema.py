"""The committed schema is the one that the code makes, and judges as the code does."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from exporter import config, strict_yaml

ROOT = Path(__file__).parents[2]
BAD_FILES = ROOT / "tests" / "data" / "config"
VALIDATOR = Draft202012Validator(config.json_schema())


def described_keys(schema: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name, section in {"Config": schema, **schema["$defs"]}.items():
        for key, value in section["properties"].items():
            # Where both say the same, the section's own description stands for the key's.
            section_name = value.get("$ref", "").rpartition("/")[2]
            yield name, key, value.get("description") or schema["$defs"][section_name]["description"]


def test_the_committed_schema_is_up_to_date() -> None:
    with redirect_stdout(io.StringIO()) as printed:
        config.write_schema()
    assert (ROOT / "config.schema.json").read_text() == printed.getvalue()


def test_the_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(config.json_schema())


@pytest.mark.parametrize(("section", "key", "description"), [*described_keys(config.json_schema())])
def test_every_key_is_described_in_one_sentence(section: str, key: str, description: str) -> None:
    assert description, f"{section}.{key}"
    assert description.endswith(".")
    assert "\n" not in description


def test_the_shipped_file_satisfies_the_schema() -> None:
    VALIDATOR.validate(strict_yaml.load((ROOT / "config.yaml").read_text()))


@pytest.mark.parametrize(
    "name",
    [
        "unknown-key",
        "unknown-nested-key",
        "error-ratio-in-percent",
        "duration-unit",
        "listen-url",
        "public-url-with-path",
        "boolean-for-number",
        "unknown-channel",
        "log-kind",
        "scan-table",
        "tenant-with-space",
    ],
)
def test_an_editor_sees_a_mistake_of_shape_as_we_do(name: str) -> None:
    data = strict_yaml.load((BAD_FILES / f"bad-{name}.yaml").read_text())
    assert not VALIDATOR.is_valid(data)


def test_an_editor_accepts_durations_both_ways() -> None:
    for duration in (1.5, 2, "500ms", "1d"):
        VALIDATOR.validate({"ledger": {"checkpoint_interval_s": duration}})


def test_the_schema_holds_no_default_of_a_secret() -> None:
    assert "**" not in json.dumps(config.json_schema())
