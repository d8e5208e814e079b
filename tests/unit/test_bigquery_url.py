"""The URL of a warehouse: what it must say, and what it must not repeat."""

from __future__ import annotations

import pytest

from exporter.config.bigquery_url import credentials_path, is_bigquery, read_url


def test_a_url_names_project_and_dataset() -> None:
    url = read_url("bigquery://our-project/crm_analytics")
    assert (url.project, url.dataset, url.location) == ("our-project", "crm_analytics", None)
    assert url.api_url == "https://bigquery.googleapis.com"


def test_a_url_may_say_where_the_key_lies_and_what_a_query_may_cost() -> None:
    url = read_url(
        "bigquery://our-project/crm?credentials_path=/run/key.json&maximum_bytes_billed=20971520&location=EU"
    )
    assert url.credentials_path == "/run/key.json"
    assert url.maximum_bytes_billed == 20_971_520
    assert url.location == "EU"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("bigquery://our-project", "dataset"),
        ("bigquery:///crm", "project"),
        ("bigquery://our-project/crm/messages", "dataset"),
        ("bigquery://our-project/crm?maximum_bytes_billed=1000", "maximum_bytes_billed"),
        ("bigquery://our-project/crm?maximum_bytes_billed=much", "maximum_bytes_billed"),
        ("bigquery://our-project/crm?location=", "location"),
        ("bigquery://our-project/crm?pasword=hunter2", "pasword"),
        ("bigquery://our-project/crm?api_url=http://host/path", "api_url"),
    ],
)
def test_a_url_that_cannot_be_names_the_part_and_not_its_value(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=named) as caught:
        read_url(text)
    assert "hunter2" not in str(caught.value)
    assert "our-project" not in str(caught.value)


def test_only_its_own_scheme_is_a_warehouse() -> None:
    assert is_bigquery("bigquery://p/d")
    assert not is_bigquery("postgresql://reader@db/app")


def test_the_key_of_the_url_wins_over_that_of_the_environment() -> None:
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": "/etc/key.json"}
    plain = read_url("bigquery://our-project/crm")
    own = read_url("bigquery://our-project/crm?credentials_path=/run/key.json")
    assert credentials_path(plain, environ) == "/etc/key.json"
    assert credentials_path(own, environ) == "/run/key.json"
    assert credentials_path(plain, {}) is None
