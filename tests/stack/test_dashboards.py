"""The committed dashboards: built from code, complete, and asking only for what exists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from exporter.catalogue import FAMILIES
from grafana.build import files
from tests.stack.generation import GENERATIONS, program, succeed
from tests.stack.promql import (
    NOT_OURS_PREFIXES,
    TARGET_LABELS,
    family,
    is_counter,
    is_fold,
    labels_of,
    selections,
)
from tests.stack.queries import DASHBOARDS, DashboardQuery, dashboard_queries, panels, read
from tests.stack.rule_files import ALERTS, RECORDS

BOARDS = {path.stem: read(path) for path in DASHBOARDS}
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]
QUERIES = dashboard_queries()
PLAIN = {"stat", "timeseries", "table"}
UNITS = {value for name, value in vars(units).items() if name.isupper() or isinstance(value, str)}
PROMETHEUS = {"type": "prometheus", "uid": "${datasource}"}
POSTGRES = {"type": "grafana-postgresql-datasource", "uid": "${sql}"}
NOT_DRAWN = {
    "comms_payment_amount_usd_total": "the same money in its own currency is drawn",
    "comms_credit_rate": "a constant of the configuration",
    "comms_credit_margin_ratio": "a constant of the configuration",
    "comms_build_info": "the version stands in no number",
}
EVERY_BOARD = {"overview", "delivery", "whatsapp", "money", "llm", "conversations", "tenant", "exporter"}


def ids(item: object) -> str:
    return item.place if isinstance(item, DashboardQuery) else ""


def panel_ids(value: object) -> str:
    return str(value["id"]) if isinstance(value, dict) else str(value)


def test_the_committed_json_is_what_the_code_builds() -> None:
    assert {path: path.read_text(encoding="utf-8") for path, _ in files()} == dict(files())
    assert sorted(path for path, _ in files()) == DASHBOARDS
    assert set(BOARDS) == EVERY_BOARD


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


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=panel_ids)
def test_every_panel_is_plain_and_says_what_it_shows(name: str, panel: dict[str, Any]) -> None:
    assert panel["type"] in PLAIN
    assert panel["title"]
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert not panel.get("transformations")
    assert panel["targets"]
    source = POSTGRES if "rawSql" in panel["targets"][0] else PROMETHEUS
    assert all(part["datasource"] == source for part in (panel, *panel["targets"]))
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


@pytest.mark.parametrize("query", QUERIES, ids=ids)
def test_nothing_is_divided_by_zero(query: DashboardQuery) -> None:
    _, divided, by = re.sub(r'"[^"]*"', '""', query.expr).partition("/")
    assert not divided or by.endswith("> 0)")


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=panel_ids)
def test_a_description_names_only_alerts_that_exist(name: str, panel: dict[str, Any]) -> None:
    named = set(re.findall(r"\b(?:[A-Z][a-z]+){2,}[A-Z0-9]*\w*\b", panel["description"]))
    assert {word for word in named if word not in {"PostgreSQL", "WhatsApp"}} <= set(ALERTS)


@pytest.mark.parametrize("name", BOARDS)
def test_panels_do_not_overlap_and_fill_their_rows(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for place in (panel["gridPos"] for panel in BOARDS[name]["panels"]):
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells
    assert {x for x, _ in taken} == set(range(24))
    assert len(taken) == 24 * len({y for _, y in taken})


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_begins_with_numbers_and_then_asks_questions(name: str) -> None:
    kinds = [panel["type"] for panel in BOARDS[name]["panels"]]
    first_row_ends = kinds.index("row", 1)
    assert kinds[0] == "row"
    assert set(kinds[1:first_row_ends]) == {"stat"}
    assert 4 <= first_row_ends - 1 <= 6


@pytest.mark.parametrize("name", BOARDS)
def test_variables_are_asked_of_the_data_source_and_follow_the_time_range(name: str) -> None:
    variables = BOARDS[name]["templating"]["list"]
    sources = [variable["query"] for variable in variables if variable["type"] == "datasource"]
    assert sources == ["prometheus", "grafana-postgresql-datasource"][: len(sources)]
    assert variables[0]["name"] == "datasource"
    for variable in variables:
        if variable["type"] == "query":
            assert (variable["refresh"], variable["datasource"]) == (2, PROMETHEUS)
        assert variable["label"]


@pytest.mark.parametrize("name", BOARDS)
def test_every_variable_is_used_and_every_one_used_exists(name: str) -> None:
    named = {variable["name"] for variable in BOARDS[name]["templating"]["list"]}
    queries = [target for panel in panels(BOARDS[name]) for target in panel["targets"]]
    used = set(re.findall(r"\$\{?(?!__)(\w+)", json.dumps(queries)))
    assert used == named


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_shows_firing_alerts_and_leads_to_the_others(name: str) -> None:
    board = BOARDS[name]
    assert 'ALERTS{alertstate="firing"' in board["annotations"]["list"][0]["expr"]
    (link,) = board["links"]
    assert (link["type"], link["tags"], link["includeVars"], link["keepTime"]) == (
        "dashboards",
        ["comms-exporter"],
        True,
        True,
    )
    assert board["tags"] == ["comms-exporter"]
    ranges = [entry["from"] for entry in board["timepicker"]["quick_ranges"]]
    assert {"now-7d", "now-30d", "now-90d", "now-1y"} <= set(ranges)


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=panel_ids)
def test_a_number_leads_to_a_board_that_exists(name: str, panel: dict[str, Any]) -> None:
    for link in panel.get("links", []):
        found = re.fullmatch(r"/d/(\w+)\?\$\{__url_time_range\}&\$\{__all_variables\}", link["url"])
        assert found
        assert found[1] in set(BOARDS) - {name}


@pytest.mark.parametrize("query", QUERIES, ids=ids)
def test_every_metric_and_label_exists(query: DashboardQuery) -> None:
    for chosen in selections(query.expr):
        recorded = chosen.metric in RECORDS
        others = {"up", "ALERTS", "ALERTS_FOR_STATE"}
        known = recorded or family(chosen.metric) or chosen.metric in others
        assert known or chosen.metric.startswith(NOT_OURS_PREFIXES), chosen.metric
        if recorded:
            assert chosen.labels <= set(chosen.metric.partition(":")[0].split("_"))
        elif family(chosen.metric):
            assert chosen.labels <= labels_of(chosen.metric) - TARGET_LABELS


@pytest.mark.parametrize("query", QUERIES, ids=ids)
def test_alerts_asked_for_by_name_exist(query: DashboardQuery) -> None:
    for names in re.findall(r'alertname=~"([^"]+)"', query.expr):
        assert set(names.split("|")) <= set(ALERTS)


@pytest.mark.parametrize("query", QUERIES, ids=ids)
def test_no_tenant_is_named(query: DashboardQuery) -> None:
    for value in re.findall(r'tenant(?:=~|!~|!=|=)"([^"]*)"', query.raw):
        assert value in {"$tenant", "$tenant|"}


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


def drawn_families() -> set[str]:
    """Every metric that a board asks for, itself or through the rules that record from it."""
    names = [chosen.metric for query in QUERIES for chosen in selections(query.expr)]
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name not in seen:
            seen.add(name)
            names += [chosen.metric for chosen in selections(RECORDS[name])] if name in RECORDS else []
    return {found.name for name in seen if (found := family(name))}


def test_every_metric_of_the_catalogue_is_drawn_or_has_a_reason_not_to_be() -> None:
    assert {family.name for family in FAMILIES} - drawn_families() == set(NOT_DRAWN)


def test_limits_are_drawn_from_the_thresholds_in_force() -> None:
    drawn = " ".join(query.expr for query in QUERIES if "comms_sla_threshold:effective" in query.expr)
    for rule in (
        "error_ratio",
        "delivery_ratio",
        "response_p95_seconds",
        "complaint_ratio",
        "budget_ratio",
        "bill_drift_ratio",
        "runway_days",
        "rate_limit_ratio",
    ):
        assert f'rule="{rule}"' in drawn


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=panel_ids)
def test_limits_look_like_limits(name: str, panel: dict[str, Any]) -> None:
    legends = [target.get("legendFormat", "") for target in panel["targets"]]
    if panel["type"] == "timeseries" and any(legend.startswith("limit") for legend in legends):
        looks = {
            override["matcher"]["options"]: override["properties"]
            for override in panel["fieldConfig"]["overrides"]
        }["/^limit/"]
        assert {"mode": "fixed", "fixedColor": "red"} in [change["value"] for change in looks]


def test_a_word_has_one_colour_everywhere() -> None:
    colors: dict[str, set[str]] = {}
    for _, panel in PANELS:
        for override in panel["fieldConfig"]["overrides"]:
            for change in override["properties"]:
                if change["id"] == "color":
                    for word in re.findall(r"\w{2,}", override["matcher"]["options"]):
                        colors.setdefault(word, set()).add(change["value"]["fixedColor"])
    assert len(colors) > 20
    assert all(len(found) == 1 for found in colors.values())
