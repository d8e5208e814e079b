"""What is generated for many machines: up to date, of the right shape, and the same rules everywhere.

Nothing here runs on a cluster: schemas say that Kubernetes would take the objects, and promtool that a ruler would take
the rules.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from exporter.catalogue import FAMILIES
from exporter.config import ConfigFile
from exporter.config.environment import VARIABLES
from tests.conftest import NOON
from tests.stack.generation import GENERATIONS, ROOT, program, succeed
from tests.stack.rule_files import RULES
from tools import deploy
from tools.rule_variants import MIMIR_GROUP_RULES, mimir_rules, thanos_rules

SCHEMAS = {
    name: json.loads((ROOT / f"tests/data/kubernetes/{name}.schema.json").read_text(encoding="utf-8"))
    for name in ("kubernetes", "operator")
}


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "deploy" / name).read_text(encoding="utf-8")))


OBJECTS = {f"{one['kind']}/{one['metadata']['name']}": one for one in documents("kubernetes/exporter.yaml")}
OPERATED = {
    f"{one['kind']}/{one['metadata']['name']}": one for one in documents("kubernetes/monitoring.yaml")
}
POD = OBJECTS["Deployment/comms-exporter"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
VARIANTS = {
    "kubernetes": {"groups": [group for one in OPERATED.values() for group in one["spec"].get("groups", [])]},
    "thanos": documents("thanos/rules.yaml")[0],
    "mimir": documents("mimir/rules.yaml")[0],
}


def without(variant: dict[str, Any], field: str) -> dict[str, Any]:
    """A variant without what its ruler alone knows."""
    groups = [{key: value for key, value in group.items() if key != field} for group in variant["groups"]]
    return {"groups": groups}


def test_every_generated_file_is_as_it_should_be() -> None:
    assert list(deploy.stale()) == []


@pytest.mark.parametrize("name", OBJECTS)
def test_kubernetes_takes_the_object(name: str) -> None:
    jsonschema.validate(OBJECTS[name], SCHEMAS["kubernetes"])


@pytest.mark.parametrize("name", OPERATED)
def test_the_operator_takes_the_object(name: str) -> None:
    jsonschema.validate(OPERATED[name], SCHEMAS["operator"])


@pytest.mark.parametrize(
    ("name", "path"),
    [("Deployment/comms-exporter", ("spec", "replica")), ("Service/comms-exporter", ("spec", "port"))],
)
def test_the_schema_refuses_what_kubernetes_does_not_know(name: str, path: tuple[str, str]) -> None:
    wrong = json.loads(json.dumps(OBJECTS[name]))
    wrong[path[0]][path[1]] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMAS["kubernetes"])


def test_the_schema_refuses_what_the_operator_does_not_know() -> None:
    wrong = json.loads(json.dumps(OPERATED["ServiceMonitor/comms-exporter"]))
    wrong["spec"]["sample_limit"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMAS["operator"])


def test_the_service_is_the_job_that_the_rules_ask_for() -> None:
    assert 'job="comms-exporter"' in json.dumps([rule["expr"] for rule in RULES]).replace("\\", "")
    assert "Service/comms-exporter" in OBJECTS
    assert "jobLabel" not in OPERATED["ServiceMonitor/comms-exporter"]["spec"]


def test_selectors_find_the_pods_and_the_service() -> None:
    labels = POD["metadata"]["labels"]
    assert OBJECTS["Deployment/comms-exporter"]["spec"]["selector"]["matchLabels"] == labels
    assert OBJECTS["PodDisruptionBudget/comms-exporter"]["spec"]["selector"]["matchLabels"] == labels
    assert OBJECTS["Service/comms-exporter"]["spec"]["selector"] == labels
    wanted = OPERATED["ServiceMonitor/comms-exporter"]["spec"]["selector"]["matchLabels"]
    assert wanted == OBJECTS["Service/comms-exporter"]["metadata"]["labels"]


def test_one_port_is_meant_by_all() -> None:
    (port,) = CONTAINER["ports"]
    (served,) = OBJECTS["Service/comms-exporter"]["spec"]["ports"]
    (scraped,) = OPERATED["ServiceMonitor/comms-exporter"]["spec"]["endpoints"]
    probes = [
        CONTAINER[name]["httpGet"]["port"] for name in ("startupProbe", "livenessProbe", "readinessProbe")
    ]
    assert {port["name"], served["targetPort"], scraped["port"], *probes} == {"http"}


def test_replicas_differ_by_their_instance_alone() -> None:
    (scraped,) = OPERATED["ServiceMonitor/comms-exporter"]["spec"]["endpoints"]
    (dropped,) = scraped["relabelings"]
    # Labels that the operator gives a target of a ServiceMonitor (pkg/prometheus/promcfg.go).
    added = {"namespace", "service", "pod", "container", "endpoint", "node"}
    assert {label for label in {*added, "job", "instance"} if re.fullmatch(dropped["regex"], label)} == added
    assert {"job", "instance"}.isdisjoint(label for family in FAMILIES for label in family.labels)


def test_limits_of_a_scrape_are_those_of_prometheus_yml() -> None:
    job = yaml.safe_load((ROOT / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"][0]
    spec = OPERATED["ServiceMonitor/comms-exporter"]["spec"]
    named = {key.replace("_", "") for key in job if key.endswith("_limit")}
    assert {key.lower() for key in spec if key.endswith("Limit")} == named


def test_the_container_is_nobody_special_and_writes_nowhere_else() -> None:
    assert POD["spec"]["securityContext"]["runAsNonRoot"] is True
    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"] is True
    assert CONTAINER["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert POD["spec"]["automountServiceAccountToken"] is False


def test_no_secret_stands_in_the_objects() -> None:
    secrets = {variable.name for variable in VARIABLES if variable.is_secret}
    given = {one["name"] for one in CONTAINER["env"] if "value" in one}
    assert not given & secrets
    assert CONTAINER["envFrom"] == [{"secretRef": {"name": "comms-exporter"}}]


def test_the_config_map_holds_a_configuration_that_loads(tmp_path: Path) -> None:
    data = OBJECTS["ConfigMap/comms-exporter"]["data"]
    for name, text in data.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    settings = {one["name"]: one["value"] for one in CONTAINER["env"] if "value" in one}
    mounted = CONTAINER["volumeMounts"][0]["mountPath"]
    assert settings["COMMS_CONFIG"] == f"{mounted}/config.yaml"
    assert ConfigFile(tmp_path / "config.yaml", {}, NOON).config is not None


@pytest.mark.parametrize("variant", ["kubernetes", "thanos"])
def test_rules_are_the_same_everywhere(variant: str) -> None:
    assert [rule for group in VARIANTS[variant]["groups"] for rule in group["rules"]] == RULES


def test_mimir_has_the_same_rules_but_for_what_it_says_of_itself() -> None:
    rules = [rule for group in VARIANTS["mimir"]["groups"] for rule in group["rules"]]
    renamed = [rule.get("alert") for rule, ours in zip(rules, RULES, strict=True) if rule != ours]
    assert renamed == ["RuleEvaluationFailures", "NotificationsFailing"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("generation", GENERATIONS)
def test_promtool_accepts_the_rules_of_every_variant(generation: str, variant: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(without(VARIANTS[variant], "partial_response_strategy")), encoding="utf-8")
    succeed(program("promtool", generation), "check", "rules", "--lint=all", "--lint-fatal", file)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_promtool_accepts_the_configuration_with_remote_write(generation: str) -> None:
    checked = succeed(
        program("promtool", generation), "check", "config", "deploy/remote-write/prometheus.yml"
    )
    assert checked.count(" rules found") == len(list((ROOT / "rules").glob("*.yaml")))


def test_what_is_ours_is_sent_and_nothing_else() -> None:
    config = yaml.safe_load((ROOT / "deploy/remote-write/prometheus.yml").read_text(encoding="utf-8"))
    (kept,) = config["remote_write"][0]["write_relabel_configs"]
    ours = [
        *(family.name for family in FAMILIES),
        *(rule["record"] for rule in RULES if "record" in rule),
        "ALERTS",
    ]
    assert all(re.fullmatch(kept["regex"], name) for name in ours)
    assert not re.fullmatch(kept["regex"], "prometheus_tsdb_head_series")


def test_thanos_never_judges_half_of_the_data() -> None:
    assert {group["partial_response_strategy"] for group in VARIANTS["thanos"]["groups"]} == {"abort"}


def test_mimir_gets_a_namespace_and_groups_that_it_takes() -> None:
    assert VARIANTS["mimir"]["namespace"] == "comms-exporter"
    names = [group["name"] for group in VARIANTS["mimir"]["groups"]]
    assert len(names) == len(set(names))
    assert all(len(group["rules"]) <= MIMIR_GROUP_RULES for group in VARIANTS["mimir"]["groups"])


def test_a_group_too_large_for_mimir_is_split_in_order() -> None:
    rules = [{"record": f"a:b:{number}", "expr": "up"} for number in range(45)]
    files = {"x": {"groups": [{"name": "x.recording", "interval": "1m", "rules": rules}]}}
    parts = mimir_rules(files)["groups"]
    assert [(part["name"], part["interval"], len(part["rules"])) for part in parts] == [
        ("x.recording", "1m", 20),
        ("part2.x.recording", "1m", 20),
        ("part3.x.recording", "1m", 5),
    ]
    assert [rule for part in parts for rule in part["rules"]] == rules
    assert len(thanos_rules(files)["groups"]) == 1
