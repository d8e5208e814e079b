"""Writes exporter/rule_inputs.json: by metric, the alerts of rules/ that are computed from it, however far."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

from exporter.catalogue import BY_NAME

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "exporter" / "rule_inputs.json"
_NAME = re.compile(r"[a-z][\w:]*")
_PART = re.compile(r"_(bucket|count|sum)$")


def text() -> str:
    """The file as it should be."""
    inputs: dict[str, list[str]] = {}
    expressions = _expressions()
    for name in sorted(expressions):
        if ":" not in name:
            for metric in _metrics(name, expressions):
                inputs.setdefault(metric, []).append(name)
    return json.dumps(inputs, indent=2, sort_keys=True) + "\n"


def _expressions() -> dict[str, str]:
    contents = (yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "rules").glob("*.yaml")))
    rules = (rule for content in contents for group in content["groups"] for rule in group["rules"])
    return {rule.get("alert") or rule["record"]: rule["expr"] for rule in rules}


def _metrics(name: str, expressions: dict[str, str]) -> set[str]:
    found = {_family(word) for word in _NAME.findall(expressions[name])}
    recorded = found & expressions.keys()
    return (found & BY_NAME.keys()).union(*(_metrics(other, expressions) for other in recorded))


def _family(word: str) -> str:
    return word if word in BY_NAME else _PART.sub("", word)


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
