"""What Grafana is provisioned with: data sources, the folder of dashboards, and where compose mounts them."""

from __future__ import annotations

from typing import Any

import yaml

from tests.stack.generation import ROOT
from tests.stack.queries import DASHBOARDS, read

PROVISIONING = ROOT / "grafana/provisioning"
SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
    "services"
]


def source(name: str) -> dict[str, Any]:
    path = PROVISIONING / "datasources" / f"{name}.yaml"
    (found,) = yaml.safe_load(path.read_text(encoding="utf-8"))["datasources"]
    return dict(found)


def test_the_data_source_is_scraped_as_often_as_it_says() -> None:
    prometheus = yaml.safe_load((ROOT / "prometheus.yml").read_text(encoding="utf-8"))
    assert source("prometheus")["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]


def test_every_source_that_a_board_can_choose_is_provisioned() -> None:
    chosen = {
        variable["query"]
        for path in DASHBOARDS
        for variable in read(path)["templating"]["list"]
        if variable["type"] == "datasource"
    }
    assert chosen == {source("prometheus")["type"], source("postgres")["type"]}


def test_the_sql_source_is_the_database_of_compose_read_by_a_role_of_its_own() -> None:
    postgres, environment = source("postgres"), SERVICES["postgres"]["environment"]
    assert postgres["url"] == "postgres:5432"
    assert postgres["jsonData"]["database"] == environment["POSTGRES_DB"]
    assert postgres["user"] != environment["POSTGRES_USER"]
    assert postgres["secureJsonData"] == {"password": "$GRAFANA_DATABASE_PASSWORD"}
    for service in ("postgres", "grafana"):
        assert "GRAFANA_DATABASE_PASSWORD" in SERVICES[service]["environment"]


def test_the_role_is_made_where_the_image_looks_for_it() -> None:
    mounted = "./grafana/postgres/reader.sql:/docker-entrypoint-initdb.d/reader.sql:ro"
    assert mounted in SERVICES["postgres"]["volumes"]


def test_the_provisioned_folder_is_where_compose_mounts_the_dashboards() -> None:
    provider = yaml.safe_load((PROVISIONING / "dashboards/comms.yaml").read_text(encoding="utf-8"))
    folder = provider["providers"][0]["options"]["path"]
    assert f"./grafana/dashboards:{folder}:ro" in SERVICES["grafana"]["volumes"]
    assert provider["providers"][0]["allowUiUpdates"] is False


def test_grafana_opens_with_a_dashboard_that_exists() -> None:
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (ROOT / "grafana/dashboards" / home.rpartition("/")[2]).exists()
