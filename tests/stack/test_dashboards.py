"""The committed dashboards: built from code, complete, and asking only for what exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana.build import files
from tests.stack.generation import GENERATIONS, ROOT, program, succeed
from tests.stack.promql import TARGET_LABELS, family, is_counter, is_fold, labels_of, selections
from tests.stack.queries import DASHBOARDS, DashboardQuery, dashboard_queries, panels
from tests.stack.rule_files import RECORDS

BOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in DASHBOARDS}
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]
QUERIES = dashboard_queries()
PLAIN = {"stat", "timeseries", "table", "bargauge", "heatmap", "text"}
UNITS = {value for name, value in vars(units).items() if name.isupper() or isinstance(value, str)}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}


def ids(item: object) -> str:
    return item.place if isinstance(item, DashboardQuery) else ""


def test_the_committed_json_is_what_the_code_builds() -> None:
    assert {path: path.read_text(encoding="utf-8") for path, _ in files()} == dict(files())
    assert sorted(path for path, _ in files()) == DASHBOARDS


@pytest.mark.parametrize("name", BOARDS)
def test_nothing_is_lost_on_the_way_through_grafanas_own_model(name: str) -> None:
    register_default_plugins()
    again = json.loads(json.dumps(Dashboard.from_json(BOARDS[name]), cls=JSONEncoder))
    assert again == BOARDS[name]


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_is_found_by_its_file_name_and_edited_in_code_only(name: str) -> None:
    board = BOARDS[name]
    assert board["uid"] == name
    assert board["editable"] is False
    assert board["timezone"] == "utc"
    assert not {"id", "version", "__inputs"} & set(board)
    identities = [panel["id"] for panel in board["panels"]]
    assert len(set(identities)) == len(identities)


@pytest.mark.parametrize(
    ("name", "panel"), PANELS, ids=lambda value: str(value["id"]) if isinstance(value, dict) else ""
)
def test_every_panel_is_plain_and_says_what_it_shows(name: str, panel: dict[str, Any]) -> None:
    assert panel["type"] in PLAIN
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert not panel.get("transformations")
    assert panel["targets"]
    assert all(part["datasource"] == DATASOURCE for part in (panel, *panel["targets"]))


@pytest.mark.parametrize("name", BOARDS)
def test_panels_do_not_overlap_and_fit_the_grid(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in BOARDS[name]["panels"]):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


@pytest.mark.parametrize("name", BOARDS)
def test_variables_come_from_one_data_source_and_follow_the_time_range(name: str) -> None:
    source, *others = BOARDS[name]["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus")
    assert [variable["name"] for variable in others] == ["tenant", "channel", "provider"]
    assert all(variable["refresh"] == 2 and variable["datasource"] == DATASOURCE for variable in others)


@pytest.mark.parametrize("query", QUERIES, ids=ids)
def test_every_metric_and_label_exists(query: DashboardQuery) -> None:
    for chosen in selections(query.expr):
        recorded = chosen.metric in RECORDS
        assert recorded or family(chosen.metric) or chosen.metric in {"up", "ALERTS"}
        if recorded:
            assert chosen.labels <= set(chosen.metric.partition(":")[0].split("_"))
        elif family(chosen.metric):
            assert chosen.labels <= labels_of(chosen.metric) - TARGET_LABELS


@pytest.mark.parametrize("query", [query for query in QUERIES if query.kind == "panel"], ids=ids)
def test_counters_are_rated_over_a_window_that_fits_and_totals_are_not_doubled(query: DashboardQuery) -> None:
    for chosen in selections(query.expr):
        if is_counter(chosen.metric):
            assert chosen.around[-1] in ("rate", "increase")
            assert "[$__rate_interval]" in query.raw or "[$__range]" in query.raw
            assert (chosen.around[-2:][0] == "max without (instance)") == is_fold(chosen.metric)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_promtool_accepts_every_query(generation: str, tmp_path: Path) -> None:
    rules = [{"record": f"query:{number}", "expr": query.expr} for number, query in enumerate(QUERIES)]
    scratch = tmp_path / "queries.yaml"
    scratch.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    succeed(program("promtool", generation), "check", "rules", scratch)


def test_limits_are_drawn_from_the_thresholds_in_force() -> None:
    drawn = [query.expr for query in QUERIES if "comms_sla_threshold:effective" in query.expr]
    rules = {
        rule
        for rule in ("error_ratio", "delivery_ratio", "response_p95_seconds")
        for expr in drawn
        if rule in expr
    }
    assert len(rules) == 3


def test_the_data_source_is_scraped_as_often_as_it_says() -> None:
    source = yaml.safe_load(
        (ROOT / "grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8")
    )
    prometheus = yaml.safe_load((ROOT / "prometheus.yml").read_text(encoding="utf-8"))
    assert source["datasources"][0]["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]


def test_the_provisioned_folder_is_where_compose_mounts_the_dashboards() -> None:
    provider = yaml.safe_load(
        (ROOT / "grafana/provisioning/dashboards/comms.yaml").read_text(encoding="utf-8")
    )
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    folder = provider["providers"][0]["options"]["path"]
    assert f"./grafana/dashboards:{folder}:ro" in compose["services"]["grafana"]["volumes"]
    assert provider["providers"][0]["allowUiUpdates"] is False
