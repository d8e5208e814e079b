"""The rules as shipped."""

from __future__ import annotations

from typing import Any

import yaml

from tests.stack.generation import ROOT

FILES = sorted((ROOT / "rules").glob("*.yaml"))
TEST_FILES = sorted((ROOT / "rules/tests").glob("*.yaml"))


def _rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in FILES
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    ]


def name_of(rule: dict[str, Any]) -> str:
    """The name of the alert or recording, the latter with the values of the labels that it is given."""
    return rule.get("alert") or " ".join((rule["record"], *rule.get("labels", {}).values()))


RULES = _rules()
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDS = {rule["record"]: rule["expr"] for rule in RULES if "record" in rule}
EXPRESSIONS = {name_of(rule): rule["expr"] for rule in RULES}
