"""rules/proofs/*.yaml: for each rule a table of small cases, made into test files of promtool.

A table names its series once; a case gives them samples and says what is to be seen at some moments:

    MessageErrorRatioHigh:
      step: 15s                                   # between samples, and between evaluations if not said otherwise
      series: {sent: comms_messages_total{…}, failed: comms_messages_total{…}}
      cases:
        fires: {sent: 0+1000x80, failed: 0+51x80, 4m: pending, 9m: firing}
        replicas: {sent: [0+10x80, 0+10x80], …}   # the same series of instance a and of instance b

What is seen of an alert is `quiet`, `pending`, `firing` or a number of them (`2 firing`); of a recorded series its
sum to six digits, or `absent`. A case may have a `step` of its own between samples. Its first word says what it
proves: see FACETS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.stack.generation import ROOT

FACETS = frozenset(
    {
        "fires",
        "at",
        "below",
        "floor",
        "nothing",
        "replicas",
        "death",
        "override",
        "fallback",
        "guard",
        "value",
    }
)
PROOF_FILES = sorted((ROOT / "rules/proofs").glob("*.yaml"))
_MOMENT = re.compile(r"(\d+(ms|[smhdw]))+")
_PLACES = "1e-6"


class Proof(NamedTuple):
    """The table of one rule.

    Attributes:
        subjects: the rule files it needs, recordings of the first before those of the next.
        step, evaluation: between samples, and between evaluations of the rules.
        omitted: facets that it cannot have, with the reason.
        cases: by name, samples of series and what is seen at which moment.
    """

    rule: str
    subjects: list[str]
    step: str
    evaluation: str
    series: dict[str, str]
    omitted: dict[str, str]
    cases: dict[str, dict[str, Any]]

    @property
    def facets(self) -> set[str]:
        return {name.split()[0] for name in self.cases}

    @property
    def sightings(self) -> list[tuple[str, str, str]]:
        """Every (case, moment, what is seen)."""
        return [
            (name, key, seen)
            for name, case in self.cases.items()
            for key, seen in case.items()
            if _MOMENT.fullmatch(key)
        ]


def read(path: Path) -> Iterator[Proof]:
    """The tables of one file; every scalar is text, so that `0x60` stays a row of samples."""
    content = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - makes texts only
    for rule, table in content["rules"].items():
        yield Proof(
            rule,
            table.get("files", content["files"]),
            table.get("step", content.get("step", "15s")),
            table.get("evaluation", table.get("step", content.get("step", "15s"))),
            table.get("series", {}),
            table.get("omitted", {}),
            table["cases"],
        )


def promtool_tests(proof: Proof, rules: Path) -> dict[str, Any]:
    """The table as a test file for the rules in this directory."""
    return {
        "rule_files": [str(rules / f"{subject}.yaml") for subject in proof.subjects],
        "group_eval_order": _order(proof.subjects, rules),
        "evaluation_interval": proof.evaluation,
        "tests": [_group(proof, name, case) for name, case in proof.cases.items()],
    }


def _order(subjects: list[str], rules: Path) -> list[str]:
    texts = {subject: (rules / f"{subject}.yaml").read_text(encoding="utf-8") for subject in subjects}
    wanted = [f"{subject}.{part}" for part in ("recording", "alerts") for subject in subjects]
    return [name for name in wanted if f"name: {name}\n" in texts[name.partition(".")[0]]]


def _group(proof: Proof, name: str, case: dict[str, Any]) -> dict[str, Any]:
    given = {key: samples for key, samples in case.items() if key in proof.series}
    return {
        "name": name,
        "interval": case.get("step", proof.step),
        "input_series": [row for key, samples in given.items() for row in _rows(proof.series[key], samples)],
        "promql_expr_test": [
            _look(proof.rule, moment, seen)
            for case_name, moment, seen in proof.sightings
            if case_name == name
        ],
    }


def _rows(series: str, samples: str | list[str]) -> Iterator[dict[str, str]]:
    """One row an instance, a and then b; a recorded series has none."""
    if ":" in series and isinstance(samples, str):
        yield {"series": series, "values": samples}
        return
    for instance, values in zip("ab", [samples] if isinstance(samples, str) else samples, strict=False):
        yield {"series": series.replace("{", f'{{instance="{instance}",', 1), "values": values}


def _look(rule: str, moment: str, seen: str) -> dict[str, Any]:
    if ":" in rule:
        found = [] if seen == "absent" else [{"labels": "{}", "value": float(seen)}]
        return {"expr": f"round(sum({rule}), {_PLACES})", "eval_time": moment, "exp_samples": found}
    expr = f'count by (alertstate) (ALERTS{{alertname="{rule}"}})'
    return {"expr": expr, "eval_time": moment, "exp_samples": list(_states(seen))}


def _states(seen: str) -> Iterator[dict[str, Any]]:
    for number, state in re.findall(r"(?:(\d+) )?(pending|firing)", seen):
        yield {"labels": f'{{alertstate="{state}"}}', "value": int(number or 1)}
