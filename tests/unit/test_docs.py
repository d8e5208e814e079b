"""The documents say what the code does: tables, names, links, targets and the example."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from exporter.catalogue import BY_NAME, FAMILIES, Kind, Origin
from exporter.config import Config, ConfigFile
from exporter.config.environment import CONFIG_VARIABLE, VARIABLES
from exporter.config.file import FIXED_WHILE_RUNNING
from exporter.event import KINDS, Entry
from exporter.exposition import Exposition
from exporter.selfmetrics import SelfMetrics
from exporter.sources import build, routes
from exporter.sources.source import Request
from exporter.sources.track import Track
from exporter.totals import Totals
from tests.unit.sources.signers import PATHS, every_path, our_source, proved, read, read_well, signer_of
from tools import docs

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DOCUMENTS = sorted(docs.ROOT.glob("*.md"))
README = docs.README.read_text(encoding="utf-8")
HISTOGRAM_SUFFIXES = ("_bucket", "_count", "_sum")
# Not followed by `:`, and not after one: those are recorded series, which the rule tests know.
METRIC = re.compile(r"(?<![\w:])comms_[a-z][a-z0-9_]*[a-z](?![\w:])")
OWNERS = "|".join(sorted({variable.name.partition("_")[0] for variable in VARIABLES}))
VARIABLE = re.compile(rf"\b(?:{OWNERS})_[A-Z][A-Z_]*\b")
TARGET = re.compile(r"(?:`|^)make ([a-z][a-z-]*)", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ALERT_ROW = re.compile(r"^\| `(\w+)` \| (page|ticket|none) \|", re.MULTILINE)

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def series_names() -> set[str]:
    names = set(BY_NAME)
    for family in FAMILIES:
        if family.kind is Kind.HISTOGRAM:
            names.update(family.name + suffix for suffix in HISTOGRAM_SUFFIXES)
    return names


def slug(title: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")


def between(name: str) -> str:
    return README.partition(f"<!-- {name} -->")[2].partition(f"<!-- /{name} -->")[0]


def example() -> list[str]:
    return [line for line in between("example").splitlines() if line and not line.startswith("```")]


def test_every_table_is_as_the_code_would_write_it_today() -> None:
    stale = [path.name for path, text in docs.generated().items() if text_of(path) != text]
    assert stale == []


def test_writing_the_tables_twice_changes_nothing() -> None:
    assert docs.rewritten(docs.rewritten(README)) == docs.rewritten(README)


def test_a_table_replaces_what_stood_between_its_markers() -> None:
    spoiled = README.replace(docs.metrics_table(), "| old |")
    assert spoiled != README
    assert docs.rewritten(spoiled) == README


@pytest.mark.parametrize("name", docs.TABLES)
def test_a_missing_marker_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(ValueError, match=f"<!-- {name} -->"):
        docs.rewritten(README.replace(f"<!-- {name} -->", ""))


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert docs.table(("a", "b"), [("x|y", "z")]).splitlines()[-1] == r"| x\|y | z |"


def test_the_metrics_table_has_one_row_for_each_family() -> None:
    rows = re.findall(r"^\| `(comms_\w+)`", between("metrics"), re.MULTILINE)
    assert rows == [family.name for family in FAMILIES]


def test_the_senders_table_has_one_row_for_each_endpoint_with_its_address_and_secrets() -> None:
    rows = [line for line in between("senders").splitlines() if "`POST " in line]
    assert len(rows) == len(PATHS)
    for path, row in zip(PATHS, rows, strict=True):
        assert f"`POST {path}`" in row
        section = signer_of(path).section
        secrets = {v.name for v in VARIABLES if v.path[:2] == ("sources", section) and v.is_secret}
        assert all(f"`{name}`" in row for name in secrets)


@every_path
def test_the_senders_table_names_the_kinds_that_recorded_requests_become(path: str) -> None:
    source = our_source(path)
    made = {
        str(submission.event.__struct_config__.tag)
        for sending in read_well(path)
        for submission in read(source, proved(path, sending)).submissions
    }
    (row,) = (line for line in between("senders").splitlines() if f"`POST {path}`" in line)
    cell = row.rpartition("|")[0].rpartition("|")[2]
    assert made <= (set(KINDS) if cell.strip() == "any" else set(re.findall(r"`(\w+)`", cell)))


def test_the_events_table_names_every_kind_and_every_metric_of_the_fold_but_freshness() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", between("events"), re.MULTILINE)
    assert sorted(kind for kind, _ in rows) == sorted(KINDS)
    named = {name for _, cell in rows for name in re.findall(r"`(comms_\w+)`", cell)}
    folded = {family.name for family in FAMILIES if family.origin is Origin.FOLD}
    assert folded - named == {"comms_data_timestamp_seconds"}


def test_the_alerts_table_has_one_row_for_each_alert() -> None:
    rows = [name for name, _ in ALERT_ROW.findall(between("alerts"))]
    rules = sorted((docs.ROOT / "rules").glob("*.yaml"))
    written = [name for file in rules for name in re.findall(r"- alert: (\w+)", text_of(file))]
    assert rows == written
    assert "ExporterDown" in rows


def test_the_environment_table_names_every_variable_and_no_secrets_value() -> None:
    table = between("environment")
    assert all(f"`{variable.name}`" in table for variable in VARIABLES)
    assert all((f"{variable.name}_FILE" in table) is variable.is_secret for variable in VARIABLES)
    assert "None" not in table


def recorded_names() -> set[str]:
    """Metrics that recording rules make, named as if we published them."""
    rules = sorted((docs.ROOT / "rules").glob("*.yaml"))
    return {
        name for file in rules for name in re.findall(r"- record: (comms_\w+)$", text_of(file), re.MULTILINE)
    }


@documents
def test_every_metric_named_in_a_document_is_published(document: Path) -> None:
    assert set(METRIC.findall(text_of(document))) - series_names() - recorded_names() == set()


@documents
def test_every_variable_named_in_a_document_is_read(document: Path) -> None:
    known = {CONFIG_VARIABLE, *(variable.name for variable in VARIABLES)}
    known |= {f"{variable.name}_FILE" for variable in VARIABLES if variable.is_secret}
    assert set(VARIABLE.findall(text_of(document))) - known == set()


@documents
def test_every_make_target_named_in_a_document_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(docs.ROOT / "Makefile"), re.MULTILINE))
    assert set(TARGET.findall(text_of(document))) - targets == set()


@documents
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(text_of(document)):
        path, _, anchor = link.partition("#")
        target = docs.ROOT / path if path else document
        if "://" in link:
            continue
        headings = re.findall(r"^#+ (.+)$", text_of(target), re.MULTILINE) if anchor else []
        if not target.exists() or (anchor and anchor not in map(slug, headings)):
            broken.append(link)
    assert broken == []


@documents
def test_no_document_names_a_path_of_somebodys_machine(document: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:work|root|home|Users)/\S*", text_of(document)) == []


def test_every_configuration_key_named_in_readme_exists() -> None:
    sections = "|".join(Config.model_fields)
    named = re.findall(rf"`((?:{sections})\.[a-z_.]+)`", README)
    assert named
    for dotted in named:
        attrgetter(dotted)(Config())


def test_the_keys_that_wait_for_a_restart_are_marked_in_the_shipped_file() -> None:
    marked = re.findall(r"\(restart\).*\n(?:#.*\n)*(\w+):", text_of(docs.ROOT / "config.yaml"))
    assert sorted(marked) == sorted(FIXED_WHILE_RUNNING)


def test_the_example_of_readme_gives_the_answer_it_shows() -> None:
    call, answer, _, _ = example()
    body = call.partition("-d '")[2].removesuffix("'").encode()
    batch = Track(()).read(Request("", {}, {}, body, NOON))
    shown = json.loads(answer)
    assert (len(batch.submissions), batch.parked) == (shown["accepted"], shown["rejected"])


def test_the_example_of_readme_finds_the_line_it_shows_and_no_other() -> None:
    call, _, search, shown = example()
    body = call.partition("-d '")[2].removesuffix("'").encode()
    event = Track(()).read(Request("", {}, {}, body, NOON)).submissions[0].event
    totals = Totals()
    totals.declare(Config().tenants, routes(build(Config().sources, [])))
    totals.fold([Entry(1, "track", event, NOON, False, None)])
    registry = CollectorRegistry()
    SelfMetrics(registry, lambda: 0.0)
    pieces = Exposition(totals, registry).pieces(openmetrics=False, gzip=False)
    wanted = re.compile(search.partition("grep '")[2].removesuffix("'"))
    assert [line for line in b"".join(pieces).decode().splitlines() if wanted.search(line)] == [shown]


def test_the_shipped_configuration_holds_the_defaults_that_readme_promises() -> None:
    shipped = ConfigFile(docs.ROOT / "config.yaml", {}, NOON).config
    assert shipped == Config()


def test_the_default_port_is_the_same_everywhere() -> None:
    port = Config().listen.rpartition(":")[2]
    assert set(re.findall(r"127\.0\.0\.1:(\d+)", README)) == {port}
