"""The JSON Schema of config.yaml, by which editors complete and check it."""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from exporter.config.model import Config


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that only repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema() -> dict[str, Any]:
    """The schema, with a description of every key."""
    described = {"title": "comms-exporter configuration", "description": "Everything an operator may set."}
    return {
        "$schema": _Untitled.schema_dialect,
        **Config.model_json_schema(schema_generator=_Untitled),
        **described,
    }


def write_schema() -> None:
    """Print the schema as the text of config.schema.json."""
    sys.stdout.write(json.dumps(json_schema(), indent=2) + "\n")
