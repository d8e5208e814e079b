"""The shipped rules against the catalogue, the configuration and our own conventions."""

from __future__ import annotations

import re

import pytest
import yaml

from exporter.config.sla import FOR_ALL, SlaConfig, Thresholds
from tests.stack.compliance import COMPLIANCE, holds_its_alert
from tests.stack.generation import ROOT, succeed
from tests.stack.promql import (
    NOT_OURS,
    NOT_OURS_PREFIXES,
    OVER_TIME,
    Selection,
    family,
    grouping_labels,
    is_counter,
    is_fold,
    labels_of,
    selections,
)
from tests.stack.queries import DASHBOARDS, panels, read
from tests.stack.rule_files import ALERTS, EXPRESSIONS, FILES, RECORDS, TEST_FILES

PANEL_IDS = {path.stem: {panel["id"] for panel in panels(read(path))} for path in DASHBOARDS}
SEVERITIES = {"page", "ticket", "none"}
SITE = "https://comms.example"
LEVEL_RULES = set(Thresholds.model_fields)
EXPORTED_RULES = LEVEL_RULES | set(FOR_ALL)
PERSONAL = {"user", "user_id", "phone", "email", "address", "body", "message_id", "conversation_id"}


def known_labels(metric: str) -> frozenset[str]:
    """Labels of a recorded series are the words of its level."""
    if metric in RECORDS:
        return frozenset(metric.partition(":")[0].split("_"))
    return labels_of(metric)


def is_foreign(metric: str) -> bool:
    return metric in NOT_OURS or metric.startswith(NOT_OURS_PREFIXES)


def chains(metric_filter: object) -> list[tuple[str, Selection]]:
    assert callable(metric_filter)
    return [
        (name, chosen)
        for name, expression in EXPRESSIONS.items()
        for chosen in selections(expression)
        if metric_filter(chosen.metric)
    ]


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_metric_exists_in_the_catalogue_or_is_recorded(name: str) -> None:
    for chosen in selections(EXPRESSIONS[name]):
        assert family(chosen.metric) or chosen.metric in RECORDS or is_foreign(chosen.metric), chosen.metric


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_label_exists_in_its_family(name: str) -> None:
    used = selections(EXPRESSIONS[name])
    for chosen in used:
        if not is_foreign(chosen.metric):
            assert chosen.labels <= known_labels(chosen.metric), chosen
    if not any(is_foreign(chosen.metric) for chosen in used):
        reachable = {"rule", "instance"}.union(*(known_labels(chosen.metric) for chosen in used))
        assert grouping_labels(EXPRESSIONS[name]) <= reachable


def test_totals_of_the_ledger_are_rated_then_taken_from_one_replica_then_summed() -> None:
    found = chains(lambda metric: is_fold(metric) and is_counter(metric))
    for name, chosen in found:
        if chosen.around[-1] in ("rate", "increase"):
            assert chosen.around[-2] == "max without (instance)", name
        else:
            assert chosen.around[-1] in OVER_TIME, name
            assert chosen.around[-2] == "max", name
    assert len(found) > 5


def test_counters_of_a_process_are_rated_and_never_reduced_to_one_replica() -> None:
    found = chains(lambda metric: is_counter(metric) and not is_fold(metric))
    for name, chosen in found:
        assert chosen.around[-1] in ("rate", "increase"), name
        assert "max without (instance)" not in chosen.around, name
    assert len(found) > 5


def test_gauges_are_never_summed_over_replicas_but_for_the_leaders() -> None:
    for name, chosen in chains(lambda metric: family(metric) is not None and not is_counter(metric)):
        assert "sum" not in chosen.around or chosen.metric == "comms_leader", name


def test_no_rule_uses_scalar() -> None:
    assert not [name for name, chosen in chains(lambda metric: True) if "scalar" in chosen.around]
    assert not any("scalar(" in expression for expression in EXPRESSIONS.values())


def test_recorded_series_have_a_level_a_metric_and_an_operation() -> None:
    for name in set(RECORDS) - {"comms_sla_compliant"}:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*:comms_[a-z0-9_]+:[a-z0-9_]+", name), name
        assert "_total" not in name, name


def test_the_constants_are_the_defaults_of_the_configuration() -> None:
    text = RECORDS["rule:comms_sla_threshold:effective"]
    constants = re.findall(r'label_replace\(vector\(([\d.]+)\), "rule", "(\w+)"', text)
    defaults = SlaConfig()
    assert {rule: float(value) for value, rule in constants} == {
        rule: getattr(defaults, rule) for rule in EXPORTED_RULES
    }


def test_every_threshold_is_resolved_for_tenants_and_channels() -> None:
    zero = RECORDS["tenant_channel_rule:comms_sla_threshold:zero"]
    assert set(re.findall(r'"rule", "(\w+)"', zero)) == LEVEL_RULES


def test_every_threshold_says_whether_it_is_kept() -> None:
    said = {name.partition(" ")[2] for name in EXPRESSIONS if name.startswith("comms_sla_compliant ")}
    assert said == set(COMPLIANCE) == EXPORTED_RULES - {"min_events"}


@pytest.mark.parametrize(("rule", "alert"), COMPLIANCE.items())
def test_a_threshold_is_kept_unless_the_expression_of_its_alert_holds(rule: str, alert: str) -> None:
    assert holds_its_alert(EXPRESSIONS[f"comms_sla_compliant {rule}"], alert)


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_says_who_cares_what_happened_and_where_to_look(alert: str) -> None:
    rule = ALERTS[alert]
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", alert)
    assert set(rule["labels"]) == {"severity", "subsystem"}
    assert rule["labels"]["severity"] in SEVERITIES
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert len(rule["annotations"]["summary"]) <= 120
    assert "{{" not in rule["annotations"]["summary"]
    assert rule["annotations"]["runbook_url"] == f"{SITE}/runbook#{alert.lower()}"
    assert rule.get("for") or alert == "Watchdog"


@pytest.mark.parametrize("alert", ALERTS)
def test_no_annotation_can_carry_personal_data(alert: str) -> None:
    used = set(re.findall(r"\$labels\.(\w+)", " ".join(ALERTS[alert]["annotations"].values())))
    assert not used & PERSONAL


@pytest.mark.parametrize("alert", ALERTS)
def test_every_alert_links_to_a_panel_that_exists(alert: str) -> None:
    link = re.match(
        rf"{SITE}/grafana/d/(\w+)(?:\?viewPanel=(\d+))?", ALERTS[alert]["annotations"]["dashboard_url"]
    )
    assert link
    assert link[1] in PANEL_IDS
    assert link[2] is None or int(link[2]) in PANEL_IDS[link[1]]


def test_a_subject_is_one_file_with_its_alerts_under_its_recordings() -> None:
    for path in FILES:
        groups = [group["name"] for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]
        both = [f"{path.stem}.recording", f"{path.stem}.alerts"]
        assert groups in (both, both[:1], both[1:])


def test_the_yaml_is_clean() -> None:
    rules = "{extends: relaxed, rules: {line-length: disable, braces: disable, key-duplicates: enable}}"
    others = [
        ROOT / name
        for name in ("prometheus.yml", "docker-compose.yml", "alertmanager", "grafana/provisioning")
    ]
    succeed(ROOT / ".venv/bin/yamllint", "--strict", "-d", rules, *FILES, *TEST_FILES, *others)
