"""prometheus.yml: accepted by every generation, and in agreement with the exporter, the rules and compose."""

from __future__ import annotations

import re

import pytest
import yaml

from exporter.catalogue import FAMILIES, Kind
from exporter.config.model import LimitsConfig
from tests.stack.generation import GENERATIONS, ROOT, program, succeed
from tests.stack.rule_files import EXPRESSIONS

CONFIG = yaml.safe_load((ROOT / "prometheus.yml").read_text(encoding="utf-8"))
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
JOBS = {job["job_name"]: job for job in CONFIG["scrape_configs"]}


@pytest.mark.parametrize("generation", GENERATIONS)
def test_promtool_accepts_the_configuration_with_its_rules(generation: str) -> None:
    printed = succeed(program("promtool", generation), "check", "config", "prometheus.yml")
    assert "rules found" in printed


def test_rules_name_jobs_that_are_scraped() -> None:
    named = {job for text in EXPRESSIONS.values() for job in re.findall(r'job="([\w-]+)"', text)}
    assert named == {"comms-exporter"}
    assert named <= set(JOBS)


def test_targets_are_services_of_compose() -> None:
    targets = [
        target for job in JOBS.values() for config in job["static_configs"] for target in config["targets"]
    ]
    targets += [
        t for am in CONFIG["alerting"]["alertmanagers"] for c in am["static_configs"] for t in c["targets"]
    ]
    hosts = {target.partition(":")[0] for target in targets} - {"127.0.0.1"}
    assert hosts == {"exporter", "alertmanager"}
    assert hosts <= set(COMPOSE["services"])


def test_a_scrape_holds_all_that_the_exporter_may_publish_at_its_default_caps() -> None:
    lines = {Kind.COUNTER: 1, Kind.GAUGE: 1}
    most = sum(
        LimitsConfig().series_per_metric * lines.get(family.kind, len(family.buckets) + 3)
        for family in FAMILIES
        if family.labels
    )
    assert JOBS["comms-exporter"]["sample_limit"] > most


def test_limits_leave_room_for_every_label_of_the_catalogue() -> None:
    job = JOBS["comms-exporter"]
    assert job["label_limit"] >= max(len(family.labels) for family in FAMILIES) + 3
    assert job["label_name_length_limit"] >= max(len(name) for family in FAMILIES for name in family.labels)
    # Prometheus counts bytes: 128 characters of four bytes are what label() lets through.
    assert job["label_value_length_limit"] > 4 * (128 + 1)
