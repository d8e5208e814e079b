"""The rules as Thanos, Mimir and the operator of Prometheus want them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

NAMESPACE = "comms-exporter"
MIMIR_GROUP_RULES = 20
"""What Mimir takes in a group by default (limits: ruler_max_rules_per_rule_group)."""
_OF_MIMIR = {
    "prometheus_rule_evaluation_failures_total": "cortex_prometheus_rule_evaluation_failures_total",
    "alertmanager_notifications_failed_total": "cortex_alertmanager_notifications_failed_total",
    "alertmanager_notifications_total": "cortex_alertmanager_notifications_total",
}
"""What Prometheus and Alertmanager say of themselves, as Mimir calls it."""


def prometheus_rule(subject: str, content: dict[str, Any]) -> dict[str, Any]:
    """One file as an object of the operator."""
    metadata = {
        "name": f"{NAMESPACE}-{subject.replace('_', '-')}",
        "labels": {"app.kubernetes.io/name": NAMESPACE},
    }
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": metadata,
        "spec": content,
    }


def thanos_rules(files: dict[str, Any]) -> dict[str, Any]:
    """Every group in one file. A rule that sees half of the data would page, or be silent, for nothing: it aborts."""
    return {
        "groups": [
            {**_head(group), "partial_response_strategy": "abort", **group} for group in _groups(files)
        ]
    }


def mimir_rules(files: dict[str, Any]) -> dict[str, Any]:
    """Every group in one namespace, none larger than Mimir takes."""
    groups = [part for group in _groups(files) for part in _parts(group)]
    return {"namespace": NAMESPACE, "groups": [_renamed(group) for group in groups]}


def _groups(files: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (group for content in files.values() for group in content["groups"])


def _head(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key != "rules"}


def _parts(group: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The group, or where it is too large its rules in order in several.

    The number comes first: RuleEvaluationFailures knows groups by how their names end.
    """
    rules = group["rules"]
    for number, at in enumerate(range(0, len(rules), MIMIR_GROUP_RULES), start=1):
        name = group["name"] if number == 1 else f"part{number}.{group['name']}"
        yield {**group, "name": name, "rules": rules[at : at + MIMIR_GROUP_RULES]}


def _renamed(group: dict[str, Any]) -> dict[str, Any]:
    return {**group, "rules": [{**rule, "expr": _in_mimir(rule["expr"])} for rule in group["rules"]]}


def _in_mimir(expr: str) -> str:
    for ours, theirs in _OF_MIMIR.items():
        expr = expr.replace(ours, theirs)
    return expr
