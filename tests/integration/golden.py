"""Golden databases: a folder of tests/data/scans each profile, and the page that its rows must come to.

`schema.sql` and `rows.sql` make the database, `later.sql` changes it: new rows, rows that change, rows that go.
`expected.prom` is the page of the first scan, `later.prom` what is different on it after `later.sql`. Both are worked
out by hand, as Prometheus text with comments that say why. Only series that are not zero are written, of a histogram
only the buckets where the count rises.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from prometheus_client.parser import text_string_to_metric_families

from exporter.catalogue import FOLD_FAMILIES

ROOT = Path(__file__).resolve().parents[1] / "data" / "scans"
PROFILES = sorted(path.stem for path in (ROOT.parents[2] / "exporter" / "scans" / "profiles").glob("*.yaml"))

Page: TypeAlias = dict[tuple[str, tuple[tuple[str, str], ...]], float]
"""By name and sorted labels, the value."""

_OF_SCANS = ("comms_scanned_", "comms_credit_balance", *(family.name for family in FOLD_FAMILIES))
_MOVING = "comms_data_timestamp_seconds"
"""The time of the newest row, which golden databases choose relative to now."""


def sql(profile: str, name: str) -> str:
    """A script of the profile's golden database."""
    return (ROOT / profile / f"{name}.sql").read_text(encoding="utf-8")


def expected(profile: str, *, later: bool = False) -> Page:
    """The page after `rows.sql`, or after `later.sql` too."""
    page = _series(profile, "expected")
    if later:
        page |= _series(profile, "later")
    return {series: value for series, value in page.items() if value}


def moved(text: str) -> Page:
    """What scans have moved on a page of /metrics."""
    page: Page = {}
    for name, labels, value in _rising(text):
        if name.startswith(_OF_SCANS) and name != _MOVING and value:
            page[name, labels] = value
    return page


def _series(profile: str, name: str) -> Page:
    text = (ROOT / profile / f"{name}.prom").read_text(encoding="utf-8")
    page: Page = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            series = sample.name, tuple(sorted(sample.labels.items()))
            assert series not in page, f"{profile}/{name}.prom has {series} twice"
            page[series] = sample.value
    return page


def _rising(text: str) -> Iterator[tuple[str, tuple[tuple[str, str], ...], float]]:
    """The samples without the buckets that hold no more than the one below."""
    for family in text_string_to_metric_families(text):
        below: dict[tuple[tuple[str, str], ...], float] = {}
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            if sample.name.endswith("_bucket"):
                others = tuple(label for label in labels if label[0] != "le")
                rises = sample.value > below.get(others, 0) and sample.labels["le"] != "+Inf"
                below[others] = sample.value
                if not rises:
                    continue
            yield sample.name, labels, sample.value
