"""Rules are read as Prometheus reads them."""

from pathlib import Path

import pytest

from exporter.backtest.rule_file import Alert, duration_s, read_rules
from exporter.errors import ConfigError
from tests.stack.rule_files import ALERTS, RECORDS

ROOT = Path(__file__).parents[3]
RULES = """
groups:
  - {name: a, rules: [{record: "x:y:z", expr: 1}, {alert: First, expr: up == 0, for: 1h30m}]}
  - name: b
    interval: 1m
    rules: [{alert: Second, expr: vector(1), keep_firing_for: 250ms}]
"""


def test_waits_are_seconds_and_the_interval_is_that_of_the_group(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(RULES)
    found = read_rules(tmp_path, 15)
    assert found.alerts == (Alert("First", "up == 0", 5400, 0, 15), Alert("Second", "vector(1)", 0, 0.25, 60))
    assert found.records == {"x:y:z": "1"}


def test_the_shipped_rules_are_read_whole() -> None:
    found = read_rules(ROOT / "rules", 15)
    assert [alert.name for alert in found.alerts] == list(ALERTS)
    assert found.records == RECORDS


@pytest.mark.parametrize(
    "text",
    [
        "groups:",
        "[]",
        "a: [",
        "groups: [{name: a}]",
        "groups: [{name: a, rules: [{alert: A, expr: b, for: soon}]}]",
    ],
)
def test_what_is_no_file_of_rules_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(ConfigError, match=r"mine\.yaml: is no file of Prometheus rules"):
        read_rules(tmp_path, 15)


def test_a_folder_without_alerts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no alerts"):
        read_rules(tmp_path, 15)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "5m ", "-5m", "1.5h", "5mm"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        duration_s(text)
