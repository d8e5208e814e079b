"""RUNBOOK.md: a section for every alert, none besides, and commands that ask for what exists."""

from __future__ import annotations

import re

import pytest

from exporter.catalogue import BY_NAME
from tests.stack.generation import ROOT
from tests.stack.promql import NOT_OURS, NOT_OURS_PREFIXES, family, selections
from tests.stack.rule_files import ALERTS, RECORDS

TEXT = (ROOT / "RUNBOOK.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL))
QUERIES = [
    (alert, query) for alert, text in SECTIONS.items() for query in re.findall(r"`ask '([^']+)'`", text)
]


def test_every_alert_has_a_section_and_every_section_an_alert() -> None:
    assert set(SECTIONS) == set(ALERTS)


@pytest.mark.parametrize("alert", SECTIONS)
def test_a_section_says_what_it_means_what_it_costs_where_to_look_and_what_mends_it(alert: str) -> None:
    text = SECTIONS[alert]
    assert re.search(
        r"\*\*Means\*\* .+?\n\*\*Costs\*\* .+?\n\n1\. .+?\n2\. .+?\n3\. .+?\n\n\*\*Mend\*\* ", text, re.DOTALL
    )
    assert "`" in text


@pytest.mark.parametrize(("alert", "query"), QUERIES)
def test_every_query_parses_and_names_metrics_that_exist(alert: str, query: str) -> None:
    for chosen in selections(query):
        ours = family(chosen.metric) or chosen.metric in RECORDS
        assert ours or chosen.metric in NOT_OURS or chosen.metric.startswith(NOT_OURS_PREFIXES), chosen.metric


def test_the_runbook_has_queries_of_ours() -> None:
    assert sum(any(name in query for name in BY_NAME) for _, query in QUERIES) > 20
